//! How each program of the cluster is started, and what it needs on disk before.
//!
//! Owns the command lines, the ports and the folder's layout. Never waits: readiness is the starter's concern. Every port
//! is one that was free on the loopback address a moment before; a program that finds it taken ends, and the start fails.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::parts::Parts;
use super::processes::command;
use super::users::{Server, Tokens, User, write_kubeconfig};
use super::{audit, stages};

/// The folder and the ports of one cluster.
pub struct Layout {
    /// The temporary folder that holds everything; removed at the end.
    pub folder: PathBuf,
    /// The built programs.
    pub parts: Parts,
    /// The users' tokens.
    pub tokens: Tokens,
    etcd: u16,
    etcd_peer: u16,
    api: u16,
    metrics: u16,
    health: u16,
}

impl Layout {
    /// Chooses free ports and writes the files that the programs read at their start.
    ///
    /// # Errors
    /// When a file cannot be written or no port is free.
    pub fn prepare(folder: &Path, parts: Parts) -> Result<Self, String> {
        let [etcd, etcd_peer, api, metrics, health] = free_ports()?;
        let tokens = Tokens::fresh();
        for name in ["logs", "stages", "kubeconfigs", "home"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        }
        let write = |name: &str, text: &str| {
            fs::write(folder.join(name), text).map_err(|error| format!("cannot write {name}: {error}"))
        };
        write("tokens.csv", &tokens.csv())?;
        write("audit-policy.yaml", audit::POLICY)?;
        Ok(Self { folder: folder.to_owned(), parts, tokens, etcd, etcd_peer, api, metrics, health })
    }

    /// Returns where the Argo Rollouts controller serves its metrics.
    pub fn controller_metrics(&self) -> String {
        format!("http://127.0.0.1:{}/metrics", self.metrics)
    }

    /// Names a file in the cluster's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Names the log of one program.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join("logs").join(format!("{name}.log"))
    }

    /// Names etcd's client address, `127.0.0.1:PORT`.
    pub fn etcd_address(&self) -> String {
        format!("127.0.0.1:{}", self.etcd)
    }

    /// Names the path under which the API server keeps everything in etcd; no two clusters share one.
    pub fn etcd_prefix(&self) -> String {
        format!("/registry-{}", self.api)
    }

    /// Tells where the API server is.
    pub fn server(&self) -> Server {
        Server { url: format!("https://127.0.0.1:{}", self.api), authority: self.path("authority.crt") }
    }

    /// Names a user's kubeconfig file, written by [`Layout::write_kubeconfigs`].
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.path(&format!("kubeconfigs/{}.yaml", user.name()))
    }

    /// Takes the authority out of the server's own certificate file and writes a kubeconfig file for every user.
    ///
    /// # Errors
    /// When the server has not written its certificate yet, or a file cannot be written.
    pub fn write_kubeconfigs(&self) -> Result<(), String> {
        let path = self.path("certs/apiserver.crt");
        let chain =
            fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let begin = "-----BEGIN CERTIFICATE-----";
        let last =
            chain.rfind(begin).and_then(|at| chain.get(at..)).ok_or("the server's certificate is empty")?;
        let server = self.server();
        fs::write(&server.authority, last).map_err(|error| format!("cannot write the authority: {error}"))?;
        for user in User::ALL {
            write_kubeconfig(&self.kubeconfig(user), &server, (user.name(), self.tokens.of(user)), None)?;
        }
        Ok(())
    }

    /// Prepares to run a built program with the cluster's folder as its home.
    ///
    /// # Errors
    /// When the program was not built.
    pub fn program(&self, name: &str) -> Result<Command, String> {
        Ok(command(self.parts.program(name)?, &self.path("home")))
    }

    /// Prepares etcd.
    ///
    /// # Errors
    /// When it was not built.
    pub fn etcd(&self) -> Result<Command, String> {
        let (client, peer) =
            (format!("http://127.0.0.1:{}", self.etcd), format!("http://127.0.0.1:{}", self.etcd_peer));
        let mut command = self.program("etcd")?;
        command.arg("--data-dir").arg(self.path("etcd")).args(["--unsafe-no-fsync", "--log-level=warn"]);
        command.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
        command.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
        command.args(["--initial-cluster", &format!("default={peer}"), "--quota-backend-bytes=4294967296"]);
        Ok(command)
    }

    /// Prepares the API server. Its own TLS key, which it makes at its first start, signs service account tokens too.
    ///
    /// # Errors
    /// When it was not built.
    pub fn api_server(&self) -> Result<Command, String> {
        let key = self.path("certs/apiserver.key");
        let mut command = self.program("kube-apiserver")?;
        command.arg(format!("--etcd-servers=http://127.0.0.1:{}", self.etcd));
        command.arg("--etcd-prefix").arg(self.etcd_prefix());
        command.arg("--cert-dir").arg(self.path("certs"));
        command.args(["--bind-address=127.0.0.1", &format!("--secure-port={}", self.api)]);
        command.arg("--service-cluster-ip-range=10.96.0.0/16");
        command
            .arg("--service-account-key-file")
            .arg(&key)
            .arg("--service-account-signing-key-file")
            .arg(&key);
        command.arg("--service-account-issuer=https://kubernetes.default.svc");
        command.args(["--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount"]);
        command.arg("--token-auth-file").arg(self.path("tokens.csv"));
        command.arg("--audit-policy-file").arg(self.path("audit-policy.yaml"));
        command.arg("--audit-log-path").arg(self.path("audit.log"));
        command.args(["--audit-log-mode=blocking", "--audit-log-maxsize=100000"]);
        Ok(command)
    }

    /// Prepares kube-controller-manager with the few controllers that Rollouts and their analysis need.
    ///
    /// # Errors
    /// When it was not built.
    pub fn controller_manager(&self) -> Result<Command, String> {
        let mut command = self.program("kube-controller-manager")?;
        command.arg("--kubeconfig").arg(self.kubeconfig(User::ControllerManager));
        command.args(["--leader-elect=false", "--secure-port=0"]);
        // Many tests share it: its own limits would make it look slow.
        command.args(["--kube-api-qps=500", "--kube-api-burst=1000"]);
        command.arg(
            "--controllers=replicaset-controller,deployment-controller,job-controller,\
             garbage-collector-controller,namespace-controller",
        );
        Ok(command)
    }

    /// Prepares kwok with its own stages and the project's.
    ///
    /// # Errors
    /// When it was not built or a stage cannot be written.
    pub fn kubelet(&self) -> Result<Command, String> {
        let files = stages::write(&self.parts.manifests("stages")?, &self.path("stages"))?;
        let mut command = self.program("kwok")?;
        command.arg("--kubeconfig").arg(self.kubeconfig(User::Kubelet));
        command.args(["--manage-all-nodes=true", "--node-lease-duration-seconds=40"]);
        for file in files {
            command.arg("--config").arg(file);
        }
        Ok(command)
    }

    /// Prepares the Argo Rollouts controller.
    ///
    /// # Errors
    /// When it was not built.
    pub fn rollouts_controller(&self) -> Result<Command, String> {
        let mut command = self.program("rollouts-controller")?;
        command.env("ARGO_ROLLOUTS_NAMESPACE", super::ARGO_NAMESPACE);
        command.arg("--kubeconfig").arg(self.kubeconfig(User::RolloutsController));
        command.args(["--namespace", super::ARGO_NAMESPACE, "--qps=500", "--burst=1000"]);
        command.args([format!("--metricsPort={}", self.metrics), format!("--healthzPort={}", self.health)]);
        Ok(command)
    }
}

fn free_ports<const N: usize>() -> Result<[u16; N], String> {
    // All are held until the last is found, so that no two are the same.
    let sockets: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    let mut ports = [0; N];
    for (port, socket) in ports.iter_mut().zip(&sockets) {
        *port = socket.local_addr().map_err(|error| error.to_string())?.port();
    }
    Ok(ports)
}

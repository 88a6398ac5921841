//! The login of a program that runs in a pod: its service account, from the folder that Kubernetes mounts.
//!
//! The folder is laid out as the kubelet lays it out, so that its files can change under the program.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::authority::Authority;
use crate::fake_server::*;
use rollgate::cluster::identity::{Login, Transport};
use rollgate::cluster::{Clients, fetch};
use rollgate::config::{Connection, Environment, Pod};
use rollgate::report::list;
use rollgate::rollout::Key;

const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";

/// A mounted service account: each file is a link into `..data`, which is a link to a folder of its own.
struct Account(tempfile::TempDir);

impl Account {
    fn new(authority: &Authority, token: &str) -> Self {
        let account = Self(tempfile::tempdir().unwrap());
        for name in ["token", "ca.crt", "namespace"] {
            symlink(Path::new("..data").join(name), account.path().join(name)).unwrap();
        }
        account.mount("first", authority, token);
        account
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts other files in place, all at once.
    fn mount(&self, version: &str, authority: &Authority, token: &str) {
        let folder = self.path().join(version);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("token"), token).unwrap();
        std::fs::write(folder.join("ca.crt"), authority.pem()).unwrap();
        std::fs::write(folder.join("namespace"), "shop").unwrap();
        symlink(version, self.path().join("..next")).unwrap();
        std::fs::rename(self.path().join("..next"), self.path().join("..data")).unwrap();
    }
}

/// An API server that knows one token at a time: `tok-1` at first, `tok-2` once a question was asked with that.
async fn server(authority: &Authority) -> FakeServer {
    FakeServer::start_tls(authority.server(&["127.0.0.1"]).serves(), |seen, _| {
        match (seen.header("authorization"), seen.is_watch()) {
            (Some("Bearer tok-1" | "Bearer tok-2"), true) => {
                stream(&[event("ADDED", rollout("web", 4)), end_of_list(9)])
            }
            (Some("Bearer tok-2"), false) => json(200, rollout("web", 4)),
            _ => status(401, "Unauthorized"),
        }
    })
    .await
}

fn pod(server: &FakeServer, account: &Path) -> Environment {
    let (host, port) = server.url.strip_prefix("https://").unwrap().split_once(':').unwrap();
    let pod = Pod { host: host.into(), port: port.into(), namespace: None, account: account.to_owned() };
    Environment { pod: Some(pod), ..Environment::default() }
}

#[tokio::test]
async fn a_pod_logs_in_with_its_service_account() {
    let authority = Authority::new("cluster");
    let server = server(&authority).await;
    let account = Account::new(&authority, "tok-1\n");
    let clients = Clients::connect(&Connection::default(), &pod(&server, account.path())).await.unwrap();
    let identity = clients.identity();
    assert_eq!(identity.context.as_str(), "in-cluster");
    assert_eq!(identity.cluster.as_str(), "in-cluster");
    assert_eq!(identity.server.as_str(), server.url);
    assert_eq!(identity.user.as_str(), "service account");
    assert_eq!(&*identity.namespace, "shop");
    assert_eq!((identity.transport, &identity.login), (Transport::Verified, &Login::Token));

    let found = fetch::rollouts(&clients, std::slice::from_ref(&identity.namespace)).await.unwrap();
    let answer = list::text(&found.iter().collect::<Vec<_>>(), list::Scope::One);
    assert!(answer.out.lines().nth(1).unwrap().starts_with("web "), "{}", answer.out);
    assert_eq!(server.seen()[0].path, ROLLOUTS);
}

#[tokio::test]
async fn a_token_that_is_renewed_in_its_place_is_used() {
    let authority = Authority::new("cluster");
    let server = server(&authority).await;
    let account = Account::new(&authority, "tok-1");
    let clients = Clients::connect(&Connection::default(), &pod(&server, account.path())).await.unwrap();
    let key = Key { namespace: "shop".into(), name: "web".into() };
    // The first token has come to its end, and the kubelet has not put another there yet.
    assert_eq!(fetch::rollout(&clients, &key).await.unwrap_err().code(), Some(401));
    account.mount("second", &authority, "tok-2");
    assert!(fetch::rollout(&clients, &key).await.unwrap().is_some());
}

#[tokio::test]
async fn flags_and_the_namespace_of_the_variable_count_in_a_pod_too() {
    let authority = Authority::new("cluster");
    let server = FakeServer::start_tls(authority.server(&["api.internal"]).serves(), |_, _| {
        json(200, rollout("web", 4))
    })
    .await;
    let account = Account::new(&authority, "tok-1");
    let mut environment = pod(&server, account.path());
    environment.pod.as_mut().unwrap().namespace = Some("pay".into());
    let flags = Connection {
        token: Some("tok-of-ann".to_owned().into()),
        impersonate: Some("ann".into()),
        tls_server_name: Some("api.internal".into()),
        ..Connection::default()
    };
    let clients = Clients::connect(&flags, &environment).await.unwrap();
    assert_eq!(&*clients.identity().namespace, "pay");
    assert_eq!(clients.identity().user.as_str(), "ann");
    let key = Key { namespace: "pay".into(), name: "web".into() };
    assert!(fetch::rollout(&clients, &key).await.unwrap().is_some());
    let seen = &server.seen()[0];
    assert_eq!(seen.header("authorization"), Some("Bearer tok-of-ann"));
    assert_eq!(seen.header("impersonate-user"), Some("ann"));
    let named = Connection { namespaces: vec!["cart".into()], ..flags };
    let clients = Clients::connect(&named, &environment).await.unwrap();
    assert_eq!(&*clients.identity().namespace, "cart");
}

#[tokio::test]
async fn a_kubeconfig_counts_before_the_pods_service_account() {
    let authority = Authority::new("cluster");
    let server = server(&authority).await;
    let account = Account::new(&authority, "tok-1");
    let other = FakeServer::start(|_, _| json(200, rollout("web", 4))).await;
    let kubeconfig = Some(other.kubeconfig("{token: tok}").into_os_string());
    let environment = Environment { kubeconfig, ..pod(&server, account.path()) };
    let clients = Clients::connect(&Connection::default(), &environment).await.unwrap();
    assert_eq!(clients.identity().context.as_str(), "fake");
    assert_eq!(clients.identity().server.as_str(), other.url);
}

/// Runs the real program where the folder has its fixed place: in a private view of the file system.
#[tokio::test]
async fn the_program_itself_lists_from_inside_a_pod() {
    let private = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-ec", script]);
        command
    };
    let able = private("mount -t tmpfs none /run").output().is_ok_and(|output| output.status.success());
    if !able {
        // The rest of this file shows the same without the fixed place.
        return;
    }
    let authority = Authority::new("cluster");
    let server = server(&authority).await;
    let account = Account::new(&authority, "tok-1");
    let mounted = format!(
        "mount -t tmpfs none /run; mkdir -p {0}; cp \"$ACCOUNT\"/..data/* {0}/; exec \"$0\" list",
        Pod::ACCOUNT
    );
    let (host, port) = server.url.strip_prefix("https://").unwrap().split_once(':').unwrap();
    let run = |script: &str| {
        let mut command = private(script);
        command.arg(env!("CARGO_BIN_EXE_rollgate"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", "/nowhere");
        command.env("ACCOUNT", account.path());
        command.env("KUBERNETES_SERVICE_HOST", host).env("KUBERNETES_SERVICE_PORT", port);
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let output = run(&mounted).await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.lines().nth(1).is_some_and(|line| line.starts_with("web ")),
        "{output:?}"
    );
    assert_eq!(server.seen()[0].path, ROLLOUTS);

    let output = run("mount -t tmpfs none /run; exec \"$0\" list").await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        format!(
            "Error: there is no kubeconfig at /nowhere/.kube/config, and this pod's service account cannot be used: \
             {}/token: No such file or directory (os error 2): pass --kubeconfig PATH, or let the pod mount its \
             service account (automountServiceAccountToken)\n",
            Pod::ACCOUNT
        )
    );
}

//! Owns what the program takes from its environment: variables and folders, read once at start.
//!
//! Everything else asks this value and never the process, so that tests need not change variables. It never grants
//! a write. Invariant: empty variables count as absent, as kubectl has it.

use std::ffi::OsString;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The parts of the environment that matter.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `KUBECONFIG`: one or more paths, divided as `PATH` is.
    pub kubeconfig: Option<OsString>,
    /// The home folder.
    pub home: Option<PathBuf>,
    /// The folder of configurations (`XDG_CONFIG_HOME`, else `~/.config`).
    pub config_home: Option<PathBuf>,
    /// `ROLLGATE_CONFIG`: the configuration file.
    pub config: Option<PathBuf>,
    /// `ROLLGATE_THEME`.
    pub theme: Option<String>,
    /// `ROLLGATE_LEDGER`.
    pub ledger: Option<PathBuf>,
    /// Whether `NO_COLOR` is set to anything (no-color.org).
    pub no_colour: bool,
    /// `HTTPS_PROXY`, else `https_proxy`.
    pub https_proxy: Option<String>,
    /// `HTTP_PROXY`, else `http_proxy`: for API servers without TLS.
    pub http_proxy: Option<String>,
    /// `NO_PROXY`, else `no_proxy`.
    pub no_proxy: Option<String>,
    /// What Kubernetes gives to a pod; `None` outside of one.
    pub pod: Option<Pod>,
}

/// What Kubernetes gives to a pod, so that the programs in it find their API server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// `KUBERNETES_SERVICE_HOST`: name or address of the API server.
    pub host: String,
    /// `KUBERNETES_SERVICE_PORT`.
    pub port: String,
    /// `POD_NAMESPACE`, which beats the namespace of the service account (client-go: tools/clientcmd/client_config.go).
    pub namespace: Option<String>,
    /// The folder of the service account, with `token`, `ca.crt` and `namespace`.
    pub account: PathBuf,
}

impl Pod {
    /// The folder in which Kubernetes mounts the service account (client-go: rest/config.go).
    pub const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// Reads the environment of this process; `None` where it is no pod's.
    fn of_process() -> Option<Self> {
        Some(Self {
            host: text("KUBERNETES_SERVICE_HOST")?,
            port: text("KUBERNETES_SERVICE_PORT")?,
            namespace: text("POD_NAMESPACE"),
            account: Self::ACCOUNT.into(),
        })
    }
}

impl Environment {
    /// Reads the environment of this process.
    pub fn of_process() -> Self {
        let base = etcetera::choose_base_strategy().ok();
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()),
            home: base.as_ref().map(|base| base.home_dir().to_owned()),
            config_home: base.as_ref().map(BaseStrategy::config_dir),
            config: path("ROLLGATE_CONFIG"),
            theme: text("ROLLGATE_THEME"),
            ledger: path("ROLLGATE_LEDGER"),
            no_colour: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            https_proxy: text("HTTPS_PROXY").or_else(|| text("https_proxy")),
            http_proxy: text("HTTP_PROXY").or_else(|| text("http_proxy")),
            no_proxy: text("NO_PROXY").or_else(|| text("no_proxy")),
            pod: Pod::of_process(),
        }
    }

    /// Returns the path of the configuration file that is read unless another is named.
    pub fn default_config(&self) -> Option<PathBuf> {
        self.config_home.as_ref().map(|home| home.join("rollgate").join("config.toml"))
    }
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

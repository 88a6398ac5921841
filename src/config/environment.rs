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
    /// Whether the variables of a pod are there (`KUBERNETES_SERVICE_HOST` and `…_PORT`).
    pub in_cluster: bool,
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
            in_cluster: text("KUBERNETES_SERVICE_HOST").is_some()
                && text("KUBERNETES_SERVICE_PORT").is_some(),
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

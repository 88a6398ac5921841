//! Owns which services beside the cluster may be asked, where they are reached, and with which files one logs in there.
//!
//! It never asks them and reads none of those files: a secret lies in a file of its own, never in the configuration.
//! Invariants: an address comes from the person's own file alone, never from the cluster; it carries no credentials; without
//! TLS it is one of this machine.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use http::Uri;
use toml::de::DeTable;

use super::table::{Fault, Value, check_keys, take, text, truth};

const PROVIDER_KEYS: [&str; 8] =
    ["address", "bearer-token-file", "ca-file", "kind", "name", "password-file", "reach", "user"];
const CONTROLLER_KEYS: [&str; 5] = ["bearer-token-file", "ca-file", "metrics", "password-file", "user"];
const POLICY_KEYS: [&str; 5] = ["api-key-file", "ca-file", "simulate", "tenant", "url"];

/// Services beside the cluster that may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// Providers of metrics.
    pub providers: Vec<Provider>,
    /// The policy service.
    pub policy_service: Option<PolicyService>,
    /// The controller's own metrics.
    pub controller: Option<ControllerMetrics>,
}

/// Where the controller of Argo Rollouts serves its metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerMetrics {
    /// Where they are reached, with their path.
    pub reach: Endpoint,
    /// How one logs in there.
    pub login: Login,
}

/// Where a provider of metrics is reached from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// What gate policies call it, beside its address.
    pub name: Option<String>,
    /// Its address as the templates name it, without a slash at its end.
    pub address: String,
    /// Where it is reached from here.
    pub reach: Endpoint,
    /// How one logs in there.
    pub login: Login,
}

/// The policy service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyService {
    /// Where it is reached.
    pub reach: Endpoint,
    /// The tenant in whose name it is asked.
    pub tenant: String,
    /// File with the key.
    pub api_key: PathBuf,
    /// Whether a decision is asked for too, of which the service keeps an audit entry.
    pub simulate: bool,
}

/// Where something listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether it speaks TLS.
    pub secure: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// What its paths begin with, without a slash at its end; empty for none.
    pub prefix: String,
    /// File with the only authorities that may sign for it; `None` for those of the system.
    pub authority: Option<PathBuf>,
}

/// How one logs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Login {
    /// Not at all.
    #[default]
    Nobody,
    /// With what a file holds, as a bearer token.
    Bearer {
        /// The file.
        token: PathBuf,
    },
    /// With a name, and the password that a file holds.
    Basic {
        /// The name.
        user: String,
        /// The file.
        password: PathBuf,
    },
}

impl Services {
    /// Returns how a provider is reached that a template names by this address.
    pub fn provider(&self, kind: &str, address: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.is_named(kind, address))
    }

    pub(super) fn add(&mut self, value: &Value<'_>, provider: Provider) -> Result<(), Fault> {
        if self.provider(KIND, &provider.address).is_some() {
            return Err(Fault::at(value, format!("{} is there twice", provider.address)));
        }
        let called = |other: &&Provider| provider.name.as_deref().is_some_and(|name| other.is_called(name));
        if let Some(other) = self.providers.iter().find(called) {
            return Err(Fault::at(value, format!("{} is called so already", other.address)).under("name"));
        }
        self.providers.push(provider);
        Ok(())
    }
}

impl Provider {
    /// Tells whether a template that says this kind and address means it.
    pub fn is_named(&self, kind: &str, address: &str) -> bool {
        kind == KIND && self.address == trimmed(address)
    }

    /// Tells whether a gate policy that says this word means it: its name, or its address.
    pub fn is_called(&self, word: &str) -> bool {
        self.name.as_deref() == Some(word) || self.address == trimmed(word)
    }
}

/// The one kind that is asked.
const KIND: &str = "prometheus";

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.prefix)
    }
}

impl Endpoint {
    /// Returns host and port as they stand in a URL.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Reads a URL; `None` for what is none of http or https, or carries credentials, a query or a fragment.
    fn parse(written: &str) -> Option<Self> {
        let uri: Uri = written.parse().ok()?;
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || uri.query().is_some() || written.contains('#') {
            return None;
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let wrong = host.is_empty() || authority.as_str().ends_with(':');
        let prefix = uri.path().trim_end_matches('/').to_owned();
        (!wrong).then_some(Self { secure, host, port, prefix, authority: None })
    }

    fn is_of_this_machine(&self) -> bool {
        let address: Option<IpAddr> = self.host.parse().ok();
        self.host == "localhost" || address.is_some_and(|address| address.is_loopback())
    }
}

/// Reads one `[[provider]]`.
pub(super) fn provider(value: &Value<'_>, table: &DeTable<'_>, folder: &Path) -> Result<Provider, Fault> {
    check_keys(table, &PROVIDER_KEYS)?;
    take(table, "kind", kind)?;
    let at = table.get("address").ok_or_else(|| Fault::at(value, "a provider wants address"))?;
    let address = trimmed(text(at).map_err(|fault| fault.under("address"))?).to_owned();
    let named = url(at).map_err(|fault| fault.under("address"))?;
    let reach = match take(table, "reach", |value| local_or_secure(value, url(value)?))? {
        Some(reach) => reach,
        None => local_or_secure(at, named).map_err(|fault| fault.under("address"))?,
    };
    let authority = take(table, "ca-file", |value| path(value, folder))?;
    let name = take(table, "name", |value| header(value, "must be a name of plain characters"))?;
    Ok(Provider {
        name,
        address,
        reach: Endpoint { authority, ..reach },
        login: login(value, table, folder)?,
    })
}

/// Reads `[policy-service]`.
pub(super) fn policy_service(value: &Value<'_>, folder: &Path) -> Result<PolicyService, Fault> {
    let wrong = || Fault::at(value, "must be a table that begins with [policy-service]");
    let table = value.get_ref().as_table().ok_or_else(wrong)?;
    check_keys(table, &POLICY_KEYS)?;
    let missing = |key: &str| Fault::at(value, format!("wants {key}"));
    let reach = take(table, "url", |value| local_or_secure(value, url(value)?))?;
    let authority = take(table, "ca-file", |value| path(value, folder))?;
    Ok(PolicyService {
        reach: Endpoint { authority, ..reach.ok_or_else(|| missing("url"))? },
        tenant: take(table, "tenant", tenant)?.ok_or_else(|| missing("tenant"))?,
        api_key: take(table, "api-key-file", |value| path(value, folder))?
            .ok_or_else(|| missing("api-key-file"))?,
        simulate: take(table, "simulate", truth)?.unwrap_or(false),
    })
}

/// Reads `[controller]`.
pub(super) fn controller(value: &Value<'_>, folder: &Path) -> Result<ControllerMetrics, Fault> {
    let wrong = || Fault::at(value, "must be a table that begins with [controller]");
    let table = value.get_ref().as_table().ok_or_else(wrong)?;
    check_keys(table, &CONTROLLER_KEYS)?;
    let reach = take(table, "metrics", |value| local_or_secure(value, url(value)?))?;
    let reach = reach.ok_or_else(|| Fault::at(value, "wants metrics"))?;
    let prefix = if reach.prefix.is_empty() { METRICS.to_owned() } else { reach.prefix };
    let authority = take(table, "ca-file", |value| path(value, folder))?;
    let login = login(value, table, folder)?;
    Ok(ControllerMetrics { reach: Endpoint { authority, prefix, ..reach }, login })
}

/// The path of the controller's metrics, where none is written (Argo: controller/metrics/metrics.go, `MetricsPath`).
const METRICS: &str = "/metrics";

fn kind(value: &Value<'_>) -> Result<(), Fault> {
    match text(value)? {
        KIND => Ok(()),
        other => Err(Fault::at(value, format!("`{other}` cannot be asked: only {KIND} can, so far"))),
    }
}

fn url(value: &Value<'_>) -> Result<Endpoint, Fault> {
    let why = "must be a URL as https://prometheus.example.com/prefix, without credentials: they belong into a file";
    Endpoint::parse(text(value)?).ok_or_else(|| Fault::at(value, why))
}

fn local_or_secure(value: &Value<'_>, endpoint: Endpoint) -> Result<Endpoint, Fault> {
    if endpoint.secure || endpoint.is_of_this_machine() {
        return Ok(endpoint);
    }
    Err(Fault::at(
        value,
        "is asked over https, or at a port of this machine: say with reach = \"http://127.0.0.1:PORT\" where \
         kubectl port-forward listens",
    ))
}

fn tenant(value: &Value<'_>) -> Result<String, Fault> {
    header(value, "must be a name of plain characters")
}

fn login(value: &Value<'_>, table: &DeTable<'_>, folder: &Path) -> Result<Login, Fault> {
    let file = |value: &Value<'_>| path(value, folder);
    let name = |value: &Value<'_>| header(value, "must be a name of plain characters");
    let (token, password) = (take(table, "bearer-token-file", file)?, take(table, "password-file", file)?);
    match (token, take(table, "user", name)?, password) {
        (None, None, None) => Ok(Login::Nobody),
        (Some(token), None, None) => Ok(Login::Bearer { token }),
        (None, Some(user), Some(password)) if !user.contains(':') => Ok(Login::Basic { user, password }),
        _ => Err(Fault::at(
            value,
            "log in with bearer-token-file alone, or with user (without a colon) and password-file",
        )),
    }
}

fn header(value: &Value<'_>, why: &str) -> Result<String, Fault> {
    let written = text(value)?;
    let plain = !written.is_empty() && written.chars().all(|c| (' '..='~').contains(&c));
    if plain { Ok(written.to_owned()) } else { Err(Fault::at(value, why)) }
}

fn path(value: &Value<'_>, folder: &Path) -> Result<PathBuf, Fault> {
    match text(value)? {
        "" => Err(Fault::at(value, "must be the path of a file")),
        written => Ok(folder.join(written)),
    }
}

fn trimmed(address: &str) -> &str {
    address.trim().trim_end_matches('/')
}

//! Owns one run of a credential plugin (`users[].user.exec` of a kubeconfig, client.authentication.k8s.io).
//!
//! The plugin gets no standard input and its standard error is kept, so that it can neither eat keys nor write over
//! the screen; it has a time limit, and it and its children are ended with it. What it prints is never shown; what
//! it complains of is, without anything that looks like a token.

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use kube::config::{ExecAuthCluster, ExecConfig};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::{bearer, redacted};

/// How long a plugin may take. Some open a browser and wait for a person.
const LONGEST: Duration = Duration::from_secs(90);

/// The most that is read of what a plugin prints, in bytes.
const LARGEST: u64 = 1 << 20;

/// A credential plugin.
pub(super) struct Plugin {
    command: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    request: String,
    hint: Option<String>,
    longest: Duration,
}

/// What a plugin issued.
pub(super) struct Issued {
    /// The header to put on requests, if it issued a token.
    pub(super) header: Option<HeaderValue>,
    /// Client certificate and key in PEM, if it issued them.
    pub(super) certificate: Option<(String, SecretString)>,
    /// When it must be asked again.
    pub(super) expires: Option<Timestamp>,
}

impl Issued {
    /// Tells whether it can be used for at least `margin` more.
    pub(super) fn lasts(&self, margin: SignedDuration) -> bool {
        self.expires.is_none_or(|end| Timestamp::now() + margin < end)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'a> {
    api_version: &'a str,
    kind: &'static str,
    spec: AskedSpec<'a>,
}

#[derive(Serialize)]
struct AskedSpec<'a> {
    interactive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a ExecAuthCluster>,
}

#[derive(Deserialize)]
struct Answered {
    status: Option<AnsweredStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnsweredStatus {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl Plugin {
    /// Reads a plugin's settings.
    pub(super) fn new(exec: &ExecConfig) -> Result<Self, String> {
        let command = exec.command.clone().filter(|command| !command.is_empty());
        let command =
            command.ok_or_else(|| "the kubeconfig names a credential plugin without a command".to_owned())?;
        let version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
        let spec = AskedSpec { interactive: false, cluster: exec.cluster.as_ref() };
        let asked = Asked { api_version: version, kind: "ExecCredential", spec };
        let request = serde_json::to_string(&asked).map_err(|e| e.to_string())?;
        let pair =
            |entry: &HashMap<String, String>| Some((entry.get("name")?.clone(), entry.get("value")?.clone()));
        Ok(Self {
            command,
            args: exec.args.clone().unwrap_or_default(),
            env: exec.env.iter().flatten().filter_map(pair).collect(),
            request,
            hint: exec.install_hint.clone(),
            longest: LONGEST,
        })
    }

    /// Sets another time limit.
    #[cfg(test)]
    pub(super) fn within(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Runs the plugin once.
    ///
    /// # Errors
    /// Says what the plugin complains of, and the command to try by hand.
    pub(super) async fn run(&self) -> Result<Issued, String> {
        let mut child = self.start()?;
        let pid = child.id();
        let ended = tokio::time::timeout(self.longest, collect(&mut child)).await;
        let Ok(ended) = ended else {
            end_group(pid);
            let limit = self.longest.as_secs();
            return Err(format!(
                "the credential plugin `{}` did not end within {limit} s; {}",
                self.command,
                self.by_hand()
            ));
        };
        let (status, printed, complained) =
            ended.map_err(|e| format!("the credential plugin `{}` cannot be read: {e}", self.command))?;
        if !status.success() {
            let said = last_words(&complained);
            return Err(format!(
                "the credential plugin `{}` failed ({status}){said}; {}",
                self.command,
                self.by_hand()
            ));
        }
        self.read(&printed)
    }

    fn start(&self) -> Result<Child, String> {
        let mut command = Command::new(&self.command);
        command.args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.env("KUBERNETES_EXEC_INFO", &self.request);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: it is not the terminal's foreground group, so that it cannot read the keys, and it can
        // be ended with its children.
        command.process_group(0).kill_on_drop(true);
        command.spawn().map_err(|e| {
            let hint = self.hint.as_deref().map(|hint| format!(": {}", redacted(hint))).unwrap_or_default();
            format!("the credential plugin `{}` cannot be started ({e}){hint}", self.command)
        })
    }

    fn by_hand(&self) -> String {
        "log in outside (any kubectl command with this context will do), then try again".to_owned()
    }

    fn read(&self, printed: &[u8]) -> Result<Issued, String> {
        let wrong = |why: &str| format!("the credential plugin `{}` {why}; {}", self.command, self.by_hand());
        // The parser's words are left out: they may quote a token.
        let answered: Answered =
            serde_json::from_slice(printed).map_err(|_| wrong("printed no ExecCredential"))?;
        let status = answered.status.ok_or_else(|| wrong("printed an ExecCredential without a status"))?;
        let expires = status.expiration_timestamp.map(|written| written.parse()).transpose();
        let expires = expires.map_err(|_| wrong("printed an expirationTimestamp that is no time"))?;
        let header = status.token.as_deref().map(bearer).transpose();
        let header = header.map_err(|_| wrong("printed a token that cannot be put in a header"))?;
        let certificate = status.client_certificate_data.zip(status.client_key_data.map(SecretString::from));
        if header.is_none() && certificate.is_none() {
            return Err(wrong("issued neither a token nor a certificate"));
        }
        Ok(Issued { header, certificate, expires })
    }
}

type Ended = (std::process::ExitStatus, Vec<u8>, Vec<u8>);

async fn collect(child: &mut Child) -> std::io::Result<Ended> {
    let printed = read_all(child.stdout.take());
    let complained = read_all(child.stderr.take());
    let (printed, complained) = tokio::try_join!(printed, complained)?;
    Ok((child.wait().await?, printed, complained))
}

async fn read_all(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LARGEST).read_to_end(&mut read).await?;
    }
    Ok(read)
}

/// Ends a plugin and the programs that it started.
fn end_group(pid: Option<u32>) {
    let group = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may just have ended by itself, which is as good.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Returns the last line of a complaint, cut short and without what looks like a token.
fn last_words(complained: &[u8]) -> String {
    let text = String::from_utf8_lossy(complained);
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty());
    line.map(|line| format!(": {}", redacted(line).chars().take(300).collect::<String>())).unwrap_or_default()
}

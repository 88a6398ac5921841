//! Owns where assistants come in over HTTP: the address, and the file of the token that they must bear.
//!
//! A token is in a file and nowhere else: a command line is read by everybody on the machine, and the environment is handed on to
//! what a kubeconfig runs. Invariants: the address is one of loopback; the file is this user's, a regular one, and nobody else can
//! read it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::fs::OFlags;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;

use crate::config::Config;
use crate::ledger;
use crate::mcp::{Door, Token};
use crate::text::Printable;

/// The token's file, beside the ledger's.
const NAME: &str = "mcp-token";
/// Largest file that is read, in bytes.
const LARGEST: u64 = 4096;
/// Random bytes of a token that is made.
const RANDOM: usize = 32;

/// Reads an address of `--http`.
///
/// # Errors
/// One sentence: it is no address, or one at which other machines could ask.
pub(super) fn address(written: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = written.parse().map_err(|_| {
        "write an address and a port, 127.0.0.1:8420 or [::1]:8420; port 0 takes a free one".to_owned()
    })?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("only loopback is listened on, since the token would cross the network in the clear; bring the port \
                      to another machine with ssh -L, or put a server with TLS before it"
            .to_owned()),
    }
}

/// An open door, and what is said of it.
pub(super) struct Opened {
    pub(super) door: Door,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Where the token is.
    pub(super) token: PathBuf,
}

/// Begins to listen, for sessions that end when they have been idle for so long.
///
/// # Errors
/// One sentence: the token cannot be had, or the address cannot.
pub(super) async fn open(
    (address, idle): (SocketAddr, Duration),
    token: Option<&Path>,
    config: &Config,
) -> Result<Opened, String> {
    let path = match token {
        Some(path) => path.to_owned(),
        None => beside_the_ledger(config)?,
    };
    let read = had(&path).map_err(|why| format!("the token's file {} {why}", shown(&path)))?;
    let token = Token::new(&read).map_err(|why| format!("the token's file {}: {why}", shown(&path)))?;
    let unheard = |error: io::Error| format!("{address} cannot be listened on: {error}");
    let listener = TcpListener::bind(address).await.map_err(unheard)?;
    let address = listener.local_addr().map_err(unheard)?;
    Ok(Opened { door: Door { listener, token, idle }, address, token: path })
}

fn beside_the_ledger(config: &Config) -> Result<PathBuf, String> {
    let ledger = config.ledger.clone().or_else(ledger::default_path);
    let folder = ledger.as_deref().and_then(Path::parent).map(Path::to_owned);
    let folder = folder.ok_or("there is no place for a token: name a file with --http-token-file")?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(|error| format!("the token's folder {} cannot be made: {error}", shown(&folder)))?;
    Ok(folder.join(NAME))
}

/// Reads the token, or makes one where there is no file.
pub(super) fn had(path: &Path) -> Result<SecretString, String> {
    let made = made().ok_or("cannot be made: there is no randomness")?;
    match create(path, &made) {
        Ok(()) => Ok(made),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(format!("cannot be made: {error}")),
    }
}

fn made() -> Option<SecretString> {
    let mut random = [0; RANDOM];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut random).ok()?;
    Some(URL_SAFE_NO_PAD.encode(random).into())
}

fn create(path: &Path, token: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = writeln!(file, "{}", token.expose_secret()).and_then(|()| file.sync_all());
    // Half a token is none.
    written.inspect_err(|_| drop(std::fs::remove_file(path)))
}

fn read(path: &Path) -> Result<SecretString, String> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = opened.map_err(|error| format!("cannot be opened: {error}"))?;
    check(&file)?;
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(text.trim().to_owned().into())
}

/// Refuses a file that somebody else may know or may have written.
fn check(file: &File) -> Result<(), String> {
    let found = file.metadata().map_err(|error| format!("cannot be looked at: {error}"))?;
    if !found.is_file() {
        return Err("is no regular file".to_owned());
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err("belongs to another user".to_owned());
    }
    match found.mode() & 0o077 {
        0 => Ok(()),
        _ => Err("can be read or written by others: run chmod 600 on it, and take another token".to_owned()),
    }
}

fn shown(path: &Path) -> Printable {
    Printable::from(path.display().to_string())
}

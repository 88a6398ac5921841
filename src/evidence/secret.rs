//! Owns the reading of secrets: from files, each time anew, into headers that are marked as sensitive.
//!
//! It never keeps one, and never says what a file holds, only which file cannot be used and why. Invariant: what it returns
//! is shown by no `Debug`.

use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::trouble::Trouble;
use crate::config::services::Login;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 10;

/// Returns the `Authorization` of a login; nothing where one does not log in.
pub(super) async fn authorization(login: &Login) -> Result<Option<HeaderValue>, Trouble> {
    let (path, written) = match login {
        Login::Nobody => return Ok(None),
        Login::Bearer { token } => (token, format!("Bearer {}", read(token).await?.expose_secret())),
        Login::Basic { user, password } => {
            let both = format!("{user}:{}", read(password).await?.expose_secret());
            (password, format!("Basic {}", STANDARD.encode(both)))
        }
    };
    sensitive(&SecretString::from(written), path).map(Some)
}

/// Returns what a file holds as the value of a header.
pub(super) async fn header(path: &Path) -> Result<HeaderValue, Trouble> {
    sensitive(&read(path).await?, path)
}

fn sensitive(secret: &SecretString, path: &Path) -> Result<HeaderValue, Trouble> {
    let made = HeaderValue::try_from(secret.expose_secret());
    let mut value = made.map_err(|_| unusable(path, "it must hold one line of plain characters"))?;
    value.set_sensitive(true);
    Ok(value)
}

async fn read(path: &Path) -> Result<SecretString, Trouble> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        std::fs::File::open(owned)?.take(LARGEST).read_to_string(&mut text)?;
        Ok::<_, std::io::Error>(SecretString::from(text.trim().to_owned()))
    });
    let secret = match read.await {
        Ok(Ok(secret)) => secret,
        Ok(Err(error)) => return Err(unusable(path, &error.to_string())),
        Err(error) => return Err(unusable(path, &error.to_string())),
    };
    if secret.expose_secret().is_empty() { Err(unusable(path, "it is empty")) } else { Ok(secret) }
}

fn unusable(path: &Path, why: &str) -> Trouble {
    Trouble::Secret { why: format!("the file {} cannot be used: {why}", path.display()) }
}

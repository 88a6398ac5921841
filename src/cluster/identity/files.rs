//! Owns which kubeconfig files are read, and how several become one.
//!
//! As client-go's `ClientConfigLoadingRules`: `--kubeconfig` alone, else every file of `KUBECONFIG` that is there,
//! else `~/.kube/config`; the first file to name a thing wins. It never writes a file and never quotes one.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, KubeconfigError};

use super::IdentityError;
use crate::config::Environment;

/// What the kubeconfig files say, together.
#[derive(Default)]
pub(super) struct Files {
    pub(super) merged: Kubeconfig,
    pub(super) paths: Vec<PathBuf>,
}

impl Files {
    /// Names the files, for errors.
    pub(super) fn shown(&self) -> String {
        let paths: Vec<String> = self.paths.iter().map(|path| path.display().to_string()).collect();
        if paths.is_empty() { "the flags (no kubeconfig was read)".to_owned() } else { paths.join(", ") }
    }
}

/// Returns the file that is read where none is named.
pub(super) fn default_path(environment: &Environment) -> Option<PathBuf> {
    environment.home.as_ref().map(|home| home.join(".kube").join("config"))
}

/// Reads the files, or returns `None` where there is none and none was named.
pub(super) fn read(named: Option<&Path>, environment: &Environment) -> Result<Option<Files>, IdentityError> {
    let paths: Vec<PathBuf> = match (named, &environment.kubeconfig) {
        (Some(named), _) => vec![named.to_owned()],
        (None, Some(list)) => {
            std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
        }
        (None, None) => default_path(environment).into_iter().collect(),
    };
    let mut files: Option<Files> = None;
    let mut missing = None;
    for path in paths {
        match std::fs::metadata(&path) {
            // client-go passes over a missing file of a list, but not over the only one that was asked for.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                missing.get_or_insert((path, e.to_string()));
                continue;
            }
            Err(e) => return Err(IdentityError::Unreadable { path, why: e.to_string() }),
            Ok(found) if found.mode() & 0o002 != 0 && found.is_file() => {
                return Err(IdentityError::Unsafe { path });
            }
            Ok(_) => {}
        }
        let next = read_one(&path)?;
        let mut so_far = files.take().unwrap_or_default();
        so_far.merged = so_far
            .merged
            .merge(next)
            .map_err(|_| IdentityError::Broken { path: path.clone(), line: None })?;
        so_far.paths.push(path);
        files = Some(so_far);
    }
    match (files, missing) {
        (None, Some((path, why))) if named.is_some() || environment.kubeconfig.is_some() => {
            Err(IdentityError::Unreadable { path, why })
        }
        (files, _) => Ok(files),
    }
}

fn read_one(path: &Path) -> Result<Kubeconfig, IdentityError> {
    let mut read = Kubeconfig::read_from(path).map_err(|error| match error {
        KubeconfigError::ReadConfig(why, _) => {
            IdentityError::Unreadable { path: path.to_owned(), why: why.to_string() }
        }
        KubeconfigError::Parse(why) => {
            IdentityError::Broken { path: path.to_owned(), line: why.location().map(|at| at.line()) }
        }
        _ => IdentityError::Broken { path: path.to_owned(), line: None },
    })?;
    // An empty `current-context: ""` is no choice, and must not hide the choice of a later file.
    read.current_context = read.current_context.filter(|name| !name.is_empty());
    Ok(read)
}

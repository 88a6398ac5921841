//! Owns the place of the ledger: a folder of one's own, a file that nobody else can read, on a local disk.
//!
//! It never opens the file once SQLite may hold it: closing any descriptor of it would drop SQLite's locks (POSIX),
//! so an existing file is looked at by name only. Invariant: a path that it returns names a regular file of this
//! user, mode 0600, with one name, in a folder that nobody else can write.

use std::ffi::OsStr;
use std::fs::DirBuilder;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    Access, AtFlags, FileType, Mode, OFlags, Stat, access, fchmod, fstat, fsync, open, openat, statat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::LedgerError;

/// Prepares the place and returns the path with the links in its folder resolved.
pub(super) fn prepare(path: &Path) -> Result<PathBuf, LedgerError> {
    let refused = |why: &str| LedgerError::place(path, why);
    let name = path.file_name().ok_or_else(|| refused("it names no file"))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| LedgerError::place(path, format!("its folder could not be made ({error})")))?;
    let descriptor = open(folder, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .map_err(|error| folder_refusal(path, error))?;
    check_folder(path, &descriptor)?;
    // SQLite makes files beside the ledger; it would only say that it cannot open something.
    access(folder, Access::WRITE_OK).map_err(|_| LedgerError::ReadOnly(path.to_owned()))?;
    create(path, &descriptor, name)?;
    let folder = folder.canonicalize().map_err(|error| LedgerError::place(path, error))?;
    let resolved = folder.join(name);
    check(&resolved)?;
    Ok(resolved)
}

fn folder_refusal(path: &Path, error: Errno) -> LedgerError {
    match error {
        Errno::LOOP | Errno::NOTDIR => {
            LedgerError::place(path, "its folder is a symbolic link or no folder; name the real one")
        }
        error => LedgerError::place(path, error),
    }
}

fn check_folder(path: &Path, folder: &OwnedFd) -> Result<(), LedgerError> {
    let refused = |why: &str| Err(LedgerError::place(path, why));
    let stat = fstat(folder).map_err(|error| LedgerError::place(path, error))?;
    if stat.st_uid != geteuid().as_raw() {
        return refused("its folder belongs to another user; name one of your own");
    }
    if stat.st_mode & 0o022 != 0 {
        return refused("others can write its folder; take that right away (chmod go-w) or name another");
    }
    if on_network(path, folder)? {
        return refused(
            "it is on a network file system, where SQLite's locks cannot be trusted; name a local disk",
        );
    }
    Ok(())
}

/// Magic numbers of network file systems (Linux: include/uapi/linux/magic.h, fs/smb): NFS, SMB, CIFS, SMB2, AFS, Ceph.
#[cfg(target_os = "linux")]
const NETWORK: [u32; 6] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42, 0x5346_414f, 0x00c3_6400];

#[cfg(target_os = "linux")]
fn on_network(path: &Path, folder: &OwnedFd) -> Result<bool, LedgerError> {
    let stat = rustix::fs::fstatfs(folder).map_err(|error| LedgerError::place(path, error))?;
    Ok(is_network(stat.f_type as u32))
}

#[cfg(target_os = "linux")]
pub(super) fn is_network(magic: u32) -> bool {
    NETWORK.contains(&magic)
}

#[cfg(not(target_os = "linux"))]
fn on_network(_: &Path, _: &OwnedFd) -> Result<bool, LedgerError> {
    Ok(false)
}

/// Makes the file before SQLite does, which would make it readable for everybody (0644 whatever the umask).
fn create(path: &Path, folder: &OwnedFd, name: &OsStr) -> Result<(), LedgerError> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let private = Mode::RUSR | Mode::WUSR;
    match openat(folder, name, flags, private) {
        Ok(file) => {
            let durable = fchmod(&file, private).and_then(|()| fsync(&file)).and_then(|()| fsync(folder));
            durable.map_err(|error| LedgerError::place(path, error))
        }
        Err(Errno::EXIST) => Ok(()),
        Err(Errno::ROFS | Errno::ACCESS | Errno::PERM) => Err(LedgerError::ReadOnly(path.to_owned())),
        Err(Errno::NOSPC | Errno::DQUOT) => Err(LedgerError::Full(path.to_owned())),
        Err(error) => Err(LedgerError::place(path, error)),
    }
}

/// Checks that the file at `path` can be read as a ledger; it may be anybody's, such as a copy for an auditor.
pub(super) fn check_readable(path: &Path) -> Result<(), LedgerError> {
    regular(path).map(drop)
}

/// Looks at the file at `path` by its name, and refuses what is no regular file.
fn regular(path: &Path) -> Result<Stat, LedgerError> {
    let refused = |why: &str| Err(LedgerError::place(path, why));
    let stat = match statat(rustix::fs::CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Err(LedgerError::Absent(path.to_owned())),
        Err(error) => return refused(&error.to_string()),
    };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(stat),
        FileType::Symlink => refused("it is a symbolic link; name the file itself"),
        _ => refused("it is no regular file"),
    }
}

/// Checks that the file at `path` is one of ours alone.
pub(super) fn check(path: &Path) -> Result<(), LedgerError> {
    let refused = |why: &str| Err(LedgerError::place(path, why));
    let stat = regular(path)?;
    if stat.st_uid != geteuid().as_raw() {
        return refused("it belongs to another user; name a file of your own");
    }
    if stat.st_nlink != 1 {
        return refused("it has a second name (hard link) by which others could reach it; remove that");
    }
    if stat.st_mode & 0o077 != 0 {
        return refused("others can read or write it; take that right away (chmod 600)");
    }
    Ok(())
}

//! Owns where a ledger may live: nobody else's folder, no link, no network, and what is made is private.

use std::fs::{create_dir, hard_link, metadata, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::fixture::*;
use crate::ledger::place;

fn mode(path: &Path) -> u32 {
    metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn folder_and_files_are_made_for_their_owner_alone() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state/rollgate/ledger.sqlite3");
    let ledger = open(&path);
    append(&ledger, entry("a", 1, "acknowledged")).unwrap();
    assert_eq!(mode(&root.path().join("state")), 0o700);
    assert_eq!(mode(&root.path().join("state/rollgate")), 0o700);
    for suffix in ["", "-wal", "-shm"] {
        let file = root.path().join(format!("state/rollgate/ledger.sqlite3{suffix}"));
        assert_eq!(mode(&file), 0o600, "{suffix}");
    }
}

#[test]
fn a_symbolic_link_is_refused_as_file_and_as_folder() {
    let root = tempfile::tempdir().unwrap();
    let real = root.path().join("real");
    create_dir(&real).unwrap();
    write(real.join("l"), "").unwrap();
    chmod(&real.join("l"), 0o600);
    symlink(real.join("l"), root.path().join("link")).unwrap();
    assert!(refusal(&root.path().join("link")).contains("symbolic link"));
    symlink(real.join("absent"), root.path().join("dangling")).unwrap();
    assert!(refusal(&root.path().join("dangling")).contains("symbolic link"));
    assert!(!real.join("absent").exists());
    symlink(&real, root.path().join("folder")).unwrap();
    assert!(refusal(&root.path().join("folder/l")).contains("symbolic link"));
}

#[test]
fn a_link_further_up_is_followed_since_homes_may_be_links() {
    let root = tempfile::tempdir().unwrap();
    create_dir(root.path().join("real")).unwrap();
    symlink(root.path().join("real"), root.path().join("home")).unwrap();
    let ledger = open(&root.path().join("home/state/l"));
    append(&ledger, entry("a", 1, "acknowledged")).unwrap();
    assert!(root.path().join("real/state/l").exists());
    assert_eq!(ledger.path(), root.path().canonicalize().unwrap().join("real/state/l"));
}

#[test]
fn a_folder_that_others_can_write_is_refused() {
    let root = tempfile::tempdir().unwrap();
    for mode in [0o777, 0o1777, 0o770] {
        chmod(root.path(), mode);
        assert!(refusal(&root.path().join("l")).contains("others can write its folder"), "{mode:o}");
    }
    assert!(!root.path().join("l").exists());
}

#[test]
fn a_file_that_others_can_read_or_reach_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("l");
    drop(open(&path));
    for mode in [0o640, 0o604, 0o660] {
        chmod(&path, mode);
        assert!(refusal(&path).contains("chmod 600"), "{mode:o}");
    }
    chmod(&path, 0o600);
    hard_link(&path, root.path().join("second")).unwrap();
    assert!(refusal(&path).contains("second name"));
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let root = tempfile::tempdir().unwrap();
    create_dir(root.path().join("l")).unwrap();
    assert!(refusal(&root.path().join("l")).contains("no regular file"));
    assert!(refusal(Path::new("/")).contains("names no file"));
    write(root.path().join("plain"), "").unwrap();
    assert!(refusal(&root.path().join("plain/l")).contains("cannot live at"));
}

#[test]
fn a_folder_that_cannot_be_made_is_said_with_its_path() {
    let sentence = refusal(Path::new("/proc/no-such-folder/l"));
    assert!(sentence.contains("/proc/no-such-folder/l"), "{sentence}");
}

#[cfg(target_os = "linux")]
#[test]
fn network_file_systems_are_known_by_their_numbers() {
    for (magic, network) in [
        (0x6969, true),
        (0xff53_4d42, true),
        (0xfe53_4d42, true),
        (0xef53, false),
        (0x5846_5342, false),
        (0x9123_683e, false),
        (0x0102_1994, false),
        (0x794c_7630, false),
    ] {
        assert_eq!(place::is_network(magic), network, "{magic:x}");
    }
}

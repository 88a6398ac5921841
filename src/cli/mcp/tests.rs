//! The address and the token of `--http`, by themselves; the whole program is asked in `tests/mcp/`.

use std::os::unix::fs::{PermissionsExt, symlink};

use secrecy::ExposeSecret;

use super::door;

#[test]
fn only_an_address_of_loopback_is_listened_on() {
    for fine in ["127.0.0.1:0", "127.0.0.1:8420", "127.9.9.9:1", "[::1]:8420"] {
        assert!(door::address(fine).is_ok(), "{fine}");
    }
    for wide in ["0.0.0.0:8420", "192.168.1.7:8420", "[::]:8420", "[fe80::1]:8420", "[::ffff:10.0.0.1]:80"] {
        let why = door::address(wide).unwrap_err();
        assert!(why.contains("only loopback") && why.contains("ssh -L"), "{wide}: {why}");
    }
    for none in ["", "8420", "localhost:8420", "127.0.0.1", "127.0.0.1:99999"] {
        assert!(door::address(none).unwrap_err().contains("write an address and a port"), "{none}");
    }
}

#[test]
fn a_token_is_made_once_for_this_user_alone_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let made = door::had(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(made.expose_secret().len() >= 43, "256 bits in base 64");
    assert_eq!(door::had(&path).unwrap().expose_secret(), made.expose_secret());
    let other = door::had(&folder.path().join("other")).unwrap();
    assert_ne!(other.expose_secret(), made.expose_secret());
}

#[test]
fn a_token_that_others_may_know_or_have_written_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    door::had(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert!(door::had(&path).unwrap_err().contains("by others"), "{mode:o}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(door::had(&link).unwrap_err().contains("cannot be opened"));
    assert!(door::had(folder.path()).unwrap_err().contains("no regular file"));
    let nowhere = folder.path().join("no/such/folder");
    assert!(door::had(&nowhere).unwrap_err().contains("cannot be made"));
}

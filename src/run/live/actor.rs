//! Owns who sits at the keyboard, as the operating system knows it.
//!
//! It never trusts `$USER`. What cannot be observed stays empty.

use rustix::process::getuid;

use crate::operation::Actor;
use crate::run::recovery::owner;
use crate::text::Printable;

/// Observes the person.
pub fn observed() -> Actor {
    let uid = getuid().as_raw();
    let variable =
        |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Printable::from);
    Actor {
        uid,
        login: login(uid),
        login_uid: login_uid(),
        sudo_uid: variable("SUDO_UID"),
        ssh: variable("SSH_CONNECTION"),
        terminal: rustix::termios::ttyname(std::io::stdin(), Vec::new())
            .ok()
            .map(|name| Printable::from(name.to_string_lossy().into_owned())),
        host: Some(host()),
        process: owner::own().map(Box::new),
    }
}

/// Returns the name of this host.
pub fn host() -> Printable {
    Printable::from(rustix::system::uname().nodename().to_string_lossy().into_owned())
}

/// Looks the name up in the local file; a name that only a directory service knows stays empty.
fn login(uid: u32) -> Option<Printable> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line =
        accounts.lines().find(|line| line.split(':').nth(2).and_then(|id| id.parse().ok()) == Some(uid))?;
    line.split(':').next().map(Printable::from)
}

/// The id that logged in, which `sudo` does not change; the kernel says 2³²−1 where it keeps none.
fn login_uid() -> Option<u32> {
    let text = std::fs::read_to_string("/proc/self/loginuid").ok()?;
    text.trim().parse().ok().filter(|uid| *uid != u32::MAX)
}

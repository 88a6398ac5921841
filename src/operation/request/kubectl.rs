//! Owns the `kubectl` line that does the same by hand.
//!
//! It is shown and copied, never run. Invariant: pasted into a POSIX shell, every word arrives as one argument.

use crate::operation::{Id, Kind, Target};
use crate::text::Printable;

/// Writes the line that does the same without guards, for a person's own shell.
pub fn kubectl(kind: Kind, target: &Target) -> Printable {
    let name = &*target.key.name;
    let verb: &[&str] = match kind {
        Kind::Promote => &["argo", "rollouts", "promote", name],
        Kind::Pause => &["argo", "rollouts", "pause", name],
        Kind::Abort => &["argo", "rollouts", "abort", name],
        // The plugin has no `resume` (argo-rollouts#3910): its `promote` would also skip a step.
        Kind::Resume => {
            &["patch", "rollouts.argoproj.io", name, "--type=merge", "-p", r#"{"spec":{"paused":false}}"#]
        }
    };
    line(verb, target)
}

/// Writes the line that shows the object as it is.
pub fn look(target: &Target) -> Printable {
    line(&["get", "rollouts.argoproj.io", &target.key.name, "-o", "yaml"], target)
}

/// Writes the line that changes an annotation and nothing else, which makes the controller look again.
pub fn wake(target: &Target, id: &Id) -> Printable {
    let mark = format!("rollgate.dev/wake={id}");
    line(&["annotate", "--overwrite", "rollouts.argoproj.io", &target.key.name, &mark], target)
}

fn line(verb: &[&str], target: &Target) -> Printable {
    let mut words = vec!["kubectl"];
    words.extend(verb);
    words.extend(["-n", &target.key.namespace]);
    if !target.context.is_empty() {
        words.extend(["--context", target.context.as_str()]);
    }
    Printable::from(words.into_iter().map(quoted).collect::<Vec<_>>().join(" "))
}

fn quoted(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

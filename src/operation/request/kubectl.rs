//! Owns the `kubectl` line that does the same by hand.
//!
//! It is shown and copied, never run. Invariant: pasted into a POSIX shell, every word arrives as one argument.

use crate::operation::{Course, Id, SiteKind, Target, course};
use crate::text::Printable;

/// What is said where neither kubectl nor the plugin has a line for it.
const NONE: &str = "no kubectl line does this: send the request as shown";

/// Writes the line that does the same without guards, for a person's own shell, or says that there is none.
pub fn kubectl(course: &Course, target: &Target) -> Printable {
    let name = &*target.key.name;
    let plugin = |words: &[&str]| line(&[&["argo", "rollouts"], words].concat(), target);
    match course {
        // The plugin's `promote` goes past an inconclusive analysis too (cmd/promote/promote.go, `isInconclusive`).
        Course::EndPause { .. } | Course::SkipInconclusive { .. } => plugin(&["promote", name]),
        Course::GoTo { index, .. } => {
            let status = format!(
                r#"{{"status":{{"pauseConditions":null,"controllerPause":false,"currentStepIndex":{index}}}}}"#
            );
            patch(SiteKind::Rollout, name, &["--subresource=status"], &status, target)
        }
        Course::PromoteFull { .. } => plugin(&["promote", name, "--full"]),
        Course::Pause => plugin(&["pause", name]),
        // The plugin has no `resume` (argo-rollouts#3910): its `promote` would also skip a step.
        Course::Resume => patch(SiteKind::Rollout, name, &[], r#"{"spec":{"paused":false}}"#, target),
        Course::Abort => plugin(&["abort", name]),
        Course::Retry => plugin(&["retry", "rollout", name]),
        // The plugin writes `/spec/template`, which a PodTemplate does not have.
        Course::Rewrite(rewrite) if rewrite.site.kind == SiteKind::PodTemplate => Printable::ours(NONE),
        Course::Rewrite(rewrite) => plugin(&["undo", name, &format!("--to-revision={}", rewrite.revision)]),
        Course::SetImage(image) => set_image(image, target),
        Course::Restart { .. } => plugin(&["restart", name]),
        Course::Terminate(end) => {
            let kind = if end.site.kind == SiteKind::Experiment { "experiment" } else { "analysisrun" };
            plugin(&["terminate", kind, &end.site.name])
        }
    }
}

/// Writes the lines that abort an update by hand: with kubectl alone, and with the plugin. A full promotion that is asked
/// for is taken back with it, since the controller would discard the abort (argo-rollouts#4461).
pub fn abort_by_hand(target: &Target, promotes_fully: bool) -> [Printable; 2] {
    let name = &*target.key.name;
    let status = if promotes_fully {
        r#"{"status":{"promoteFull":false,"abort":true}}"#
    } else {
        r#"{"status":{"abort":true}}"#
    };
    let alone = patch(SiteKind::Rollout, name, &["--subresource=status"], status, target);
    [alone, kubectl(&Course::Abort, target)]
}

/// The plugin's `set image` takes every workload for a Deployment, so others are changed with kubectl's own.
fn set_image(image: &course::Image, target: &Target) -> Printable {
    let pair = format!("{}={}", image.container, image.is);
    match image.site.kind {
        SiteKind::Rollout => line(&["argo", "rollouts", "set", "image", &target.key.name, &pair], target),
        SiteKind::Deployment | SiteKind::ReplicaSet => {
            let object = format!("{}/{}", image.site.kind.resource(), image.site.name);
            line(&["set", "image", &object, &pair], target)
        }
        _ => Printable::ours(NONE),
    }
}

fn patch(kind: SiteKind, name: &str, flags: &[&str], body: &str, target: &Target) -> Printable {
    line(&[&["patch", kind.resource(), name], flags, &["--type=merge", "-p", body]].concat(), target)
}

/// Writes the line that shows the object as it is: the Rollout, or what the order changes instead.
pub fn look(course: &Course, target: &Target) -> Printable {
    let (kind, name) = match course.site() {
        Some(site) => (site.kind, &*site.name),
        None => (SiteKind::Rollout, &*target.key.name),
    };
    line(&["get", kind.resource(), name, "-o", "yaml"], target)
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

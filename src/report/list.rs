//! Owns `rollgate list`: one line a Rollout, as the plugin's `list rollouts` prints it, or JSON.
//!
//! It sorts as the API server does, by the stored key, so that a dump in any order reads the same. Source: Argo
//! `pkg/kubectl-argo-rollouts/cmd/list`. Invariant: columns are at least as wide as the plugin makes them.

use jiff::Timestamp;

use crate::rollout::phase::{self, Reader};
use crate::rollout::{Rollout, Strategy, weight};
use crate::text::Printable;

use super::{Answer, json, table};

/// Whether the namespace is a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One namespace, not shown.
    One,
    /// All namespaces (`-A`), shown first.
    All,
}

/// Lists Rollouts as `list rollouts` (with `-A` for [`Scope::All`]) does.
pub fn text(rollouts: &[&Rollout], scope: Scope) -> Answer {
    if rollouts.is_empty() {
        return Answer { err: "No resources found.\n".to_owned(), ..Answer::default() };
    }
    let rows = sorted(rollouts).into_iter().map(cells);
    Answer::told(match scope {
        Scope::One => table::lay(&std::iter::once(HEADER.map(str::to_owned)).chain(rows).collect::<Vec<_>>()),
        Scope::All => {
            let spaces =
                sorted(rollouts).into_iter().map(|it| Printable::from_cluster(&it.meta.key.namespace));
            let spaces = std::iter::once("NAMESPACE".to_owned()).chain(spaces.map(|it| format!("{it:<9}")));
            let rows = std::iter::once(HEADER.map(str::to_owned)).chain(rows);
            table::lay(&spaces.zip(rows).map(|(space, row)| before(space, row)).collect::<Vec<_>>())
        }
    })
}

/// Lists Rollouts as JSON, in the same order.
pub fn json(rollouts: &[&Rollout], now: Timestamp) -> Answer {
    Answer::told(json::list(&sorted(rollouts), now))
}

const HEADER: [&str; 9] =
    ["NAME", "STRATEGY", "STATUS", "STEP", "SET-WEIGHT", "READY", "DESIRED", "UP-TO-DATE", "AVAILABLE"];

fn before(first: String, [a, b, c, d, e, f, g, h, i]: [String; 9]) -> [String; 10] {
    [first, a, b, c, d, e, f, g, h, i]
}

/// Sorts by `namespace/name` bytewise, as etcd keys: `a-b/x` comes before `a/x`.
fn sorted<'a>(rollouts: &[&'a Rollout]) -> Vec<&'a Rollout> {
    let mut sorted = rollouts.to_vec();
    sorted.sort_by(|a, b| stored_key(a).cmp(stored_key(b)));
    sorted
}

fn stored_key(rollout: &Rollout) -> impl Iterator<Item = u8> {
    rollout.meta.key.namespace.bytes().chain([b'/']).chain(rollout.meta.key.name.bytes())
}

fn cells(rollout: &Rollout) -> [String; 9] {
    let strategy = match &rollout.spec.strategy {
        Strategy::Canary(_) => "Canary",
        Strategy::BlueGreen(_) => "BlueGreen",
        Strategy::Unknown => "unknown",
    };
    let phase = phase::word(rollout, Reader::Plugin);
    let step = step_of(rollout).unwrap_or_else(|| "-".to_owned());
    let weight = weight::desired(rollout).map_or_else(|| "-".to_owned(), |weight| weight.to_string());
    let replicas = &rollout.status.replicas;
    [
        format!("{:<10}", Printable::from_cluster(&rollout.meta.key.name)),
        format!("{strategy:<9}"),
        format!("{phase:<12}"),
        format!("{step:<4}"),
        format!("{weight:<10}"),
        format!("{:<5}", format!("{}/{}", replicas.ready, replicas.current)),
        format!("{:<7}", rollout.spec.replicas.unwrap_or(1)),
        format!("{:<10}", replicas.updated),
        format!("{:<9}", replicas.available),
    ]
}

/// Returns `i/n` for a canary that has steps and has begun to count them.
pub(super) fn step_of(rollout: &Rollout) -> Option<String> {
    let Strategy::Canary(canary) = &rollout.spec.strategy else { return None };
    let index = rollout.status.step_index?;
    (!canary.steps.is_empty()).then(|| format!("{index}/{}", canary.steps.len()))
}

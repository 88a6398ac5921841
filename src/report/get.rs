//! Owns `rollgate get`: the header and the tree of one Rollout, as the plugin's `get rollout NAME --no-color` prints
//! them, or JSON.
//!
//! A missing Deployment of a workload reference is no error here, other than in the plugin. Source: Argo
//! `pkg/kubectl-argo-rollouts/cmd/get`. Invariant: every header line has its value from column 18 on.

use std::fmt::{self, Write};

use jiff::Timestamp;

use crate::rollout::phase::{self, Reader};
use crate::rollout::tree::{Family, Icon, Note, Row, RowKind, RunningImage, Tree};
use crate::rollout::{Strategy, age, role, weight};
use crate::text::Printable;

use super::{Answer, json, list, sign, table};

/// Shows a Rollout with everything under it.
pub fn text(family: &Family<'_>, now: Timestamp) -> Answer {
    let tree = Tree::of(family);
    let (_, message) = phase::phase(family.rollout, Reader::Plugin);
    let phase = phase::word(family.rollout, Reader::Plugin);
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = header(&mut out, &tree, (&phase, &message));
    out.push('\n');
    let rows = tree.rows(&phase);
    let rows = rows.iter().map(|row| cells(row, now));
    let head = ["NAME", "KIND", "STATUS", "AGE", "INFO"].map(str::to_owned);
    out.push_str(&table::lay(&std::iter::once(head).chain(rows).collect::<Vec<_>>()));
    Answer::told(out)
}

/// Shows a Rollout with everything under it as JSON.
pub fn json(family: &Family<'_>, now: Timestamp) -> Answer {
    Answer::told(json::one(family, now))
}

fn line(out: &mut String, label: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(out, "{label:<17}{value}")
}

fn header(out: &mut String, tree: &Tree<'_>, (phase, message): (&Printable, &Printable)) -> fmt::Result {
    let rollout = tree.rollout;
    line(out, "Name:", Printable::from_cluster(&rollout.meta.key.name))?;
    line(out, "Namespace:", Printable::from_cluster(&rollout.meta.key.namespace))?;
    line(out, "Status:", format_args!("{} {phase}", sign::of_icon(Icon::of_phase(phase.as_str()))))?;
    if !message.is_empty() {
        line(out, "Message:", message)?;
    }
    match &rollout.spec.strategy {
        Strategy::Canary(_) => {
            line(out, "Strategy:", "Canary")?;
            line(out, "  Step:", list::step_of(rollout).unwrap_or_default())?;
            line(out, "  SetWeight:", weight::desired(rollout).unwrap_or_default())?;
            let available = weight::canary_available(rollout, tree.sets().map(|branch| branch.set));
            line(out, "  ActualWeight:", weight::actual(rollout, Some(available)).unwrap_or_default())?;
        }
        Strategy::BlueGreen(_) => line(out, "Strategy:", "BlueGreen")?,
        Strategy::Unknown => line(out, "Strategy:", "")?,
    }
    for (i, image) in tree.images().iter().enumerate() {
        line(out, if i == 0 { "Images:" } else { "" }, image_text(image))?;
    }
    let replicas = &rollout.status.replicas;
    out.push_str("Replicas:\n");
    line(out, "  Desired:", rollout.spec.replicas.unwrap_or(1))?;
    line(out, "  Current:", replicas.current)?;
    line(out, "  Updated:", replicas.updated)?;
    line(out, "  Ready:", replicas.ready)?;
    line(out, "  Available:", replicas.available)
}

fn image_text(image: &RunningImage) -> String {
    if image.tags.is_empty() {
        return image.image.to_string();
    }
    let tags: Vec<String> = image.tags.iter().map(ToString::to_string).collect();
    format!("{} ({})", image.image, tags.join(", "))
}

fn cells(row: &Row, now: Timestamp) -> [String; 5] {
    let rails: String = row.rails.iter().copied().map(sign::of_rail).collect();
    let (icon, kind) = sign::of_kind(row.kind);
    let name = format!("{rails}{icon} {}", row.name);
    if row.kind == RowKind::Revision {
        return [name, String::new(), " ".to_owned(), String::new(), String::new()];
    }
    let notes: Vec<String> = row.notes.iter().map(|note| note_text(note, now)).collect();
    let status = format!("{} {}", sign::of_icon(row.icon), row.status);
    [name, kind.to_owned(), status, age::since(row.since, now), notes.join(",")]
}

fn note_text(note: &Note, now: Timestamp) -> String {
    match note {
        Note::Delay(deadline) => format!("delay:{}", role::delay(deadline, now)),
        Note::Ready(ready, total) => format!("ready:{ready}/{total}"),
        Note::Restarts(count) => format!("restarts:{count}"),
        Note::Measured(icon, count) => format!("{} {count}", sign::of_icon(*icon)),
        role => role.role().unwrap_or_default().to_owned(),
    }
}

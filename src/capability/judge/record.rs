//! Owns the rows of what is kept here: the ledger, the orders under way, and the clock by which they are dated.
//!
//! Invariant: a ledger that was not heard of within [`limits::LEDGER`] is unknown, and one that failed is unavailable.

use jiff::{SignedDuration, Timestamp};

use super::Scene;
use super::finding::Finding;
use super::look::{Look, look, unanswered, unseen};
use crate::capability::sight::Recording;
use crate::capability::{limits, remedy};
use crate::text::Printable;

const HOW: &str = "ledger";

fn recording<'a>(scene: &Scene<'a>) -> Look<'a, Recording> {
    look(scene.board.recording.as_ref(), limits::LEDGER, scene.now)
}

/// Judges whether a decision can be recorded, and the record is whole.
pub(super) fn ledger(scene: &Scene<'_>) -> Finding {
    match recording(scene) {
        Look::Seen { what, at } => whole(what, at, scene.now),
        Look::Failed { why, at, .. } | Look::Forbidden { why, at } => {
            Finding::unavailable(why.clone()).seen(HOW, why.clone(), at).remedied(remedy::run(
                "Give the ledger a folder that can be written, or check what it holds; until then nothing is sent.",
                "rollgate ledger verify",
            ))
        }
        Look::Missing { why, at } => Finding::lacking(why.clone())
            .seen(HOW, why.clone(), at)
            .advised("Name a file as `ledger` in the configuration file, and start again."),
        Look::Old { at } => unseen(HOW, "the ledger", Some(at)),
        Look::Never => unseen(HOW, "the ledger", None),
    }
}

fn whole(recording: &Recording, at: Timestamp, now: Timestamp) -> Finding {
    let head =
        recording.head.map_or_else(|| "no record yet".to_owned(), |head| format!("newest record {head}"));
    match recording.verified {
        Some((when, until)) => Finding::available(at, now)
            .seen(HOW, format!("can be written; {head}"), at)
            .seen("chain of hashes", format!("whole up to record {until}"), when),
        // Where nothing was ever recorded there is nothing to verify.
        None if recording.head.is_none() => Finding::supported().seen(HOW, head, at),
        None => Finding::supported()
            .seen(HOW, format!("open; {head}"), at)
            .seen("chain of hashes", "not verified in this session", at)
            .remedied(remedy::run("Verify it.", "rollgate ledger verify")),
    }
}

/// Judges whether orders under way are kept and followed to their end.
pub(super) fn outbox(scene: &Scene<'_>) -> Finding {
    match recording(scene) {
        Look::Seen { what, at } if what.waiting > 0 => {
            let (orders, wait) = if what.waiting == 1 { ("order", "waits") } else { ("orders", "wait") };
            Finding::degraded(
                at,
                format!("{} {orders} without a known end {wait} for a person", what.waiting),
            )
            .seen(HOW, counted(what), at)
            .remedied(remedy::run(
                "Look at each, and end it by what is seen of its Rollout.",
                "rollgate orders",
            ))
        }
        Look::Seen { what, at } => Finding::available(at, scene.now).seen(HOW, counted(what), at),
        _ => ledger(scene),
    }
}

fn counted(recording: &Recording) -> String {
    format!(
        "{} without an end, {} of them for a person",
        recording.open.max(recording.waiting),
        recording.waiting
    )
}

/// Judges whether ages and expiry can be trusted.
pub(super) fn clock(scene: &Scene<'_>) -> Finding {
    const HOW: &str = "server's date";
    match look(scene.board.skew.as_ref(), limits::SKEW, scene.now) {
        Look::Seen { what: ahead, at } if ahead.abs() <= limits::SKEWED => {
            Finding::available(at, scene.now).seen(HOW, "within 5 s of this machine's clock", at)
        }
        Look::Seen { what: ahead, at } => apart(*ahead, at, HOW),
        Look::Missing { why, at } | Look::Forbidden { why, at } | Look::Failed { why, at, .. } => {
            unanswered(HOW, "the server's time", why, at)
        }
        Look::Old { at } => unseen(HOW, "the server's time", Some(at)),
        Look::Never => unseen(HOW, "the server's time", None),
    }
}

fn apart(ahead: SignedDuration, at: Timestamp, how: &'static str) -> Finding {
    let (seconds, way) = (ahead.abs().as_secs(), if ahead.is_positive() { "behind" } else { "ahead of" });
    let words = format!("this machine's clock is {seconds} s {way} the server's");
    Finding::degraded(at, format!("{words}: ages and pauses are off by that"))
        .seen(how, words, at)
        .seen(
            "what it means",
            Printable::ours(
                "what is written here keeps this machine's time; the order of events may seem reversed",
            ),
            at,
        )
        .remedied(remedy::run(
            "Set this machine's clock (which of the two is right, a third has to say).",
            "timedatectl status",
        ))
}

/// Returns how far the server's clock is ahead, where that was measured lately; else zero.
pub(super) fn ahead(scene: &Scene<'_>) -> SignedDuration {
    match look(scene.board.skew.as_ref(), limits::SKEW, scene.now) {
        Look::Seen { what, .. } => *what,
        _ => SignedDuration::ZERO,
    }
}

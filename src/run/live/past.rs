//! Owns how a session learns what was ordered and seen before it began, and how Rollouts stood then: from the ledger's
//! file, if there is one.
//!
//! It only reads, and a file that cannot be read is no reason not to begin: the past is then empty. Invariant: lines of
//! other clusters than the session's are left out, since the screen names none.

use crate::app::App;
use crate::config::Config;
use crate::ledger::{self, Reader};
use crate::timeline::HELD;

/// Hands the newest of what is kept to the app; blocks on the disk.
pub(super) fn recall(app: &mut App, config: &Config) {
    let Some(path) = config.ledger.clone().or_else(ledger::default_path) else { return };
    let Ok(reader) = Reader::open(&path) else { return };
    let scene = app.session.scene();
    let mut seen = reader.seen(HELD).unwrap_or_default();
    seen.retain(|sighting| sighting.scene == scene);
    let records = reader.told(HELD).unwrap_or_default();
    app.timeline.recall(seen, &records);
    app.timeline.only_of(&scene);
    app.timeline.recall_sights(reader.sights(&scene).unwrap_or_default());
}

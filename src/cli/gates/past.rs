//! Owns in which stage a canary is judged: that of now, the one of a time in the past as far as that is recorded, or the one that is named.
//!
//! The stage of now is never taken for that of then. Invariant: where the stage is not known, what is judged cannot pass.

use jiff::Timestamp;

use super::subject::Found;
use crate::config::Config;
use crate::gate::Gate;
use crate::gate::past::{self, Entered, Present, Stages};
use crate::gate::policy::lint::{Finding, Grade};
use crate::gate::stage::{self, Seen, Stage, Standing};
use crate::gate::wish::Canary;
use crate::ledger::{self, LedgerError, Reader};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;
use crate::timeline::{Sighting, Source};

/// A canary as it is judged, and what is to be said of that.
pub(super) struct Sight {
    pub(super) seen: Seen,
    /// The stage, and since when it is known to have been that; `None` where that is not known or nothing hangs on it.
    then: Option<(Stage, Timestamp)>,
    pub(super) note: Option<Finding>,
}

/// Sees a canary as of a time; `at` is there where somebody named one, `stage` where they named that.
pub(super) fn sight(found: &Found, stage: Option<Stage>, at: Option<Timestamp>, config: &Config) -> Sight {
    let ladder = &found.canary.policy.ladder;
    let now = Timestamp::now();
    if let Some(stage) = stage {
        // Whoever names the stage means all points that there are.
        let seen = Seen { since: Some(Timestamp::MIN), ..past::seen_in(stage, ladder) };
        return Sight { seen, then: None, note: None };
    }
    let is_of_now = at.is_none_or(|at| at >= now) && is_current(&found.rollout, &found.canary);
    if is_of_now {
        return of_now(found, config, now);
    }
    let at = at.unwrap_or(now);
    let present = present(&found.rollout, &found.seen, &found.canary, now);
    let (stages, unread) = stages(&found.canary, present, config);
    let Some((stage, since)) = stages.at(at) else {
        let why = unread.map(|why| format!(" ({why})")).unwrap_or_default();
        let what = format!(
            "in which stage this canary was at {at} is not known, since nothing recorded it{why}: name it with --stage"
        );
        return Sight { seen: past::UNKNOWN, then: None, note: Some(note(Grade::Warning, what)) };
    };
    let what = format!("the stage is that of {at}, in which the canary is known to have been since {since}");
    Sight {
        seen: past::seen_in(stage, ladder),
        then: Some((stage, if stage == Stage::Second { stages.entered(at).unwrap_or(since) } else { since })),
        note: Some(note(Grade::Note, what)),
    }
}

/// Sees a canary as it is now. In the second stage points count from when it is known to have come there; of the others nothing hangs on
/// that.
fn of_now(found: &Found, config: &Config, now: Timestamp) -> Sight {
    let seen = found.seen;
    let present = present(&found.rollout, &seen, &found.canary, now);
    let Some(present) = present.filter(|present| present.stage == Stage::Second) else {
        return Sight { seen, then: None, note: None };
    };
    let entered = stages(&found.canary, Some(present), config).0.entered(now);
    let what = "since when this canary is in canary 2 is not known: it does not pause, and no session saw it come there; \
                so no point counts, unless --stage canary-2 takes them all";
    Sight {
        seen,
        then: entered.map(|since| (Stage::Second, since)),
        note: entered.is_none().then(|| note(Grade::Warning, what.to_owned())),
    }
}

impl Sight {
    /// Has a gate know since when its canary is in the stage.
    pub(super) fn begin(&self, gate: &mut Gate) {
        let standing = |(stage, since)| Standing { stage, entered: since, requirements: Vec::new() };
        gate.standing = self.then.map(standing);
    }
}

fn note(grade: Grade, what: String) -> Finding {
    Finding { grade, about: "stages", what: Printable::from(what) }
}

/// Tells whether a uid is that of a canary's Rollout. Where the Rollout was not read its uid is not known: then namespace, name and hash
/// have to do.
pub(super) fn is_it(canary: &Canary, uid: &str) -> bool {
    canary.uid.is_empty() || *uid == *canary.uid
}

/// Tells whether the canary is the one that the Rollout brings in now.
fn is_current(rollout: &Rollout, canary: &Canary) -> bool {
    rollout.status.current_pod_hash.as_ref() == Some(&canary.hash)
}

/// Says how a canary stands now, where it is the one that the Rollout brings in.
pub(super) fn present(rollout: &Rollout, seen: &Seen, canary: &Canary, now: Timestamp) -> Option<Present> {
    let stage = stage::stage(&canary.policy.ladder, seen, now).filter(|_| is_current(rollout, canary))?;
    Some(Present { stage, since: seen.since, at: now })
}

/// Returns what is known of the stages of a canary, and why nothing that was recorded is, where it could not be read.
pub(super) fn stages(canary: &Canary, present: Option<Present>, config: &Config) -> (Stages, Option<String>) {
    match recorded(config) {
        Ok(seen) => (of_canary(canary, &seen, present), None),
        Err(why) => (of_canary(canary, &[], present), Some(why)),
    }
}

fn of_canary(canary: &Canary, seen: &[Sighting], present: Option<Present>) -> Stages {
    let key = &canary.key;
    let entered = seen.iter().filter(|line| line.source == Source::Gate && line.key == *key);
    let entered = entered.filter_map(|line| Entered::read(&line.mark));
    let ours = |entered: &Entered| entered.canary == canary.hash && is_it(canary, &entered.uid);
    let missed = seen.iter().filter(|line| matches!(line.source, Source::Away | Source::Gap));
    let missed: Vec<Timestamp> = missed.filter(|line| concerns(&line.key, key)).map(|line| line.at).collect();
    Stages::of(entered.filter(ours).collect(), &missed, present)
}

/// Tells whether a line about `about` is one about a Rollout; what concerns a namespace, or all, is about each.
fn concerns(about: &Key, key: &Key) -> bool {
    let wide = about.name.is_empty() && (about.namespace.is_empty() || about.namespace == key.namespace);
    about == key || wide
}

/// Reads what was seen in sessions before; nothing where there never was one.
fn recorded(config: &Config) -> Result<Vec<Sighting>, String> {
    let Some(path) = config.ledger.clone().or_else(ledger::default_path) else { return Ok(Vec::new()) };
    let most = usize::try_from(ledger::seen::MOST).unwrap_or(usize::MAX);
    match Reader::open(&path).and_then(|reader| reader.seen(most)) {
        Ok(seen) => Ok(seen),
        Err(LedgerError::Absent(_)) => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

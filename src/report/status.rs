//! Owns `rollgate status`: one line of phase and message, or one on each change until the Rollout is done.
//!
//! It never waits: the caller feeds what is observed into [`StatusWatch`] and tells when the time is up. Source: Argo
//! `pkg/kubectl-argo-rollouts/cmd/status/status.go`; there watching is the default, here it is asked for.
//! Invariant: exit code 0 means Healthy, or, without watching, not Degraded.

use std::time::Duration;

use jiff::Timestamp;

use crate::rollout::Rollout;
use crate::rollout::phase::{self, Phase, Reader};
use crate::rollout::step::duration;
use crate::text::Printable;

use super::{Answer, json};

/// Says how a Rollout stands, as `status NAME --watch=false` does.
pub fn text(rollout: &Rollout) -> Answer {
    let stand = Stand::of(rollout);
    let line = if stand.is_end() {
        format!("{}\n", stand.word)
    } else {
        format!("{} - {}\n", stand.word, stand.message)
    };
    Answer { out: line, ..stand.degraded().unwrap_or_default() }
}

/// Says how a Rollout stands as JSON; exit code as of [`text`].
pub fn json(rollout: &Rollout, now: Timestamp) -> Answer {
    Answer { out: json::standing(rollout, now), ..text(rollout) }
}

/// Follows one Rollout until it is Healthy or Degraded, or until the caller's time is up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusWatch {
    said: Option<String>,
    last: Option<Stand>,
}

/// What is to be done after an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// A line to print now, with its line feed.
    pub line: Option<String>,
    /// Whether the Rollout is done, so that [`StatusWatch::end`] has the exit code.
    pub done: bool,
}

impl StatusWatch {
    /// Takes in the Rollout as it was observed; what reads as before says nothing.
    pub fn observe(&mut self, rollout: &Rollout) -> Observed {
        let stand = Stand::of(rollout);
        let line = match stand.message.is_empty() {
            true => format!("{}\n", stand.word),
            false => format!("{} - {}\n", stand.word, stand.message),
        };
        let done = stand.is_end();
        self.last = Some(stand);
        if self.said.as_ref() == Some(&line) {
            return Observed { line: None, done };
        }
        self.said = Some(line.clone());
        Observed { line: Some(line), done }
    }

    /// Ends the watch: the Rollout is done, the time is up, or a signal came; the last observation decides.
    pub fn end(&self) -> Answer {
        match &self.last {
            Some(stand) if stand.phase == Phase::Healthy => Answer::default(),
            Some(stand) => stand.degraded().unwrap_or_else(over_time),
            None => over_time(),
        }
    }
}

/// How a Rollout stands, in the plugin's words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stand {
    phase: Phase,
    word: Printable,
    message: Printable,
}

impl Stand {
    fn of(rollout: &Rollout) -> Self {
        let (phase, message) = phase::phase(rollout, Reader::Plugin);
        Self { phase, word: phase::word(rollout, Reader::Plugin), message }
    }

    fn is_end(&self) -> bool {
        matches!(self.phase, Phase::Healthy | Phase::Degraded)
    }

    fn degraded(&self) -> Option<Answer> {
        let what = format_args!("The rollout is in a degraded state with message: {}", self.message);
        (self.phase == Phase::Degraded).then(|| Answer::failed(what))
    }
}

fn over_time() -> Answer {
    Answer::failed("Rollout status watch exceeded timeout")
}

/// Reads `--timeout` as the plugin does: a Go duration such as `90s` or `1h30m`; zero means no limit.
///
/// # Errors
/// A sentence on what is allowed; also below zero, which the plugin takes for a time that is already up.
pub fn timeout(written: &str) -> Result<Option<Duration>, String> {
    let nanoseconds = duration::go_nanoseconds(written).and_then(|it| u64::try_from(it).ok());
    let limit = nanoseconds.map(Duration::from_nanos);
    limit
        .map(|limit| Some(limit).filter(|it| !it.is_zero()))
        .ok_or_else(|| "not a duration: write for example 90s, 5m or 1h30m, or 0 for no limit".to_owned())
}

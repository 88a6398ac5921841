//! Owns the words for where an errand stands, and for what it is to bring about, used in row, confirmation, record and reports alike.
//!
//! It decides nothing and knows no colour. Invariants: "done" is said only of a run that was seen, whatever became of it then; what was
//! never sent says so; a doubt that stays is not called a failure.

use jiff::Timestamp;

use super::{Errand, State, Wanted, path_of_run, path_of_runs};
use crate::text::Printable;

/// Says in one sentence what an errand is to bring about.
pub fn consequence(errand: &Errand) -> Printable {
    let workflow = Printable::from(&**errand.wanted().workflow());
    Printable::from(match errand.wanted() {
        Wanted::Begin { .. } => {
            format!("The policy service begins a run of the workflow {workflow}, without input.")
        }
        Wanted::Again { run, step } => {
            let (run, step) = (Printable::from(&*run.id), Printable::from(&**step));
            format!(
                "The policy service takes up the run {run} of the workflow {workflow} again, from its step {step}."
            )
        }
    })
}

/// Describes where an errand stands, in one line.
pub fn describe(errand: &Errand) -> Printable {
    let line = stands(errand.state());
    match errand.gap().filter(|_| !matches!(errand.state(), State::Unsent { .. })) {
        Some(why) => Printable::from(format!("{line} (not in the ledger: {why})")),
        None => Printable::from(line),
    }
}

fn stands(state: &State) -> String {
    match state {
        State::Staged => "staged; nothing was sent".to_owned(),
        State::Armed => "ready to be acknowledged; nothing was sent".to_owned(),
        State::Acknowledged { .. } => "acknowledged; being recorded, nothing was sent yet".to_owned(),
        State::Sent { .. } => "sent; waiting for the policy service".to_owned(),
        State::Accepted { run, .. } => {
            format!("accepted by the policy service as run {}; looking for it", Printable::from(&**run))
        }
        State::InDoubt { why, .. } => format!("in doubt: {why}; reading the workflow's runs to find out"),
        State::Observed { run, status, .. } => {
            format!("done: the run {} is there, {}", Printable::from(&**run), status.word())
        }
        State::Refused { code: 0, why, .. } => format!("not sent: {why}"),
        State::Refused { code, why, .. } => {
            format!("refused by the policy service ({code}), nothing was begun: {why}")
        }
        State::Unclear { why, .. } => format!("unclear: {why}"),
        State::Unsent { word: "denied", why, .. } => format!("nothing was sent: {why}"),
        State::Unsent { word, why, .. } => format!("{word}: {why}; nothing was sent"),
    }
}

/// Says what a person can do about where an errand stands; `None` where there is nothing to do but wait, or nothing.
pub fn advice(errand: &Errand) -> Option<Printable> {
    let service = &errand.whither().service;
    Some(match errand.state() {
        State::InDoubt { .. } | State::Unclear { .. } => {
            let path = path_of_runs(errand.wanted().workflow());
            Printable::from(format!("See for yourself before ordering it again: GET {service}{path}"))
        }
        State::Accepted { run, .. } => {
            Printable::from(format!("Or look yourself: GET {service}{}", path_of_run(run)))
        }
        State::Refused { code: 0, .. } => {
            Printable::ours("Put right what stands in its way, and stage it anew if it is still wanted.")
        }
        State::Unsent { word: "expired" | "overtaken", .. } => {
            Printable::ours("Stage it anew if it is still wanted.")
        }
        _ => return None,
    })
}

impl State {
    /// Returns the one word for it in the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Armed => "armed",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Sent { .. } => "sent",
            Self::Accepted { .. } => "accepted",
            Self::InDoubt { .. } => "in-doubt",
            Self::Observed { .. } => "observed",
            Self::Refused { .. } => "refused",
            Self::Unclear { .. } => "unclear",
            Self::Unsent { word, .. } => word,
        }
    }

    /// Returns since when it stands there; `None` before anybody acknowledged it.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Staged | Self::Armed => None,
            Self::Acknowledged { at }
            | Self::Sent { at }
            | Self::Accepted { at, .. }
            | Self::InDoubt { at, .. }
            | Self::Observed { at, .. }
            | Self::Refused { at, .. }
            | Self::Unclear { at, .. }
            | Self::Unsent { at, .. } => Some(*at),
        }
    }

    /// Tells whether a person should look at it: it went another way than was ordered, or nobody knows.
    pub fn is_trouble(&self) -> bool {
        match self {
            Self::InDoubt { .. } | Self::Refused { .. } | Self::Unclear { .. } => true,
            Self::Observed { status, .. } => status.is_over() && *status != super::Status::Succeeded,
            Self::Unsent { word, .. } => *word != "withdrawn",
            _ => false,
        }
    }
}

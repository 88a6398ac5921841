//! Owns the gate of one Rollout: what the evidence says of its canary, where it stands, and what came of that.
//!
//! Pure: what was gathered goes in, what is told comes out. It never orders: a trigger proposes. Invariants: what was gathered for another
//! canary or by another policy is not taken; evidence that is no longer fresh passes nothing.

use std::sync::Arc;

use jiff::Timestamp;

use super::evidence::Evidence;
use super::judge::score::Word;
use super::policy::Policy;
use super::record;
use super::stage::{self, Facts, Outcome, Requirement, Seen, Stage, Standing, Transition};
use super::trigger::{self, Cause, Reading, Signs};
use super::verdict::{self, STALE_AFTER, Verdict};
use super::wish::Gathered;
use crate::text::Printable;

/// Why nothing is told where nobody knows how much traffic the canary has.
const UNWEIGHED: &str = "its weight is not known";

/// The gate of one Rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What it judges by.
    pub policy: Arc<Policy>,
    /// Hash of the canary's pods.
    pub canary: Arc<str>,
    /// What it rests on, one for each metric.
    pub evidence: Vec<Evidence>,
    /// The newest verdict.
    pub verdict: Option<Verdict>,
    /// Where the canary stands; `None` while that is not known.
    pub standing: Option<Standing>,
    /// How each trigger stands.
    pub triggers: Vec<(Cause, Reading)>,
    /// When a trigger last fired.
    pub troubled: Option<Timestamp>,
    simulation: Option<Outcome>,
    denied: Option<f64>,
    /// Whether the weight was known when it was last seen: the stage is that of then otherwise.
    weighed: bool,
}

/// Something that a record of the gate keeps.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The canary came into another stage.
    Entered {
        /// Hash of its pods.
        canary: Arc<str>,
        /// From which, into which, when.
        transition: Transition,
    },
    /// The word is another one; why, in one sentence.
    Judged {
        /// The word before.
        was: Word,
        /// The word now.
        is: Word,
        /// Why.
        why: Printable,
    },
    /// A trigger began to fire; why.
    Fired(Cause, Printable),
    /// A trigger no longer fires.
    Calmed(Cause),
}

impl Gate {
    /// Begins to judge a canary, of which nothing is known yet.
    pub fn new(policy: Arc<Policy>, canary: Arc<str>) -> Self {
        Self {
            policy,
            canary,
            evidence: Vec::new(),
            verdict: None,
            standing: None,
            triggers: Vec::new(),
            troubled: None,
            simulation: None,
            denied: None,
            weighed: false,
        }
    }

    /// Takes what was gathered, judges it, and says what is worth a record.
    pub fn take(&mut self, gathered: Gathered, seen: &Seen, now: Timestamp) -> Vec<Told> {
        if gathered.hash != self.canary || gathered.policy != self.policy {
            return Vec::new();
        }
        let was = self.word(now);
        let verdict = verdict::judge(&self.policy, &gathered.evidence, now);
        let Gathered { reasons, approvals, .. } = gathered;
        let signs = Signs { reasons, approvals, ..trigger::signs(&self.policy, &gathered.evidence, now) };
        let triggers = trigger::read(&self.policy, &signs, now);
        let mut told = fired(&self.triggers, &triggers);
        if triggers.iter().any(|(_, reading)| matches!(reading, Reading::Fires(_))) {
            self.troubled = Some(now);
        }
        self.evidence = gathered.evidence;
        self.verdict = Some(verdict);
        self.triggers = triggers;
        self.simulation = gathered.simulation;
        self.denied = signs.denied;
        told.extend(self.see(seen, now));
        let is = self.word(now);
        if was != is {
            told.push(Told::Judged { was, is, why: self.why(now) });
        }
        told
    }

    /// Notes what is seen of the canary, and says whether it came into another stage.
    pub fn see(&mut self, seen: &Seen, now: Timestamp) -> Option<Told> {
        let facts = self.facts();
        let advanced = stage::advance(&self.policy, self.standing.as_ref(), seen, &facts, now);
        // Where it stands may not be known any more; what was gathered since counts all the same.
        let stayed = self.standing.as_ref().map(|it| stage::asked(&self.policy, it, &facts, seen, now));
        self.weighed = advanced.is_some();
        let Some((standing, transition)) = advanced else {
            if let (Some(standing), Some(asked)) = (&mut self.standing, stayed) {
                standing.requirements = asked;
            }
            return None;
        };
        self.standing = Some(standing);
        transition.map(|transition| Told::Entered { canary: self.canary.clone(), transition })
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            verdict: self.verdict.as_ref(),
            simulation: self.simulation.as_ref(),
            deny_rate: self.denied,
            troubled: self.troubled,
        }
    }

    /// Returns word and reason on going further than to the next stage, at most to all traffic at once.
    pub fn word_on_a_leap(&self, now: Timestamp) -> (Word, Printable) {
        let (word, why) = (self.word(now), self.why(now));
        let standing = self.standing.as_ref();
        let lacking = standing.and_then(|it| stage::passed_over(&self.policy, it, &self.facts(), now));
        let Some((asked, lacking)) = lacking.filter(|(_, lacking)| lacking.word() > word) else {
            return (word, why);
        };
        let asked = record::requirement(asked);
        let lacks = lacking.why().map(Printable::as_str).unwrap_or_default();
        let why = format!("a leap takes what canary 2 asks for, {asked}: {lacks}");
        (lacking.word(), Printable::from(why))
    }

    /// Returns the word on a promotion now: the worst of what the stage asks for, of triggers that fire, of those that could
    /// not be read, of a weight that is not known, and of old age.
    pub fn word(&self, now: Timestamp) -> Word {
        let standing = self.standing.as_ref().map_or(Word::CannotTell, Standing::word);
        let fires = if self.firing().next().is_some() { Word::Fail } else { Word::Pass };
        // A trigger that fires, and then cannot be read any more, must not become a pass by that.
        let blind = if self.untold().is_some() { Word::CannotTell } else { Word::Pass };
        let aged = if self.is_fresh(now) && self.weighed { Word::Pass } else { Word::CannotTell };
        standing.max(fires).max(blind).max(aged)
    }

    /// Says in one sentence why the word is what it is.
    pub fn why(&self, now: Timestamp) -> Printable {
        if let Some((_, why)) = self.firing().next() {
            return why.clone();
        }
        let Some(standing) = &self.standing else { return Printable::ours(UNWEIGHED) };
        if let Some(why) = standing.rests() {
            return Printable::ours(why);
        }
        let worst = standing.requirements.iter().max_by_key(|(_, outcome)| outcome.word());
        match worst {
            _ if !self.is_fresh(now) => Printable::ours("there is no fresh judgement"),
            Some((_, Outcome::Failed(why))) => why.clone(),
            _ if !self.weighed => Printable::ours(UNWEIGHED),
            Some((_, Outcome::Held(why) | Outcome::Untold(why))) => why.clone(),
            Some((_, Outcome::Met)) | None => match self.untold() {
                Some((cause, why)) => Printable::from(format!("trigger {}: {why}", record::cause(cause))),
                None => Printable::ours("all that this stage asks for is met"),
            },
        }
    }

    /// Lists the triggers that fire, with why.
    pub fn firing(&self) -> impl Iterator<Item = (Cause, &Printable)> {
        self.triggers.iter().filter_map(|(cause, reading)| match reading {
            Reading::Fires(why) => Some((*cause, why)),
            _ => None,
        })
    }

    /// Returns the first trigger that could not be read where it should be, with why: from the policy service always, from metrics where
    /// there is traffic to measure and to stay beside.
    fn untold(&self) -> Option<(Cause, &Printable)> {
        let stage = self.standing.as_ref().map(|standing| standing.stage);
        let measured = matches!(stage, Some(Stage::First | Stage::Second));
        self.triggers.iter().find_map(|(cause, reading)| match reading {
            Reading::Untold(why) if measured || cause.is_served() => Some((*cause, why)),
            _ => None,
        })
    }

    /// Tells whether an abort is proposed: a trigger fires, or the score fails, while the canary may still be taken back.
    pub fn proposes_abort(&self) -> bool {
        let stage = self.standing.as_ref().map(|standing| standing.stage);
        let under_way = matches!(stage, Some(Stage::Shadow | Stage::First | Stage::Second | Stage::Full));
        under_way && (self.firing().next().is_some() || self.scores_badly())
    }

    fn scores_badly(&self) -> bool {
        let standing = self.standing.iter().flat_map(|standing| &standing.requirements);
        standing.into_iter().any(|(requirement, outcome)| {
            *requirement == Requirement::Score && matches!(outcome, Outcome::Failed(_))
        })
    }

    /// Tells whether the newest verdict is young enough to speak of now.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.fresh_until().is_some_and(|until| now <= until)
    }

    /// Returns until when the newest verdict is young enough to speak of; `None` where there is none.
    pub fn fresh_until(&self) -> Option<Timestamp> {
        let limit = self.policy.resolution.saturating_mul(STALE_AFTER);
        self.verdict.as_ref().map(|verdict| verdict.at.checked_add(limit).unwrap_or(Timestamp::MAX))
    }
}

/// Says which triggers began to fire, and which ceased to.
fn fired(before: &[(Cause, Reading)], now: &[(Cause, Reading)]) -> Vec<Told> {
    let fired_before = |cause: &Cause| {
        before.iter().any(|(other, reading)| other == cause && matches!(reading, Reading::Fires(_)))
    };
    now.iter()
        .filter_map(|(cause, reading)| match (fired_before(cause), reading) {
            (false, Reading::Fires(why)) => Some(Told::Fired(*cause, why.clone())),
            (true, Reading::Rests { .. } | Reading::Unused) => Some(Told::Calmed(*cause)),
            _ => None,
        })
        .collect()
}

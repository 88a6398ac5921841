//! Owns the dry run of a staged request, and what makes an open confirmation pointless.
//!
//! It never sends: a dry run is an [`Effect`]. Invariants: a request is tried at most once when its confirmation opens and
//! then every [`AGAIN`], and not while nobody looks; only what was seen lately stands in the way.

use std::time::Duration;

use jiff::Timestamp;

use super::{Checks, act_of};
use crate::app::{App, Effect, Now};
use crate::capability::sight::{Answer, Right, Ruling, Trial};
use crate::capability::{Act, Capability, Dated, Health, Sight, State, is_analysed, limits};
use crate::operation::{self, Errand, Event, Id, Kind, Operation, Request};
use crate::text::Printable;

/// After how long a staged request is tried again, while its confirmation is open.
pub const AGAIN: Duration = Duration::from_secs(60);

/// The dry runs of one staged request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attempt {
    id: Id,
    /// When the first was asked for.
    since: Timestamp,
    /// When the newest was asked for.
    asked: Duration,
}

/// How the dry run of a staged request stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tried<'a> {
    /// This kind of order is not tried.
    Never,
    /// It is under way.
    Asked,
    /// It was answered.
    Answered(&'a Dated<Trial>),
}

impl App {
    /// Returns the order that is asked about, and its request.
    pub(in crate::app) fn asked_about(&self) -> Option<&Operation> {
        let operation = self.operations.get(self.modal.as_ref()?.id())?;
        operation.state().is_unsent().then_some(operation)
    }

    /// Has the request of the open confirmation tried, where it is time for that.
    pub(super) fn try_out(&mut self, now: Now) -> Vec<Effect> {
        let Some(operation) = self.asked_about() else {
            self.health.attempt = None;
            return Vec::new();
        };
        if act_of(operation.kind()).is_none() {
            return Vec::new();
        }
        let id = operation.id().clone();
        let before = self.health.attempt.as_ref().filter(|attempt| attempt.id == id);
        if self.health.hidden || before.is_some_and(|attempt| now.mono < attempt.asked + AGAIN) {
            return Vec::new();
        }
        let since = before.map_or(now.wall, |attempt| attempt.since);
        let rehearsal = Box::new(operation.rehearsal());
        self.health.attempt = Some(Attempt { id, since, asked: now.mono });
        vec![Effect::Try(rehearsal)]
    }

    pub(super) fn next_trial(&self) -> Option<Duration> {
        self.health.attempt.as_ref().filter(|_| !self.health.hidden).map(|attempt| attempt.asked + AGAIN)
    }

    /// Says how the dry run of the request in the open confirmation stands.
    pub fn tried(&self, operation: &Operation) -> Tried<'_> {
        let Some(act) = act_of(operation.kind()) else { return Tried::Never };
        let Some(attempt) = self.health.attempt.as_ref().filter(|attempt| attempt.id == *operation.id())
        else {
            return Tried::Never;
        };
        let trial = self.health.board.trials.get(&(operation.target().key.clone(), act));
        // What was said of an earlier request says nothing of this one.
        trial.filter(|trial| trial.at >= attempt.since).map_or(Tried::Asked, Tried::Answered)
    }

    /// Lists the accounts that concern an order: of the act and of the controller always, others where they need a person.
    pub fn concerns(&self, operation: &Operation) -> Vec<&Health> {
        let namespace = &operation.target().key.namespace;
        let act = act_of(operation.kind()).map(Act::capability);
        let always = act.into_iter().chain([Capability::Reconciling]);
        let always = always.filter_map(|row| self.health.account(row, namespace));
        let bad = touched(operation.kind()).iter().filter_map(|row| self.health.account(*row, namespace));
        let bad = bad.filter(|account| account.state.severity() >= BAD);
        always.chain(bad).chain(self.unmeasured(operation)).collect()
    }

    /// Lists the accounts that concern an errand: of the policy service always, others where they need a person.
    pub fn concerns_of_errand(&self, errand: &Errand) -> Vec<&Health> {
        let namespace = &errand.whither().key.namespace;
        let service = self.health.account(Capability::PolicyService, namespace);
        let others = [Capability::ReadRollouts, Capability::Ledger, Capability::Clock].into_iter();
        let others = others.filter_map(|row| self.health.account(row, namespace));
        service.into_iter().chain(others.filter(|account| account.state.severity() >= BAD)).collect()
    }

    /// Returns the account of the metric providers, where the order lets a Rollout go on that they are to judge, and asking
    /// them brought no good answer: also where they were never reached from here.
    fn unmeasured(&self, operation: &Operation) -> Option<&Health> {
        let key = &operation.target().key;
        let judged = self.store.rollout(key).is_some_and(|rollout| is_analysed(rollout));
        let account = self.health.account(Capability::AnalysisProviders, &key.namespace)?;
        let silent = matches!(account.state, State::Unknown { .. }) && account.remedy.is_some();
        let said = judged && goes_on(operation.kind()) && (silent || account.state.severity() >= BAD);
        said.then_some(account)
    }

    /// Notes what stands in the way of the open confirmation; it is void where something new does, or where what it rests
    /// on became worse.
    pub(super) fn mind(&mut self, now: Now) -> Vec<Effect> {
        let (obstacle, concerns) = match (self.asked_about(), self.asked_errand()) {
            (Some(operation), _) => (self.find_obstacle(operation, now.wall), self.concerns(operation)),
            (None, Some(errand)) => (self.health.dead_ledger(now.wall), self.concerns_of_errand(errand)),
            (None, None) => {
                (self.health.obstacle, self.health.minded) = (None, 0);
                return Vec::new();
            }
        };
        let severity = |account: &&Health| account.state.severity();
        let worst = concerns.iter().map(severity).max().unwrap_or(0);
        let worse = worst >= BAD && worst > self.health.minded;
        let moved = obstacle != self.health.obstacle;
        (self.health.obstacle, self.health.minded) = (obstacle, worst);
        if moved || worse { self.disarm(now) } else { Vec::new() }
    }

    fn find_obstacle(&self, operation: &Operation, now: Timestamp) -> Option<Printable> {
        let checks = &self.health;
        // A run that was let through since then shows that the right is back.
        let passed = match self.tried(operation) {
            Tried::Answered(Dated { answer: Answer::Seen(Trial::Accepted), at, .. }) => Some(*at),
            _ => None,
        };
        let denied = checks.denial(operation, now).filter(|(_, at)| passed.is_none_or(|passed| passed < *at));
        let denied = denied.map(|(what, _)| {
            Printable::from(format!("{what}: the server would refuse this order. Get the right, or cancel."))
        });
        denied.or_else(|| self.refused_trial(operation, now)).or_else(|| checks.dead_ledger(now))
    }

    fn refused_trial(&self, operation: &Operation, now: Timestamp) -> Option<Printable> {
        let Tried::Answered(trial) = self.tried(operation) else { return None };
        if !trial.is_within(limits::TRIAL, now) {
            return None;
        }
        let why = match &trial.answer {
            Answer::Seen(Trial::Refused { why }) | Answer::Forbidden { why } => why,
            _ => return None,
        };
        Some(Printable::from(format!("The server refused the dry run of this order: {why}")))
    }

    /// Takes the answer to an order for what it is: a run that was no dry one.
    pub(in crate::app) fn answered(&mut self, id: &Id, event: &Event, now: Timestamp) {
        let told = match event {
            Event::Answered(answer) => self.operations.get(id).and_then(|operation| {
                let act = act_of(operation.kind())?;
                Some(Sight::Trial(operation.target().key.clone(), act, trial_of(answer)?))
            }),
            Event::RecordFailed { why, .. } => Some(Sight::Recording(Answer::Failed { why: why.clone() })),
            _ => None,
        };
        if let Some(sight) = told {
            self.sighted(sight, now);
        }
    }
}

impl Checks {
    /// Says which right a request needs that was seen to be denied lately, and when.
    fn denial(&self, operation: &Operation, now: Timestamp) -> Option<(String, Timestamp)> {
        let namespace = &operation.target().key.namespace;
        let (group, resource) = endpoint(operation.request())?;
        let needed =
            |right: &Right| right.verb == "patch" && right.group == group && right.resource == resource;
        let mut rulings =
            self.board.rights.iter().filter(|((at, right), _)| at == namespace && needed(right));
        let ((_, right), ruling) = rulings.next()?;
        let Some(Ruling::Denied { why }) = ruling.fresh(limits::RIGHT, now) else { return None };
        let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
        Some((format!("This user may not {} in {namespace}{why}", right.words()), ruling.at))
    }

    fn dead_ledger(&self, now: Timestamp) -> Option<Printable> {
        let recording = self.board.recording.as_ref()?;
        let Answer::Failed { why } = &recording.answer else { return None };
        recording.is_within(limits::LEDGER, now).then(|| {
            Printable::from(format!(
                "The ledger cannot be written: {why}. Without a record nothing is sent; repair it, or cancel."
            ))
        })
    }
}

/// What the server says where a right is missing, and not where admission refuses (apiserver: handlers/responsewriters).
const UNAUTHORIZED: &str = " cannot patch resource \"";

/// From which severity on an account is bad news in a confirmation.
const BAD: u8 = 4;

/// Rows that touch a kind of order beside its own and the controller's.
fn touched(kind: Kind) -> &'static [Capability] {
    use Capability::{Admission, Clock, Ledger, Ownership, ReadRollouts, TrafficProvider, WeightsVerified};
    match kind {
        Kind::Promote | Kind::PromoteTo | Kind::PromoteFull | Kind::Retry | Kind::Terminate | Kind::Abort => {
            &[ReadRollouts, Ledger, Admission, WeightsVerified, TrafficProvider, Clock]
        }
        Kind::Pause | Kind::Resume | Kind::Cancel | Kind::Undo | Kind::SetImage | Kind::Restart => {
            &[ReadRollouts, Ledger, Admission, Ownership, Clock]
        }
    }
}

/// Tells whether a kind of order lets more traffic onto a new version, which analysis may be there to judge.
fn goes_on(kind: Kind) -> bool {
    match kind {
        Kind::Promote | Kind::PromoteTo | Kind::PromoteFull | Kind::Retry | Kind::Resume => true,
        Kind::Pause | Kind::Abort | Kind::Cancel | Kind::Undo | Kind::SetImage => false,
        Kind::Restart | Kind::Terminate => false,
    }
}

/// Takes group and resource, with a subresource, out of a request's path.
fn endpoint(request: &Request) -> Option<(String, String)> {
    let path = request.path.split('?').next()?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let (group, rest) = match parts.as_slice() {
        ["apis", group, _, rest @ ..] => (*group, rest),
        ["api", _, rest @ ..] => ("", rest),
        _ => return None,
    };
    match rest {
        ["namespaces", _, resource, _] => Some((group.to_owned(), (*resource).to_owned())),
        ["namespaces", _, resource, _, part] => Some((group.to_owned(), format!("{resource}/{part}"))),
        _ => None,
    }
}

/// Says what an order's answer shows of the path that it took; nothing where it never left.
fn trial_of(answer: &operation::Answer) -> Option<Answer<Trial>> {
    match answer {
        operation::Answer::Accepted { .. } => Some(Answer::Seen(Trial::Accepted)),
        operation::Answer::Refused { code: 0, .. } => None,
        // Argo's objects answer a failed `test` with 422, and a version that moved with 409 (RFC 6902 §5; API conventions).
        operation::Answer::Refused { code: 409 | 422, .. } => Some(Answer::Seen(Trial::Overtaken)),
        operation::Answer::Refused { code: 403, why } if why.as_str().contains(UNAUTHORIZED) => {
            Some(Answer::Forbidden { why: why.clone() })
        }
        operation::Answer::Refused { why, .. } => Some(Answer::Seen(Trial::Refused { why: why.clone() })),
        operation::Answer::Unknown { why } => Some(Answer::Failed { why: why.clone() }),
    }
}

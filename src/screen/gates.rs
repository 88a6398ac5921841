//! Owns what is said of a gate: the word and why, what to do, the stage, the score, each metric, the triggers.
//!
//! It decides words and emphasis and judges nothing: all of it stands in [`Gate`]. Invariants: the word is the gate's own as of now,
//! never an older one; one accent is for what only a person can do; what is not known says what would make it known.

use jiff::{SignedDuration, Timestamp};

use crate::app::{App, Page as Where};
use crate::gate::judge::score::Word;
use crate::gate::shelf::Choice;
use crate::gate::stage::Stage;
use crate::gate::{Gate, record};
use crate::keymap::{Action, Spelling};
use crate::rollout::{Key, Rollout};
use crate::text::{Printable, Role};

use super::{Ages, Line, Sign};

pub mod brief;
mod figures;
pub mod metric;
pub mod plot;
pub mod proposal;
mod score;
mod stage;
mod trigger;

#[cfg(test)]
mod tests;

pub use brief::Brief;
pub use metric::Metric;

/// How seldom a canary is judged at the most: edges gather no faster, however near its points lie.
const SELDOM: SignedDuration = SignedDuration::from_secs(15);

/// All that a gate says.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The word, in large.
    pub word: Line,
    /// Why, in one sentence.
    pub why: Line,
    /// What to do, or when it could be clear.
    pub advice: Line,
    /// When it was judged, and when it will be again.
    pub times: Line,
    /// The stages, the one it is in marked.
    pub ladder: Line,
    /// What the stage asks for.
    pub requirements: Vec<Line>,
    /// The score and its thresholds.
    pub score: Line,
    /// What the score is made of.
    pub groups: Line,
    /// Metrics, in the policy's order.
    pub metrics: Vec<Metric>,
    /// Triggers.
    pub triggers: Vec<Line>,
}

/// What a Rollout's own screen shows of its gate.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Shown {
    /// Nothing: there are no policies at all.
    #[default]
    Nothing,
    /// One sentence, where nothing is judged.
    Said(Line),
    /// In a few lines.
    Brief(Brief),
    /// All of it, beside the rest.
    Whole(Box<Panel>),
}

/// The gate of a Rollout on a screen of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Whose gate, by which policy.
    pub title: Line,
    /// Phase and figures of the Rollout.
    pub facts: Vec<Line>,
    /// What it says; `None` where nothing is judged.
    pub panel: Option<Panel>,
    /// Why nothing is judged, and what to do.
    pub said: Vec<Line>,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// Keys that the words name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Stages an abort.
    pub abort: Printable,
    /// Shows all that a gate says.
    pub whole: Printable,
}

impl Keys {
    /// Takes them from the keymap.
    pub(super) fn of(app: &App, spelling: Spelling) -> Self {
        let spelled = |action| Printable::from(app.keymap.spelled(action, spelling));
        Self { abort: spelled(Action::Abort), whole: spelled(Action::Gate) }
    }
}

/// Returns how a word looks.
pub fn word_look(word: Word) -> (Role, Sign) {
    match word {
        Word::Pass => (Role::Good, Sign::Healthy),
        Word::Hold => (Role::Accent, Sign::Paused),
        Word::CannotTell => (Role::Unknown, Sign::Unknown),
        Word::Fail => (Role::Bad, Sign::Degraded),
    }
}

/// Builds the screen of a Rollout's gate.
pub(super) fn build(app: &App, key: &Key, ages: &mut Ages, spelling: Spelling) -> Page {
    let keys = Keys::of(app, spelling);
    let gate = app.gates.of(key);
    let title = Line::of(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Title, Printable::from_cluster(&key.name))
        .text(Role::Muted, "  gate");
    let title = match gate {
        Some(gate) => title
            .text(Role::Muted, " by ")
            .text(Role::Strong, Printable::from_cluster(&gate.policy.name))
            .text(Role::Muted, "  of canary ")
            .text(Role::Text, Printable::from_cluster(&gate.canary)),
        None => title,
    };
    Page {
        title,
        facts: super::rollout::facts(app, key),
        panel: gate.map(|gate| panel(gate, ages, &keys)),
        said: if gate.is_none() { unjudged(app, key, spelling) } else { Vec::new() },
        scroll: app.scroll,
    }
}

/// Says all of a gate as of the ages' moment.
pub fn panel(gate: &Gate, ages: &mut Ages, keys: &Keys) -> Panel {
    let verdict = gate.verdict.as_ref();
    let standing = gate.standing.as_ref();
    Panel {
        word: word(gate, ages),
        why: Line::of(Role::Strong, gate.why(ages.now())),
        advice: advice(gate, ages, keys),
        times: times(gate, ages),
        ladder: stage::ladder(standing, ages),
        requirements: stage::requirements(standing),
        score: score::line(&gate.policy, verdict),
        groups: score::groups(verdict),
        metrics: metric::all(&gate.policy, verdict, &gate.evidence, ages),
        triggers: trigger::lines(&gate.triggers),
    }
}

/// Writes the word as it is seen first.
fn word(gate: &Gate, ages: &Ages) -> Line {
    let word = gate.word(ages.now());
    let (role, sign) = word_look(word);
    Line::new().sign(role, sign).blank().text(role, format!("gate {}", record::word(word).to_uppercase()))
}

/// Says what to do about the word, or what time will do.
fn advice(gate: &Gate, ages: &mut Ages, keys: &Keys) -> Line {
    if gate.proposes_abort() {
        return Line::new()
            .sign(Role::Accent, Sign::Warning)
            .text(Role::Accent, " abort proposed: ")
            .text(Role::Key, keys.abort.clone())
            .text(Role::Accent, " stages it");
    }
    match gate.word(ages.now()) {
        Word::Pass => Line::of(Role::Muted, "a promotion needs nothing more"),
        Word::Hold => match earliest(gate, ages) {
            Some(left) => Line::of(Role::Muted, "could be clear in ").text(Role::Strong, left),
            None => Line::of(Role::Accent, "you decide: a promotion wants your reason"),
        },
        Word::CannotTell => match earliest(gate, ages) {
            Some(left) => Line::of(Role::Muted, "could pass in ")
                .text(Role::Strong, left)
                .text(Role::Muted, " at the earliest"),
            None => Line::of(Role::Muted, "time alone does not help; to promote is to override"),
        },
        Word::Fail => Line::of(Role::Muted, "to promote is to override"),
    }
}

/// Writes how long it takes until the score could be clear; `None` where time alone does not help, or the score is not asked for.
fn earliest(gate: &Gate, ages: &mut Ages) -> Option<Printable> {
    let asked = matches!(gate.standing.as_ref()?.stage, Stage::First | Stage::Second);
    let earliest = gate.verdict.as_ref()?.earliest.filter(|_| asked && gate.is_fresh(ages.now()))?;
    (earliest > ages.now()).then(|| ages.until(earliest))
}

fn times(gate: &Gate, ages: &mut Ages) -> Line {
    let Some(verdict) = &gate.verdict else { return Line::of(Role::Muted, "not judged yet") };
    let fresh = gate.is_fresh(ages.now());
    let line = Line::of(if fresh { Role::Muted } else { Role::Stale }, "judged ");
    let line =
        line.text(if fresh { Role::Muted } else { Role::Stale }, format!("{} ago", ages.since(verdict.at)));
    let next = verdict.at.saturating_add(gate.policy.resolution.max(SELDOM)).unwrap_or(verdict.at);
    if next <= ages.now() {
        return line.text(Role::Muted, ", next is due");
    }
    line.text(Role::Muted, format!(", next in {}", ages.until(next)))
}

/// Says why a Rollout is not judged, and what to do about it.
fn unjudged(app: &App, key: &Key, spelling: Spelling) -> Vec<Line> {
    let back = app.keymap.spelled(Action::Back, spelling);
    let Some(rollout) = app.store.rollout(key) else {
        return vec![Line::of(Role::Bad, format!("This Rollout is gone. {back} goes back."))];
    };
    let lines = match app.gates.shelf().choose(rollout) {
        Choice::By(policy) => {
            let name = Printable::from_cluster(&policy.name);
            let line = Line::of(Role::Text, "Nothing is being brought in, so nothing is judged. The policy ");
            vec![line.text(Role::Strong, name).text(Role::Text, " is meant for it.")]
        }
        Choice::Missing(name) => vec![
            Line::new()
                .sign(Role::Bad, Sign::Warning)
                .text(Role::Bad, " The policy that it names is not there: ")
                .text(Role::Strong, name),
            Line::of(
                Role::Text,
                "A promotion is an override until it is: put its file into the folder of gates, or change the annotation rollgate.io/gate-policy.",
            ),
        ],
        Choice::Nothing => vec![
            Line::of(
                Role::Text,
                "No policy is meant for it, so nothing is judged: a promotion rests on your own eyes.",
            ),
            Line::of(
                Role::Text,
                "Put a policy into the folder gates beside the configuration file; its applies_to says which Rollouts it is for, or the annotation rollgate.io/gate-policy of a Rollout names it.",
            ),
            Line::of(Role::Muted, "rollgate gates lint FILE examines one."),
        ],
    };
    lines
}

/// Says in one line on the Rollout's own screen why nothing is judged; nothing where there are no policies at all.
pub(super) fn shown(app: &App, key: &Key, ages: &mut Ages, spelling: Spelling) -> Shown {
    let Some(rollout) = app.store.rollout(key) else { return Shown::Nothing };
    let keys = Keys::of(app, spelling);
    if let Some(gate) = app.gates.of(key) {
        return match is_wide(app) {
            true => Shown::Whole(Box::new(panel(gate, ages, &keys))),
            false => Shown::Brief(brief::build(gate, ages, &keys)),
        };
    }
    match app.gates.shelf().choose(rollout) {
        Choice::Missing(name) => Shown::Said(
            Line::new()
                .sign(Role::Bad, Sign::Warning)
                .text(Role::Bad, " gate policy missing: ")
                .text(Role::Strong, name)
                .text(Role::Muted, "  to promote is to override"),
        ),
        Choice::By(policy) => Shown::Said(
            Line::of(Role::Muted, "gate ")
                .text(Role::Text, Printable::from_cluster(&policy.name))
                .text(Role::Muted, "  nothing is being brought in"),
        ),
        Choice::Nothing if app.gates.shelf().policies().is_empty() => Shown::Nothing,
        Choice::Nothing => Shown::Said(
            Line::of(Role::Muted, "gate  no policy is meant for it: ")
                .text(Role::Key, keys.whole)
                .text(Role::Muted, " says what to do"),
        ),
    }
}

/// Says in a word of the fleet what a Rollout's gate says.
pub(super) fn of_row(app: &App, rollout: &Rollout, now: Timestamp) -> (Role, Printable) {
    match app.gates.of(&rollout.meta.key) {
        Some(gate) => brief::of_row(gate, now),
        None if matches!(app.gates.shelf().choose(rollout), Choice::Missing(_)) => {
            (Role::Bad, Printable::ours("?"))
        }
        None => (Role::Muted, Printable::default()),
    }
}

/// Says of the selected Rollout what its gate says and why; nothing where nothing is judged.
pub(super) fn of_selected(app: &App, rollout: &Rollout, ages: &Ages) -> Line {
    let said = match (app.gates.of(&rollout.meta.key), app.gates.shelf().choose(rollout)) {
        (Some(gate), _) => brief::sentence(gate, ages.now()),
        (None, Choice::Missing(name)) => Line::of(Role::Bad, "gate policy missing: ").text(Role::Text, name),
        (None, _) => return Line::new(),
    };
    said.blank().sign(Role::Muted, Sign::Separator).blank()
}

/// Tells whether there is anything to say of gates: a policy, or a Rollout that names one.
pub(super) fn is_of_use(app: &App) -> bool {
    let named =
        || app.subject().and_then(|key| app.store.rollout(key)).is_some_and(|it| it.gate_policy.is_some());
    !app.gates.shelf().policies().is_empty() || named()
}

/// Tells whether all of a gate fits beside the rest.
fn is_wide(app: &App) -> bool {
    matches!(app.page, Where::Rollout(_)) && app.size.0 >= 150 && app.size.1 >= 36
}

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
    /// What to do, or when it could be clear; when it was judged, and when it will be again.
    pub advice: Line,
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
    /// Step, weights and pods of the Rollout.
    pub figures: Line,
    /// What it says; `None` where nothing is judged.
    pub panel: Option<Panel>,
    /// Why nothing is judged, and what to do.
    pub said: Vec<Line>,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// What a gate is said in, beside the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The key that stages an abort.
    pub abort: Printable,
    /// The key that shows all that a gate says.
    pub whole: Printable,
    /// Whether its canary may still go on, so that the word has something to say.
    pub asked: bool,
}

impl Scene {
    fn of(app: &App, gate: &Gate, rollout: Option<&Rollout>, spelling: Spelling) -> Self {
        let spelled = |action| Printable::from(app.keymap.spelled(action, spelling));
        let asked = rollout.is_some_and(|rollout| is_asked(gate, rollout));
        Self { abort: spelled(Action::Abort), whole: spelled(Action::Gate), asked }
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
    let gate = app.gates.of(key);
    let rollout = app.store.rollout(key).map(|rollout| &**rollout);
    let title = Line::of(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Title, Printable::from_cluster(&key.name))
        .and(super::rollout::phase_mark(app, key))
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
        figures: super::rollout::figures_of(app, key),
        panel: gate.map(|gate| panel(gate, ages, &Scene::of(app, gate, rollout, spelling))),
        said: if gate.is_none() { unjudged(app, key, spelling) } else { Vec::new() },
        scroll: app.scroll,
    }
}

/// Says all of a gate as of the ages' moment.
pub fn panel(gate: &Gate, ages: &mut Ages, scene: &Scene) -> Panel {
    let verdict = gate.verdict.as_ref();
    let standing = gate.standing.as_ref();
    // What was never judged is not known, and not old.
    let fresh = verdict.is_none() || gate.is_fresh(ages.now());
    Panel {
        word: word(gate, scene, ages),
        why: Line::of(Role::Strong, why(gate, scene, ages)),
        advice: spaced(advice(gate, ages, scene), times(gate, scene, ages)),
        ladder: stage::ladder(standing),
        requirements: stage::requirements(standing, fresh),
        score: score::line(&gate.policy, verdict, fresh),
        groups: score::groups(verdict),
        metrics: metric::all(gate, ages),
        triggers: trigger::lines(&gate.triggers, fresh),
    }
}

/// Writes the word as it is seen first; the stage, where no promotion is asked about any more.
fn word(gate: &Gate, scene: &Scene, ages: &Ages) -> Line {
    let word = gate.word(ages.now());
    let (role, sign, word) = match (gate.standing.as_ref().map(|standing| standing.stage), scene.asked) {
        (Some(stage @ Stage::Full), false) => (Role::Progress, Sign::Progressing, record::stage(stage)),
        (Some(stage @ Stage::Done), false) => (Role::Good, Sign::Healthy, record::stage(stage)),
        (Some(stage), false) => (Role::Muted, Sign::Pending, record::stage(stage)),
        _ => (word_look(word).0, word_look(word).1, record::word(word)),
    };
    Line::new().sign(role, sign).blank().text(role, format!("gate {}", word.to_uppercase()))
}

/// Says why, in one sentence.
fn why(gate: &Gate, scene: &Scene, ages: &Ages) -> Printable {
    if scene.asked {
        return gate.why(ages.now());
    }
    let standing = gate.standing.iter().flat_map(|standing| &standing.requirements);
    let open = standing.into_iter().find_map(|(_, outcome)| stage::why(outcome));
    open.cloned().unwrap_or_else(|| Printable::ours("no promotion is asked about"))
}

/// Says what to do about the word, or what time will do.
fn advice(gate: &Gate, ages: &mut Ages, scene: &Scene) -> Line {
    if gate.proposes_abort() {
        return Line::new()
            .sign(Role::Accent, Sign::Warning)
            .text(Role::Accent, " abort proposed: ")
            .text(Role::Key, scene.abort.clone())
            .text(Role::Accent, " stages it");
    }
    if !scene.asked {
        return Line::new();
    }
    if !gate.is_fresh(ages.now()) {
        return Line::of(Role::Muted, "to promote now is to override");
    }
    match gate.word(ages.now()) {
        Word::Pass => Line::of(Role::Muted, "a promotion needs nothing more"),
        Word::Hold => match earliest(gate, ages) {
            Some(left) => Line::of(Role::Muted, "could be clear in ").text(Role::Strong, left),
            None => Line::of(Role::Accent, "you decide, with a reason"),
        },
        Word::CannotTell => match earliest(gate, ages) {
            Some(left) => Line::of(Role::Muted, "earliest pass in ").text(Role::Strong, left),
            None => Line::of(Role::Muted, "to promote is to override"),
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

/// Says when it was judged.
fn judged(gate: &Gate, ages: &mut Ages) -> Line {
    let Some(verdict) = &gate.verdict else { return Line::of(Role::Muted, "not judged yet") };
    let role = if gate.is_fresh(ages.now()) { Role::Muted } else { Role::Stale };
    Line::of(role, format!("judged {} ago", ages.since(verdict.at)))
}

/// Says when it was judged, and when it will be again.
fn times(gate: &Gate, scene: &Scene, ages: &mut Ages) -> Line {
    let line = judged(gate, ages);
    let Some(verdict) = gate.verdict.as_ref().filter(|_| scene.asked) else { return line };
    let next = verdict.at.saturating_add(gate.policy.resolution.max(SELDOM)).unwrap_or(verdict.at);
    if next <= ages.now() {
        return line.text(Role::Muted, ", next is due");
    }
    line.text(Role::Muted, format!(", next in {}", ages.until(next)))
}

/// Puts two lines beside each other, with room between where there are two.
fn spaced(one: Line, other: Line) -> Line {
    if one.is_empty() { other } else { one.text(Role::Text, "  ").and(other) }
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
    if let Some(gate) = app.gates.of(key) {
        let scene = Scene::of(app, gate, Some(rollout), spelling);
        return match is_wide(app) {
            true => Shown::Whole(Box::new(panel(gate, ages, &scene))),
            false => Shown::Brief(brief::build(gate, ages, &scene)),
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
                .text(Role::Key, app.keymap.spelled(Action::Gate, spelling))
                .text(Role::Muted, " says what to do"),
        ),
    }
}

/// Says in a word of the fleet what a Rollout's gate says.
pub(super) fn of_row(app: &App, rollout: &Rollout, now: Timestamp) -> (Role, Printable) {
    match app.gates.of(&rollout.meta.key).filter(|gate| is_asked(gate, rollout)) {
        Some(gate) => brief::of_row(gate, now),
        None if matches!(app.gates.shelf().choose(rollout), Choice::Missing(_)) => {
            (Role::Bad, Printable::ours("?"))
        }
        None => (Role::Muted, Printable::default()),
    }
}

/// Tells whether a canary may still go on, so that its gate has something to say.
fn is_asked(gate: &Gate, rollout: &Rollout) -> bool {
    let stage = gate.standing.as_ref().map(|standing| standing.stage);
    let arrived = rollout.status.stable_hash.as_ref() == Some(&gate.canary);
    !arrived && !matches!(stage, Some(Stage::Idle | Stage::Done | Stage::RolledBack))
}

/// Says of the selected Rollout what its gate says and why; nothing where nothing is judged.
pub(super) fn of_selected(app: &App, rollout: &Rollout, ages: &Ages) -> Line {
    let gate = app.gates.of(&rollout.meta.key).filter(|gate| is_asked(gate, rollout));
    let said = match (gate, app.gates.shelf().choose(rollout)) {
        (Some(gate), _) => brief::sentence(gate, ages.now()),
        (None, Choice::Missing(name)) => Line::of(Role::Bad, "gate policy missing: ").text(Role::Text, name),
        (None, _) => return Line::new(),
    };
    said
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

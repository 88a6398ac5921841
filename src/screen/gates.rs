//! Owns what is said of a gate: the word and why, what to do, the stage, the score, each metric, the triggers.
//!
//! It decides words and emphasis and judges nothing: all of it stands in [`Gate`]. Invariants: the word is the gate's own as of now,
//! never an older one; one accent is for what only a person can do; what is not known says what would make it known.

use crate::app::App;
use crate::gate::Gate;
use crate::gate::judge::score::Word;
use crate::gate::stage::Stage;
use crate::keymap::{Action, Spelling};
use crate::rollout::{Key, Rollout};
use crate::text::{Printable, Role};

use super::{Ages, Line, Sign};

mod absent;
pub mod brief;
mod elsewhere;
mod figures;
mod head;
pub mod metric;
pub mod plot;
pub mod proposal;
mod score;
mod stage;
mod trigger;

#[cfg(test)]
mod tests;

pub use brief::Brief;
pub(super) use elsewhere::{are_judged, is_of_use, of_row, of_selected, shown};
pub use metric::Metric;

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
        said: if gate.is_none() { absent::whole(app, key, spelling) } else { Vec::new() },
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
        word: head::word(gate, scene, ages),
        why: Line::of(Role::Strong, head::why(gate, scene, ages)),
        advice: head::advice(gate, ages, scene),
        ladder: stage::ladder(standing),
        requirements: stage::requirements(standing, fresh),
        score: score::line(&gate.policy, verdict, fresh),
        groups: score::groups(verdict),
        metrics: metric::all(gate, ages),
        triggers: trigger::lines(&gate.triggers, fresh),
    }
}

/// Tells whether a canary may still go on, so that its gate has something to say.
fn is_asked(gate: &Gate, rollout: &Rollout) -> bool {
    let stage = gate.standing.as_ref().map(|standing| standing.stage);
    let arrived = rollout.status.stable_hash.as_ref() == Some(&gate.canary);
    !arrived && !matches!(stage, Some(Stage::Idle | Stage::Done | Stage::RolledBack))
}

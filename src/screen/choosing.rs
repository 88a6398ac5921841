//! Owns what is said while an order is chosen: every order with what it would do or why it would be refused, and the
//! lists from which an order takes what it needs.
//!
//! Words and reasons come from the operation's own rules. Invariant: what would be refused bears a mark and its reason,
//! whatever the colours are.

use jiff::Timestamp;

use super::{Ages, Line, Sign};
use crate::app::App;
use crate::app::choosing::{Choosing, ORDERS, Stage};
use crate::keymap::{Action, Place, Spelling};
use crate::operation::{Goal, Kind, Order, SiteKind, plan, stage};
use crate::rollout::step::ladder;
use crate::rollout::{Rollout, Strategy};
use crate::text::{Printable, Role};

mod templates;
pub(super) mod workflow;

/// A list over the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// What is chosen, for what.
    pub title: Line,
    /// What is listed.
    pub rows: Vec<Line>,
    /// Index of the selected row; `None` where rows are chosen by their letters.
    pub selected: Option<usize>,
    /// What is known of the choice, and why a key did nothing: always in view.
    pub about: Vec<Line>,
    /// What is being typed: text, cursor column in it.
    pub typing: Option<(Printable, usize)>,
    /// Keys and what they do.
    pub keys: Vec<(Printable, Printable)>,
}

/// Builds the list that is open.
pub(super) fn build(app: &App, ages: &mut Ages, spelling: Spelling) -> Option<Sheet> {
    let choosing = app.choosing.as_ref().filter(|_| app.modal.is_none())?;
    let (now, rollout) = (ages.now(), app.store.rollout(choosing.key()));
    let selected = choosing.selected();
    let mut sheet = Sheet {
        title: title(choosing),
        rows: Vec::new(),
        selected: (!matches!(choosing.stage(), Stage::Menu)).then_some(selected),
        about: Vec::new(),
        typing: None,
        keys: keys(app, choosing, spelling),
    };
    let Some(rollout) = rollout else {
        sheet.about.push(Line::of(Role::Bad, "This Rollout is gone: there is nothing left to order."));
        return Some(sheet);
    };
    match choosing.stage() {
        Stage::Menu => {
            let rows = ORDERS.iter().map(|offered| offer(app, rollout, *offered, (now, spelling)));
            sheet.rows = rows.collect();
            if app.has_errands(rollout) {
                sheet.rows.push(workflow::offer(app, rollout, now, spelling));
            }
            sheet.about.push(legend());
            if let Some(why) = app.hindrance(choosing.key(), now) {
                sheet.about.push(warned(why));
            }
        }
        Stage::Goals(goals) => {
            sheet.rows = goals.iter().map(|index| goal(rollout, *index, now)).collect();
            sheet.about.extend(goals.get(selected).map(|index| about_goal(rollout, *index, now)));
        }
        Stage::Runs(runs) => {
            sheet.rows = runs.iter().map(|(kind, name)| run(app, rollout, (*kind, name))).collect();
            sheet
                .about
                .push(Line::of(Role::Text, "What is ended counts as a success, and the Rollout goes on."));
        }
        stage @ (Stage::Asking(_) | Stage::Workflow(_) | Stage::Steps(..)) => {
            workflow::fill(&mut sheet, (app, rollout, selected), stage, ages);
        }
        other => templates::fill(&mut sheet, (app, rollout, selected), other, ages),
    }
    // Why a key did nothing may be what is said of the selection already.
    let said = choosing.said().cloned().map(warned).filter(|said| !sheet.about.contains(said));
    sheet.about.extend(said);
    Some(sheet)
}

/// Says what the signs of the list of orders mean.
fn legend() -> Line {
    Line::new()
        .sign(Role::Warn, Sign::Warning)
        .text(Role::Muted, " destructive   ")
        .sign(Role::Muted, Sign::Degraded)
        .text(Role::Muted, " refused now: its key says what to do instead")
}

fn warned(why: Printable) -> Line {
    Line::new().sign(Role::Warn, Sign::Warning).blank().text(Role::Warn, why)
}

fn title(choosing: &Choosing) -> Line {
    let what = match choosing.stage() {
        Stage::Menu => "order",
        Stage::Goals(_) => "promote to",
        Stage::Runs(_) => "terminate",
        Stage::Reading(kind) => kind.word(),
        Stage::Revisions(_) => "undo",
        Stage::Containers(_) | Stage::Image(_) => "set image",
        Stage::Asking(_) | Stage::Workflow(_) => "workflow",
        Stage::Steps(..) => "rerun",
    };
    let key = choosing.key();
    Line::of(Role::Title, format!(" {what} "))
        .blank()
        .text(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Strong, Printable::from_cluster(&key.name))
        .blank()
}

/// One order: its letter, its name, and what it would do, or why it would be refused.
fn offer(
    app: &App,
    rollout: &Rollout,
    (action, kind): (Action, Kind),
    (now, spelling): (Timestamp, Spelling),
) -> Line {
    let key = format!("{:<2}", app.keymap.spelled(action, spelling));
    let word = format!("{:<13}", kind.word());
    match app.objection(rollout, kind, now) {
        Some(refusal) => Line::of(Role::Muted, key)
            .text(Role::Muted, word)
            .sign(Role::Muted, Sign::Degraded)
            .blank()
            .text(Role::Muted, refusal.why),
        None => {
            let role = if kind.is_destructive() { Role::Warn } else { Role::Strong };
            let mark = if kind.is_destructive() { Sign::Warning } else { Sign::Arrow };
            Line::of(Role::Key, key)
                .text(role, word)
                .sign(role, mark)
                .blank()
                .text(Role::Text, gist(kind, rollout))
        }
    }
}

/// Says in one line what an order of this kind does.
fn gist(kind: Kind, rollout: &Rollout) -> &'static str {
    let switches = matches!(rollout.spec.strategy, Strategy::BlueGreen(_));
    match kind {
        Kind::Promote if switches => "Switches production traffic to the preview version.",
        Kind::Promote => "Ends the pause that it waits in.",
        Kind::PromoteTo => "Goes to a step or weight that you choose next.",
        Kind::PromoteFull if switches => "Switches now, and skips all analyses.",
        Kind::PromoteFull => "All traffic; skips all steps, pauses, analyses.",
        Kind::Pause => "Holds it where it is until it is resumed.",
        Kind::Resume => "Ends a pause by hand, and promotes nothing.",
        Kind::Abort => "Traffic back to stable; the new version stays wanted.",
        Kind::Cancel => "Puts the stable template back: it ends Healthy.",
        Kind::Retry => "The aborted version begins anew at the first step.",
        Kind::Undo => "Puts an earlier revision's template back.",
        Kind::SetImage => "Gives a container another image.",
        Kind::Restart => "Evicts all pods, a few at a time.",
        Kind::Terminate => "Ends a run; it then counts as a success.",
    }
}

/// One step ahead: where it stands, what it is, the weight that holds there.
fn goal(rollout: &Rollout, index: i64, now: Timestamp) -> Line {
    let steps = ladder(rollout);
    let step = usize::try_from(index).ok().and_then(|index| steps.get(index));
    let text = step.map(|step| step.text()).unwrap_or_default();
    let place = format!("{:<7}", format!("{index}/{}", steps.len()));
    let line = match stage::course(&Order::PromoteTo(Goal::Step(index)), rollout, now) {
        Ok(_) => Line::of(Role::Text, "  ").text(Role::Strong, place),
        Err(_) => Line::new().sign(Role::Muted, Sign::Degraded).blank().text(Role::Muted, place),
    };
    let line = line.text(Role::Text, format!("{:<30}", text.as_str()));
    match plan::weight_there(rollout, index) {
        Some(weight) => line.text(Role::Muted, "weight ").text(Role::Text, weight),
        None => line,
    }
}

fn about_goal(rollout: &Rollout, index: i64, now: Timestamp) -> Line {
    match stage::course(&Order::PromoteTo(Goal::Step(index)), rollout, now) {
        Ok(course) => {
            let skipped = plan::skipped(&course, rollout);
            let words: Vec<&str> = skipped.iter().map(Printable::as_str).collect();
            Line::of(Role::Warn, "skips ").text(Role::Text, words.join(", "))
        }
        Err(refusal) => warned(Printable::from(refusal.to_string())),
    }
}

fn run(app: &App, rollout: &Rollout, (kind, name): (SiteKind, &str)) -> Line {
    let line = Line::of(Role::Muted, format!("{:<12} ", kind.word()))
        .text(Role::Strong, Printable::from_cluster(name))
        .text(Role::Text, "  ");
    match app.run_of(rollout, kind, name) {
        Some(run) => {
            let phase = run.facts.phase.as_deref().map(Printable::from_cluster).unwrap_or_default();
            line.text(Role::Text, phase)
        }
        None => line.sign(Role::Bad, Sign::Degraded).text(Role::Bad, " gone"),
    }
}

/// Tells whether a run is selected, of which a step is chosen next.
fn is_run(choosing: &Choosing) -> bool {
    matches!(choosing.stage(), Stage::Workflow(_)) && choosing.selected() > 0
}

fn keys(app: &App, choosing: &Choosing, spelling: Spelling) -> Vec<(Printable, Printable)> {
    let first = matches!(choosing.stage(), Stage::Menu);
    let listed = choosing.place() == Place::Choice;
    let entries = app.keymap.entries(choosing.place());
    entries
        .filter_map(|entry| {
            let label = match entry.action {
                Action::Choose if matches!(choosing.stage(), Stage::Reading(_) | Stage::Asking(_)) => {
                    return None;
                }
                Action::Choose if is_run(choosing) => "choose a step",
                Action::Back if matches!(choosing.stage(), Stage::Steps(..)) => "back to the runs",
                Action::Choose if matches!(choosing.stage(), Stage::Containers(_)) => "name its image",
                Action::Accept => "done, go on",
                Action::Cancel => "back",
                Action::Choose => "order this",
                Action::Down if listed => "next",
                Action::Up if listed => "previous",
                Action::Back if first => "close: nothing is sent",
                Action::Back => "back to the list of orders",
                _ => return None,
            };
            Some((Printable::from(entry.first_key(spelling)), Printable::ours(label)))
        })
        .collect()
}

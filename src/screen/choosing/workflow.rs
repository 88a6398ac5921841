//! Owns what is said of a workflow's runs while one is begun or taken up again: the runs, their steps, where the order goes.
//!
//! Words that the service gave are shown as they are, escaped. Invariants: each run has its status as a word; what would be refused bears a
//! mark, and its reason once it is selected.

use jiff::Timestamp;

use super::{Sheet, warned};
use crate::app::App;
use crate::app::choosing::{Listed, Stage};
use crate::keymap::{Action, Spelling};
use crate::operation::errand::{Run, Status};
use crate::rollout::Rollout;
use crate::screen::{Ages, Line, Sign};
use crate::text::{Printable, Role};

/// Longest name of a run or a step that keeps its column: a UUID has 36 characters.
const NAME: usize = 36;
/// Columns of how long ago a run was begun.
const AGE: usize = 3;

/// The row of the list of orders that leads here: its letter, its name, and what it does or why it would be refused.
pub(super) fn offer(app: &App, rollout: &Rollout, now: Timestamp, spelling: Spelling) -> Line {
    let key = format!("{:<2}", app.keymap.spelled(Action::Workflow, spelling));
    let word = format!("{:<13}", "workflow");
    match app.errand_objection(rollout, now) {
        Some(refusal) => Line::of(Role::Muted, key)
            .text(Role::Muted, word)
            .sign(Role::Muted, Sign::Degraded)
            .blank()
            .text(Role::Muted, refusal.why),
        None => Line::of(Role::Key, key)
            .text(Role::Strong, word)
            .sign(Role::Strong, Sign::Arrow)
            .blank()
            .text(Role::Text, "Begins a run at the policy service, or takes one up."),
    }
}

/// Puts the rows of a stage and what is known of the selected one.
pub(super) fn fill(
    sheet: &mut Sheet,
    (app, rollout, selected): (&App, &Rollout, usize),
    stage: &Stage,
    ages: &mut Ages,
) {
    match stage {
        Stage::Asking(workflow) => {
            let workflow = Printable::from(&**workflow);
            let text = format!("Reading the runs of {workflow}. Nothing has been sent but this question.");
            sheet.about.push(Line::of(Role::Text, text));
        }
        Stage::Workflow(listed) => {
            sheet.rows.push(begin(app, rollout, listed, ages));
            sheet.rows.extend(listed.runs.iter().map(|one| run(app, rollout, one, ages)));
            let refused = match listed.run(selected) {
                Some(run) => app.rerun_objection(rollout, run, ages.now()),
                None => app.run_objection(rollout, ages.now()),
            };
            sheet.about.push(match refused {
                Some(refusal) => warned(Printable::from(refusal.to_string())),
                None => about(listed, listed.run(selected)),
            });
            sheet.about.extend(listed.run(selected).and_then(taken_up));
            sheet.about.extend(goal(app, rollout));
        }
        Stage::Steps(listed, row) => {
            let Some(run) = listed.run(*row) else { return };
            sheet.rows = run.steps.iter().map(|one| step(run, one)).collect();
            let text = "All that it rests on must have succeeded in that run: else the service refuses.";
            sheet.about.push(Line::of(Role::Text, text));
            sheet.about.extend(goal(app, rollout));
        }
        _ => {}
    }
}

fn begin(app: &App, rollout: &Rollout, listed: &Listed, ages: &Ages) -> Line {
    let refused = app.run_objection(rollout, ages.now()).is_some();
    marked(refused)
        .text(if refused { Role::Muted } else { Role::Strong }, "begin a run of ")
        .text(if refused { Role::Muted } else { Role::Strong }, Printable::from(&*listed.workflow))
}

fn run(app: &App, rollout: &Rollout, run: &Run, ages: &mut Ages) -> Line {
    let refused = app.rerun_objection(rollout, run, ages.now()).is_some();
    let (role, sign) = look(run.status);
    let age = run.begun.map(|begun| ages.since(begun)).unwrap_or_default();
    let line = marked(refused)
        .sign(role, sign)
        .text(role, format!(" {:<10}", run.status.word()))
        .text(Role::Muted, format!("{:>AGE$} ", age.as_str()))
        .text(if refused { Role::Muted } else { Role::Strong }, column(&run.id));
    // Which run that was is said once it is selected: two names do not fit into a narrow terminal.
    match &run.rerun_step {
        Some(step) => line.text(Role::Muted, format!("again from {}", Printable::from(&**step))),
        None => line,
    }
}

/// Says which run a run takes up, where it does.
fn taken_up(run: &Run) -> Option<Line> {
    let of = Printable::from(&**run.rerun_of.as_ref()?);
    let from = run.rerun_step.as_ref().map(|step| format!(" from {}", Printable::from(&**step)));
    Some(
        Line::of(Role::Muted, "it takes up ")
            .text(Role::Text, of)
            .text(Role::Muted, from.unwrap_or_default()),
    )
}

fn step(run: &Run, step: &str) -> Line {
    let line = Line::of(Role::Text, "  ").text(Role::Strong, column(step));
    match run.failed.iter().any(|failed| **failed == *step) {
        true => line.sign(Role::Bad, Sign::Degraded).text(Role::Bad, " did not succeed"),
        false => line,
    }
}

/// Says what the selected row does; of a new run also that another one is not over.
fn about(listed: &Listed, run: Option<&Run>) -> Line {
    if run.is_some() {
        return Line::of(Role::Text, "Takes this run up again, from a step that you choose next.");
    }
    match listed.runs.iter().find(|run| !run.status.is_over()) {
        Some(run) => warned(Printable::from(format!(
            "Begins a new run, without input; {} is still {}.",
            Printable::from(&*run.id),
            run.status.word()
        ))),
        None => Line::of(Role::Text, "Begins a new run, without input."),
    }
}

/// Says where the order goes.
fn goal(app: &App, rollout: &Rollout) -> Option<Line> {
    let (service, _) = app.errand_goal(rollout).ok()?;
    Some(
        Line::of(Role::Muted, "goes to the policy service ")
            .text(Role::Text, service.url.clone())
            .text(Role::Muted, " as ")
            .text(Role::Text, service.tenant.clone()),
    )
}

fn marked(refused: bool) -> Line {
    match refused {
        // Not the sign of a run that failed, which may stand beside it.
        true => Line::new().sign(Role::Muted, Sign::Separator).blank(),
        false => Line::of(Role::Text, "  "),
    }
}

fn column(name: &str) -> Printable {
    Printable::from(format!("{:<NAME$} ", Printable::from(name).as_str()))
}

/// Returns how a status looks.
pub(in crate::screen) fn look(status: Status) -> (Role, Sign) {
    match status {
        Status::Pending | Status::Running => (Role::Progress, Sign::Progressing),
        Status::Waiting => (Role::Warn, Sign::Paused),
        Status::Succeeded => (Role::Good, Sign::Healthy),
        Status::Failed | Status::TimedOut | Status::Denied => (Role::Bad, Sign::Degraded),
        Status::Cancelled => (Role::Muted, Sign::Degraded),
    }
}

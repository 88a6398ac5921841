//! Owns what the confirmation says: where, as whom, what, on which facts, with which request; and how it stands.
//!
//! Every line is made from the request itself and from what this program observed. It never offers a confirming key
//! before the guard is armed. Invariant: the request shown is the request that is sent, byte for byte.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Ages, Line, Sign, header, proposals, rollout as page};
use crate::app::arming::Arming;
use crate::app::modal::{Field, Wanted};
use crate::app::{self, App};
use crate::keymap::{Action, Place, Spelling};
use crate::operation::errand::Errand;
use crate::operation::plan::{Plan, Turn};
use crate::operation::template::Difference;
use crate::operation::{Acknowledgement, Course, Judged, Leave, Operation, Reason, State, errand, words};
use crate::rollout::Rollout;
use crate::rollout::delta::Kind;
use crate::text::{Printable, Role};

mod errands;
mod gates;
mod health;

/// A confirmation.
#[derive(Clone, Debug, PartialEq)]
pub struct Modal {
    /// What is ordered, on what.
    pub title: Line,
    /// Labelled lines, in the order of reading.
    pub rows: Vec<(Printable, Line)>,
    /// How it stands, and what a key would do: always in view.
    pub ask: Vec<Line>,
    /// What is being typed: text, cursor column in it.
    pub typing: Option<(Printable, usize)>,
    /// Keys and what they do.
    pub keys: Vec<(Printable, Printable)>,
    /// Lines scrolled down.
    pub scroll: usize,
}

/// Builds the confirmation of an operation.
pub(super) fn build(app: &App, modal: &app::Modal, ages: &mut Ages, spelling: Spelling) -> Option<Modal> {
    if let Some(errand) = app.errands.get(modal.id()) {
        return Some(of_errand(app, (modal, errand), ages, spelling));
    }
    let operation = app.operations.get(modal.id())?;
    let asks = operation.state().is_unsent() && !matches!(operation.state(), State::Acknowledged { .. });
    let typed = modal.current().map(Field::typed).filter(|_| asks);
    Some(Modal {
        title: title(operation),
        rows: rows(app, operation, ages),
        ask: ask(app, modal, operation, asks, ages),
        typing: typed.map(|(typed, cursor)| (Printable::from(typed), cursor)),
        keys: keys(app, modal, asks, spelling),
        scroll: modal.scroll(),
    })
}

/// Builds the confirmation of an errand.
fn of_errand(
    app: &App,
    (modal, asked): (&app::Modal, &Errand),
    ages: &mut Ages,
    spelling: Spelling,
) -> Modal {
    let asks = matches!(asked.state(), errand::State::Staged | errand::State::Armed);
    let typed = modal.current().map(Field::typed).filter(|_| asks);
    Modal {
        title: errands::title(asked),
        rows: errands::rows(app, asked, ages),
        ask: match asks {
            true => question(app, (modal, None), ages),
            false => errands::stands(asked, ages),
        },
        typing: typed.map(|(typed, cursor)| (Printable::from(typed), cursor)),
        keys: keys(app, modal, asks, spelling),
        scroll: modal.scroll(),
    }
}

fn title(operation: &Operation) -> Line {
    let key = &operation.target().key;
    let role = if operation.weighty() { Role::Danger } else { Role::Title };
    let title = Line::of(role, format!(" {} ", operation.kind().word())).blank();
    let title = if operation.kind().is_destructive() {
        title.sign(Role::Warn, Sign::Warning).text(Role::Warn, " destructive  ")
    } else {
        title
    };
    title
        .text(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Strong, Printable::from_cluster(&key.name))
        .blank()
}

fn rows(app: &App, operation: &Operation, ages: &mut Ages) -> Vec<(Printable, Line)> {
    let target = operation.target();
    let mut rows = Vec::new();
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    let asks = operation.state().is_unsent();
    put(if asks { "will" } else { "ordered" }, Line::of(Role::Strong, operation.consequence().clone()));
    // A whole template would push all else out of view: what changes in it is said instead, and all of it is under `sends`.
    let replaces = matches!(operation.course(), Course::Rewrite(_));
    let writes = pieces(&operation.request().body).filter(|piece| !replaces && !piece.contains(TEST));
    for write in writes {
        put("writes", Line::of(Role::Text, write.trim_end_matches([',', ']']).trim_start_matches('[')));
    }
    if let Some(rollout) = app.store.rollout(&target.key) {
        rows.extend(foretold(app, operation, rollout));
    }
    let [loud, quiet] = health::asides(app, operation, ages);
    let well = [health::rows(app, operation, ages), loud].concat();
    // What a policy says of this very canary comes before how well everything works.
    let (first, last) = match operation.judged() {
        Some(_) => (gates::rows(app, operation, ages), well),
        None => (well, gates::rows(app, operation, ages)),
    };
    rows.extend(first.into_iter().chain(last));
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    put("seen", header::words(&app.store.freshness(Kind::Rollouts, ages.now()), ages));
    // A person reads it, so that it is told in their time.
    let until = operation.state().is_unsent().then(|| (operation.expires_at(), operation.speed()));
    rows.extend(approval(operation.leave(), operation.said(), until, ages));
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    put(
        "cluster",
        Line::of(Role::Text, target.context.clone())
            .text(Role::Muted, "  ")
            .text(Role::Muted, target.server.clone()),
    );
    put(
        "as",
        Line::of(Role::Text, target.user.clone())
            .text(Role::Muted, format!("{}  allowed by {}", claimed(app), operation.leave().rule())),
    );
    put("uid", Line::of(Role::Muted, Printable::from_cluster(&target.uid)));
    rows.extend(quiet);
    rows.extend(proposals::behind(app, operation));
    rows.extend(request_rows(operation));
    rows
}

/// Says how the Rollout stands, and what the order is expected to bring about.
fn foretold(app: &App, operation: &Operation, rollout: &Arc<Rollout>) -> Vec<(Printable, Line)> {
    let asks = operation.state().is_unsent();
    let mut rows = Vec::new();
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    let standing = crate::store::Standing::of(rollout.clone());
    put("is", page::phase_line(&standing));
    let plan = Plan::of(operation, rollout, app.store.replica_sets_of(rollout));
    let turns = [
        ("step", &plan.step),
        ("weight", &plan.weight),
        ("active", &plan.active),
        ("preview", &plan.preview),
    ];
    for (label, turn) in turns {
        if let Some(turn) = turn.as_ref().filter(|_| asks) {
            put(label, turned(turn));
        }
    }
    if !plan.skipped.is_empty() {
        let steps: Vec<&str> = plan.skipped.iter().map(Printable::as_str).collect();
        put("skips", Line::of(Role::Warn, steps.join(", ")));
    }
    put("stable", images(&plan.stable_images));
    put("new", images(&plan.new_images));
    for difference in &plan.differences {
        put("changes", changed(difference));
    }
    if let Some(owner) = &rollout.tracked_by {
        put("owner", Line::of(Role::Warn, owner.clone()).text(Role::Muted, "  may set a changed spec back"));
    }
    rows
}

/// Says what the approval goes over, what was said with it, and until when it can be given.
fn approval(
    leave: &Leave,
    given: Option<&Acknowledgement>,
    until: Option<(Timestamp, u32)>,
    ages: &mut Ages,
) -> Vec<(Printable, Line)> {
    let mut rows = Vec::new();
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    if let Some(frozen) = leave.frozen() {
        put("frozen", Line::of(Role::Warn, frozen.clone()));
    }
    for (label, text) in said(given) {
        put(label, Line::of(Role::Text, text));
    }
    if let Some((until, speed)) = until {
        let left = ages.until_at_speed(until, speed);
        put("expires", Line::of(Role::Muted, format!("in {left}")));
    }
    rows
}

fn claimed(app: &App) -> String {
    app.session.role.as_ref().map(|role| format!(", who claims the role {role}")).unwrap_or_default()
}

/// What was said with the acknowledgement, once it was given.
fn said(said: Option<&Acknowledgement>) -> impl Iterator<Item = (&'static str, Printable)> {
    let reason = said.and_then(|said| said.reason.as_ref()).map(Reason::text);
    let override_ = said.and_then(|said| said.override_.as_ref());
    [("reason", reason), ("typed", override_)]
        .into_iter()
        .filter_map(|(label, text)| Some((label, text?.clone())))
}

/// What only checks, in a JSON Patch; all else writes.
const TEST: &str = "{\"op\":\"test\"";

/// Breaks a JSON Patch after each of its operations; the pieces are the body, byte for byte.
fn pieces(body: &str) -> impl Iterator<Item = &str> {
    body.split_inclusive("},").filter(|piece| !piece.is_empty())
}

fn turned(turn: &Turn<Printable>) -> Line {
    let line = Line::of(Role::Text, turn.now.clone());
    if turn.now == turn.after {
        return line.text(Role::Muted, " (stays)");
    }
    line.blank().sign(Role::Accent, Sign::Arrow).blank().text(Role::Strong, turn.after.clone())
}

/// Says what stands at a place of the template, and what will: marked by `-` and `+` as in any diff.
fn changed(difference: &Difference) -> Line {
    let line = Line::of(Role::Strong, difference.path.clone());
    let line = match &difference.was {
        Some(was) => line.text(Role::Bad, "  - ").text(Role::Text, was.clone()),
        None => line,
    };
    match &difference.is {
        Some(is) => line.text(Role::Good, "  + ").text(Role::Text, is.clone()),
        None => line,
    }
}

/// Says what is sent, byte for byte, and what kubectl's plugin would do in its place.
fn request_rows(operation: &Operation) -> Vec<(Printable, Line)> {
    let request = operation.request();
    let mut rows = vec![
        (Printable::ours("sends"), Line::of(Role::Text, format!("{} {}", request.method, request.path))),
        (Printable::default(), Line::of(Role::Muted, request.content_type)),
    ];
    rows.extend(pieces(&request.body).map(|piece| (Printable::default(), Line::of(Role::Text, piece))));
    let like = Line::of(Role::Muted, operation.kubectl()).text(Role::Muted, "  (but with guards)");
    rows.push((Printable::ours("like"), like));
    rows
}

fn images(images: &[Printable]) -> Line {
    if images.is_empty() {
        return Line::of(Role::Muted, "not known");
    }
    let words: Vec<&str> = images.iter().map(Printable::as_str).collect();
    Line::of(Role::Text, words.join(" "))
}

fn ask(app: &App, modal: &app::Modal, operation: &Operation, asks: bool, ages: &mut Ages) -> Vec<Line> {
    let mut ask = match (&app.unrecorded, asks) {
        (Some(why), true) if modal.is_held() => {
            vec![Line::new().sign(Role::Bad, Sign::Warning).blank().text(Role::Bad, why.clone())]
        }
        (_, true) => question(app, (modal, operation.judged()), ages),
        (_, false) => standing(operation, ages),
    };
    if let Some([alone, plugin]) = app.by_hand(operation) {
        ask.push(Line::of(Role::Strong, "Abort it by hand, in a shell; nothing checks the facts then:"));
        ask.push(Line::of(Role::Accent, alone));
        ask.push(Line::of(Role::Muted, "or with the plugin: ").text(Role::Text, plugin));
        ask.extend(app.notice.as_ref().map(|notice| Line::of(Role::Muted, notice.text.clone())));
    }
    ask
}

fn question(app: &App, (modal, judged): (&app::Modal, Option<&Judged>), ages: &mut Ages) -> Vec<Line> {
    let mut ask = Vec::new();
    let given = modal.fields().iter().filter(|field| field.is_given());
    ask.extend(given.map(|field| Line::new().sign(Role::Good, Sign::Done).text(Role::Text, typed(field))));
    ask.extend(modal.current().map(|field| Line::of(Role::Accent, wish(field, judged))));
    if modal.was_too_fast() && modal.wants_text() {
        ask.push(Line::of(
            Role::Warn,
            "That came too fast for typing, like a paste: it was thrown away. Type it again.",
        ));
    }
    if !app.is_live(ages.now()) {
        ask.push(Line::of(Role::Bad, "What is shown is not current: wait until it is live again."));
    } else if let Some(why) = app.obstacle() {
        ask.push(Line::new().sign(Role::Bad, Sign::Warning).blank().text(Role::Bad, why.clone()));
    } else if !modal.wants_text() {
        ask.push(ready(modal.arming()));
    }
    if let Some(notice) = &app.notice {
        ask.push(Line::of(Role::Muted, notice.text.clone()));
    }
    ask
}

/// Says what a confirmation says to which nothing is to be typed.
fn ready(arming: Arming) -> Line {
    match arming {
        Arming::Armed { .. } | Arming::Pressed { .. } => {
            Line::of(Role::Accent, "Nothing has been sent. Read it, then acknowledge or cancel.")
        }
        _ => Line::of(Role::Muted, "Nothing has been sent. Wait: hands off the keys."),
    }
}

fn typed(field: &Field) -> String {
    match field.wanted() {
        Wanted::Name(name) => format!(" {name} is typed"),
        Wanted::Phrase(phrase) => format!(" {phrase} is typed"),
        Wanted::Reason => format!(" reason: {}", Printable::from(field.typed().0.trim())),
    }
}

fn wish(field: &Field, judged: Option<&Judged>) -> String {
    match field.wanted() {
        Wanted::Name(name) => gates::wish_for_name(judged, name)
            .unwrap_or_else(|| format!("Nothing has been sent. Type {name} to go on:")),
        Wanted::Phrase(phrase) => {
            format!("Nothing has been sent. A freeze is on: to go on all the same, type {phrase}")
        }
        Wanted::Reason => {
            let length = Printable::from(field.typed().0).as_str().chars().count();
            let gates = gates::wish_for_reason(judged).map(|said| format!("{said} ")).unwrap_or_default();
            format!("Nothing has been sent. {gates}Say why, in one line ({length} of {}):", Reason::LONGEST)
        }
    }
}

/// Says how an operation stands that is no longer a question.
fn standing(operation: &Operation, ages: &mut Ages) -> Vec<Line> {
    let state = operation.state();
    let role = if state.is_trouble() { Role::Accent } else { Role::Good };
    let sign = match state {
        State::Observed { .. } => Sign::Done,
        _ if state.is_trouble() => Sign::Warning,
        _ => Sign::Progressing,
    };
    let mut lines = vec![Line::new().sign(role, sign).blank().text(role, words::describe(operation))];
    if let Some(since) = state.since() {
        lines.push(Line::of(Role::Muted, format!("for {}", ages.since(since))));
    }
    if let Some(advice) = words::advice(operation) {
        lines.push(Line::of(Role::Text, advice));
    }
    lines
}

fn wants_reason(modal: &app::Modal) -> bool {
    modal.current().is_some_and(|field| *field.wanted() == Wanted::Reason)
}

fn keys(app: &App, modal: &app::Modal, asks: bool, spelling: Spelling) -> Vec<(Printable, Printable)> {
    let by_hand = app.operations.get(modal.id()).is_some_and(|operation| app.by_hand(operation).is_some());
    let place = if asks && modal.wants_text() { Place::Typing } else { Place::Modal };
    let entries = app.keymap.entries(place);
    entries
        .filter_map(|entry| {
            let label = match entry.action {
                Action::Confirm if asks && modal.is_armed() => "acknowledge and send",
                Action::Cancel if asks => "cancel",
                Action::Cancel => "close",
                Action::Accept if wants_reason(modal) => "done, go on",
                Action::CopyRequest if by_hand => "copy the first line",
                Action::CopyRequest => "copy request",
                Action::Down => "scroll",
                _ => return None,
            };
            Some((Printable::from(entry.first_key(spelling)), Printable::ours(label)))
        })
        .collect()
}

//! Owns what the confirmation of an errand says: that it goes to the policy service and not to the cluster, what it orders there, for
//! which Rollout, with which request, and what a lost answer would leave open.
//!
//! Every line is made from the errand itself and from what this program observed. Invariant: the request shown is the request that is
//! sent, byte for byte.

use super::{approval, claimed, header, health, page};
use crate::app::App;
use crate::operation::errand::{Errand, Run, State, Wanted, words};
use crate::rollout::delta::Kind;
use crate::screen::choosing::workflow::look;
use crate::screen::{Ages, Line, Sign, gates};
use crate::text::{Printable, Role};

type Row = (Printable, Line);

fn row(label: &'static str, line: Line) -> Row {
    (Printable::ours(label), line)
}

pub(super) fn title(errand: &Errand) -> Line {
    let key = &errand.whither().key;
    Line::of(Role::Title, format!(" {} ", errand.wanted().word()))
        .blank()
        .text(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Strong, Printable::from_cluster(&key.name))
        .blank()
}

pub(super) fn rows(app: &App, errand: &Errand, ages: &mut Ages) -> Vec<Row> {
    let whither = errand.whither();
    let asks = errand.state().is_unsent();
    let mut rows = vec![
        row(if asks { "will" } else { "ordered" }, Line::of(Role::Strong, words::consequence(errand))),
        row("writes", Line::of(Role::Text, "nothing in the cluster: the policy service carries it out")),
        row(
            "goes to",
            Line::of(Role::Strong, whither.service.clone())
                .text(Role::Muted, "  tenant ")
                .text(Role::Text, whither.tenant.clone()),
        ),
    ];
    rows.extend(whence(errand.wanted()));
    if !errand.state().is_final() {
        rows.push(row("if lost", lost(errand)));
    }
    rows.extend(standing(app, errand, ages));
    rows.extend(health::of_errand(app, errand, ages));
    rows.push(row("seen", header::words(&app.store.freshness(Kind::Rollouts, ages.now()), ages)));
    let until = errand.staged_at().checked_add(errand.leave().expires_after());
    let until = until.ok().filter(|_| asks).map(|until| (until, 1));
    rows.extend(approval(errand.leave(), errand.said(), until, ages));
    rows.push(row(
        "cluster",
        Line::of(Role::Text, whither.context.clone())
            .text(Role::Muted, "  ")
            .text(Role::Muted, whither.server.clone()),
    ));
    rows.push(row(
        "as",
        Line::of(Role::Text, whither.user.clone())
            .text(Role::Muted, format!("{}  allowed by {}", claimed(app), errand.leave().rule())),
    ));
    rows.push(row("uid", Line::of(Role::Muted, Printable::from_cluster(&whither.uid))));
    rows.extend(request(errand));
    rows
}

/// Says which run is taken up again, and how it ended.
fn whence(wanted: &Wanted) -> Option<Row> {
    let Wanted::Again { run, .. } = wanted else { return None };
    let Run { id, status, .. } = run;
    let (role, sign) = look(*status);
    let line = Line::of(Role::Text, Printable::from(&**id)).text(Role::Muted, "  ");
    Some(row("takes up", line.sign(role, sign).text(role, format!(" {}", status.word()))))
}

/// Says what a lost answer would leave open.
fn lost(errand: &Errand) -> Line {
    match errand.key() {
        Some(_) => Line::of(
            Role::Text,
            "it is not sent again: the run that bears its Idempotency-Key is looked for, and that tells",
        ),
        None => Line::new().sign(Role::Warn, Sign::Warning).text(
            Role::Warn,
            " the service takes no Idempotency-Key for this: a lost answer stays a doubt, and it is not sent again",
        ),
    }
}

/// Says how the Rollout stands, and what the evidence says of its canary, where that is judged.
fn standing(app: &App, errand: &Errand, ages: &Ages) -> Vec<Row> {
    let Some(rollout) = app.store.rollout(&errand.whither().key) else { return Vec::new() };
    let judged = Some(gates::of_selected(app, rollout, ages)).filter(|line| !line.is_empty());
    let is = row("is", page::phase_line(&crate::store::Standing::of(rollout.clone())));
    [is].into_iter().chain(judged.map(|line| row("evidence", line))).collect()
}

/// Says what is sent, byte for byte; the key of the service is in a file, and never shown.
fn request(errand: &Errand) -> Vec<Row> {
    let request = errand.request();
    let mut rows = vec![
        row("sends", Line::of(Role::Text, format!("{} {}", request.method, request.path))),
        row("", Line::of(Role::Muted, request.content_type)),
        row("", Line::of(Role::Muted, "X-Tenant-ID: ").text(Role::Muted, errand.whither().tenant.clone())),
    ];
    rows.extend(errand.key().map(|key| row("", Line::of(Role::Muted, format!("Idempotency-Key: {key}")))));
    rows.push(row("", Line::of(Role::Text, request.body.as_str())));
    rows
}

/// Says how an errand stands that is no longer a question.
pub(super) fn stands(errand: &Errand, ages: &mut Ages) -> Vec<Line> {
    let state = errand.state();
    let role = if state.is_trouble() { Role::Accent } else { Role::Good };
    let sign = match state {
        _ if state.is_trouble() => Sign::Warning,
        State::Observed { .. } => Sign::Done,
        _ => Sign::Progressing,
    };
    let mut lines = vec![Line::new().sign(role, sign).blank().text(role, words::describe(errand))];
    if let Some(since) = state.since() {
        lines.push(Line::of(Role::Muted, format!("for {}", ages.since(since))));
    }
    lines.extend(words::advice(errand).map(|advice| Line::of(Role::Text, advice)));
    lines
}

//! Owns the header: context and user on the left, freshness and leave to write on the right.
//!
//! It never shows "connected": only how fresh the Rollouts are and whether anything can be written here.

use super::{Ages, Header, Line, Sign, orders, proposals};
use crate::app::session::Origin;
use crate::app::{App, Page};
use crate::keymap::{Action, Spelling};
use crate::rollout::delta::Kind;
use crate::store::Freshness;
use crate::text::{Printable, Role};

pub(super) fn build(app: &App, ages: &mut Ages) -> Header {
    let session = &app.session;
    let context = Printable::from_cluster(&session.context);
    let mut left = match &session.origin {
        Origin::Cluster => {
            Line::of(Role::Title, context.clone()).blank().text(Role::Muted, session.user.clone())
        }
        Origin::Dump { path, .. } => Line::of(Role::Title, "dump").blank().text(Role::Muted, path.clone()),
    };
    if let Some(story) = &session.story {
        left = Line::of(Role::Title, context).blank().text(Role::Muted, story.name.clone());
        left = left.text(Role::Accent, "  not a real cluster");
        if story.speed > 1 {
            left = left.text(Role::Muted, format!("  {} x as fast", story.speed));
        }
    }
    if !session.namespaces.is_empty() {
        let names = session.namespaces.join(",");
        left = left.blank().text(Role::Muted, format!("ns {names}"));
    }
    if let Some(caution) = &session.caution {
        left = left.blank().sign(Role::Warn, Sign::Warning).blank().text(Role::Warn, caution.clone());
    }
    let right = proposals::mark(app)
        .and(orders::mark(app))
        .and(freshness(app, ages))
        .text(Role::Text, "  ")
        .and(leave(app));
    Header { left, right, summary: summary(app) }
}

fn leave(app: &App) -> Line {
    if matches!(app.session.origin, Origin::Dump { .. }) {
        return Line::of(Role::Muted, "no dispatch");
    }
    if app.session.policy.is_read_only() {
        return Line::of(Role::Muted, "read-only");
    }
    if app.unrecorded.is_some() {
        return Line::new().sign(Role::Bad, Sign::Warning).text(Role::Bad, " no ledger: only reads");
    }
    // What may be ordered where is said by the rows of that screen.
    if app.page == Page::Health {
        return Line::new();
    }
    if matches!(app.page, Page::Timeline(None)) {
        // It is about many: what may be written there is said where one of them is chosen.
        return Line::of(Role::Muted, "looking back");
    }
    match app.subject().map(|key| app.session.may_order(key)) {
        Some(true) => Line::of(Role::Accent, "may write"),
        None if matches!(app.page, Page::Unsettled | Page::Proposals) => Line::of(Role::Accent, "may write"),
        Some(false) | None => Line::of(Role::Muted, "read-only here"),
    }
}

/// Says how fresh the Rollouts are.
fn freshness(app: &App, ages: &mut Ages) -> Line {
    match app.session.origin {
        Origin::Dump { dated: true, .. } => return Line::of(Role::Stale, format!("as of {:.0}", ages.now())),
        Origin::Dump { dated: false, .. } => {
            return Line::of(Role::Stale, "of no known date: ages are as of today");
        }
        Origin::Cluster => {}
    }
    let rollouts = app.store.freshness(Kind::Rollouts, ages.now());
    let line = words(&rollouts, ages);
    // Weights that pods carry rest on ReplicaSets: their trouble is said beside a list that is fine.
    let sets = app.store.freshness(Kind::ReplicaSets, ages.now());
    let quiet = matches!(
        sets,
        Freshness::Live | Freshness::Unasked | Freshness::Connecting | Freshness::Syncing { .. }
    );
    if quiet || !rollouts.is_live() {
        return line;
    }
    line.text(Role::Bad, "  ReplicaSets ").and(words(&sets, ages))
}

/// Says how fresh a source is, with its age where it is old.
pub(super) fn words(freshness: &Freshness, ages: &mut Ages) -> Line {
    match freshness {
        Freshness::Live => Line::new().sign(Role::Good, Sign::Healthy).blank().text(Role::Good, "live"),
        Freshness::Unasked | Freshness::Connecting => {
            Line::new().sign(Role::Progress, Sign::Progressing).blank().text(Role::Progress, freshness.word())
        }
        Freshness::Syncing { seen, about } => {
            let text = match about {
                Some(about) => format!("loading {seen} of about {}", about.max(seen)),
                None => format!("loading {seen}"),
            };
            Line::new().sign(Role::Progress, Sign::Progressing).blank().text(Role::Progress, text)
        }
        Freshness::Stale { since: Some(since), .. } => {
            let age = ages.since(*since);
            Line::new().sign(Role::Bad, Sign::Stale).blank().text(Role::Bad, format!("stale for {age}"))
        }
        Freshness::Stale { since: None, .. } => {
            Line::new().sign(Role::Bad, Sign::Stale).blank().text(Role::Bad, "no contact")
        }
        Freshness::Forbidden { .. } | Freshness::Absent { .. } | Freshness::Unauthorized { .. } => {
            Line::new().sign(Role::Bad, Sign::Warning).blank().text(Role::Bad, freshness.word())
        }
    }
}

/// Says why what is shown is not live, in a sentence; `None` where it is.
pub(super) fn trouble(app: &App, now: jiff::Timestamp) -> Option<Printable> {
    if app.session.origin != Origin::Cluster {
        return None;
    }
    match app.store.freshness(Kind::Rollouts, now) {
        Freshness::Stale { why, .. }
        | Freshness::Forbidden { why }
        | Freshness::Absent { why }
        | Freshness::Unauthorized { why } => Some(why),
        Freshness::Live | Freshness::Unasked | Freshness::Connecting | Freshness::Syncing { .. } => None,
    }
}

fn summary(app: &App) -> Line {
    let needy = app.store.fleet.wanting_person();
    let (action, does) =
        if app.modal.is_some() { (Action::Cancel, "cancels") } else { (Action::Quit, "quits") };
    let key = app.keymap.keys(action).first().map(|key| key.spelled(Spelling::Ascii)).unwrap_or_default();
    Line::of(Role::Strong, format!("{needy} need you"))
        .text(Role::Muted, format!(" - enlarge the terminal; {key} {does}"))
}

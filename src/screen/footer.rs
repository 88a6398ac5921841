//! Owns the last two lines: a sentence for the person, and the keys that work here.
//!
//! Keys come from the keymap alone; a confirmation has its own. It never shows a key that would do nothing here.

use super::{Ages, Footer, Line, Sign, header};
use crate::app::{App, Page};
use crate::keymap::{Action, Danger, Place, Spelling};
use crate::operation::unsettled::Standing;
use crate::text::{Printable, Role};

pub(super) fn build(app: &App, ages: &mut Ages, spelling: Spelling) -> Footer {
    let place = app.place();
    let writable = app.subject().is_some_and(|key| app.session.may_order(key));
    let keys = app
        .keymap
        .footer(place)
        .into_iter()
        .filter(|_| app.modal.is_none() && app.choosing.is_none())
        .filter(|entry| entry.action != Action::Story || app.session.story.is_some())
        .filter(|entry| {
            writable || entry.action.danger() == Danger::Reads || entry.action == Action::CloseOrder
        })
        .filter(|entry| is_of_use(app, entry.action))
        .filter(|entry| entry.action != Action::ClearFilter || app.browse.is_filtered())
        .map(|entry| (Printable::from(entry.first_key(spelling)), Printable::ours(entry.binding.label)))
        .collect();
    let past = matches!(app.page, Page::Timeline(_)).then_some(&app.lookback);
    let typing_past = past.filter(|past| past.typing && !app.help).map(|past| {
        (Printable::ours("/"), Printable::from(past.filter.value()), past.filter.visual_cursor())
    });
    let typing = (app.browse.typing && app.page == Page::Fleet && !app.help).then(|| {
        let filter = &app.browse.filter;
        (Printable::ours("/"), Printable::from(filter.value()), filter.visual_cursor())
    });
    let reason = app.desk.typed().filter(|_| place == Place::Typing && app.modal.is_none());
    let reason = reason.map(|(typed, cursor)| (Printable::ours("reason: "), Printable::from(typed), cursor));
    Footer { notice: notice(app, ages, spelling), keys, typing: typing.or(typing_past).or(reason) }
}

/// Tells whether an action on an order has one to act on.
fn is_of_use(app: &App, action: Action) -> bool {
    let selected = app.selected_unsettled();
    match action {
        Action::Inspect => selected.is_some() && !app.desk.is_whole(),
        Action::StageAnew => selected.is_some_and(|order| order.standing != Standing::Open),
        Action::CloseOrder => selected.is_some_and(|order| order.may_close().is_ok()),
        Action::Open if app.page == Page::Health => !app.health.visit.opened,
        Action::Gate => super::gates::is_of_use(app),
        Action::NextNamespace if app.page == Page::Health => app.health.namespaces().len() > 1,
        Action::CopyRequest if app.page == Page::Health => {
            app.visited().and_then(|account| account.remedy.as_ref()?.paste.as_ref()).is_some()
        }
        _ => true,
    }
}

fn notice(app: &App, ages: &mut Ages, spelling: Spelling) -> Line {
    if let Some(notice) = &app.notice {
        let (role, sign) =
            if notice.bad { (Role::Warn, Sign::Warning) } else { (Role::Strong, Sign::Current) };
        return Line::new().sign(role, sign).blank().text(role, notice.text.clone());
    }
    if let Some(why) = header::trouble(app, ages.now()) {
        return Line::new().sign(Role::Bad, Sign::Stale).blank().text(Role::Bad, why);
    }
    match &app.page {
        _ if app.help => Line::new(),
        Page::Fleet => super::fleet::about_selected(app, ages),
        Page::Health => super::health::about_selected(app, spelling),
        Page::Rollout(_) | Page::Gate(_) | Page::Timeline(_) | Page::Unsettled => Line::new(),
    }
}

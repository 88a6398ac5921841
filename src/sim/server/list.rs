//! Lists: a collection as of one version, whole or page by page.
//!
//! It owns which objects a page holds and where the next begins. An older version is had by undoing what the history
//! tells. It never keeps a list between two requests. Invariant: the pages of one list show one version.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::answer::{self, Answer, JSON};
use super::ask::{Ask, Next};
use super::core::Core;
use super::form::{Form, ListMeta};
use super::route::Route;
use crate::sim::objects::{Cause, Details, Objects, Place, Refusal, Stored};

/// How many bytes are written at a time.
pub(super) const PIECE: usize = 64 << 10;

/// One page of a list.
struct Page {
    objects: Vec<Arc<Stored>>,
    meta: ListMeta,
    now: Timestamp,
}

/// Why there is no page.
enum Missing {
    Refused(Refusal),
    /// The list is too old to go on with; from here one could go on with the newest state instead.
    Stale(Next),
}

/// Answers a list.
///
/// # Errors
/// 410 for a version that is forgotten, 504 for one that has not come.
pub(super) async fn list(core: &Arc<Core>, route: &Route, ask: &Ask, form: Form) -> Result<Answer, Refusal> {
    wait(core, ask).await?;
    let page = core.turn(|world| page(&world.objects, route, ask, world.now()));
    match page {
        Ok(page) => Ok(written(core, route, form, page)),
        Err(Missing::Refused(refusal)) => Err(refusal),
        Err(Missing::Stale(next)) => Ok(stale(&next.token(route))),
    }
}

/// Waits for the version that is asked for, if it lies ahead.
pub(super) async fn wait(core: &Core, ask: &Ask) -> Result<(), Refusal> {
    let Some(wanted) = ask.version.filter(|version| *version > 0) else { return Ok(()) };
    let current = core.fresh(wanted).await;
    if current >= wanted {
        return Ok(());
    }
    let cause = Cause {
        reason: "ResourceVersionTooLarge",
        message: "Too large resource version".to_owned(),
        ..Cause::default()
    };
    let details = Details { causes: vec![cause], retry_after_seconds: 1, ..Details::default() };
    let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
    Err(Refusal { code: 504, reason: "Timeout", message, details: Some(Box::new(details)) })
}

/// Returns a collection as it was at a version, in order, or as it is where none is given.
pub(super) fn state(
    objects: &Objects,
    route: &Route,
    version: Option<u64>,
) -> Result<Vec<Arc<Stored>>, Refusal> {
    let namespace = route.namespace.as_deref();
    let current = objects.list(route.kind, namespace);
    let Some(version) = version.filter(|version| *version < objects.version()) else {
        return Ok(current.cloned().collect());
    };
    let mut then: BTreeMap<&Place, Option<&Arc<Stored>>> = BTreeMap::new();
    for change in objects.since(route.kind, version)? {
        let place = &change.object.place;
        if namespace.is_none_or(|namespace| *place.namespace == *namespace) {
            then.entry(place).or_insert(change.before.as_ref());
        }
    }
    if then.is_empty() {
        return Ok(current.cloned().collect());
    }
    let untouched = current.filter(|stored| !then.contains_key(&stored.place));
    let mut all: Vec<Arc<Stored>> = untouched.chain(then.values().copied().flatten()).cloned().collect();
    all.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(all)
}

fn page(objects: &Objects, route: &Route, ask: &Ask, now: Timestamp) -> Result<Page, Missing> {
    let exact = ask.version.filter(|_| ask.exact);
    let version = match &ask.next {
        Some(next) => next.version,
        None => exact,
    };
    let all = match (state(objects, route, version), &ask.next) {
        (Ok(all), _) => all,
        (Err(_), Some(next)) => {
            return Err(Missing::Stale(Next { version: None, after: next.after.clone() }));
        }
        (Err(_), None) => {
            let message = format!("too old resource version: {}", version.unwrap_or_default());
            return Err(Missing::Refused(Refusal::bare(410, "Expired", message)));
        }
    };
    let version = version.unwrap_or(objects.version());
    let behind = |stored: &Arc<Stored>| ask.next.as_ref().is_none_or(|next| stored.place > next.after);
    let meant = |stored: &Arc<Stored>| ask.selector.matches(stored);
    let mut chosen = all.into_iter().filter(|stored| behind(stored) && meant(stored));
    let Some(limit) = ask.limit else {
        return Ok(Page {
            objects: chosen.collect(),
            meta: ListMeta { version, ..ListMeta::default() },
            now,
        });
    };
    let objects: Vec<Arc<Stored>> = chosen.by_ref().take(limit).collect();
    let remaining = chosen.count();
    let last = objects.last().filter(|_| remaining > 0);
    let next = last.map(|last| Next { version: Some(version), after: last.place.clone() }.token(route));
    // How many of the rest a selector means is not told: the real server does not know.
    let remaining = (remaining > 0 && ask.selector.is_empty()).then_some(remaining);
    Ok(Page { objects, meta: ListMeta { version, next, remaining }, now })
}

/// Answers that a list cannot be gone on with, and how it could be all the same (apiserver: storage/etcd3/errors.go).
fn stale(next: &str) -> Answer {
    let message = "The provided continue parameter is too old to display a consistent list result. You can start a new \
                   list without the continue parameter, or use the continue token in this response to retrieve the \
                   remainder of the results. Continuing with the provided token results in an inconsistent list - \
                   objects that were created, modified, or deleted between the time the first chunk was returned and \
                   now may show up in the list.";
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {"continue": next}, "status": "Failure",
        "message": message, "reason": "Expired", "code": 410,
    });
    answer::json(StatusCode::GONE, &status)
}

/// Writes objects as the list of a route, in pieces where they are many.
pub(super) fn of(core: &Arc<Core>, route: &Route, form: Form, objects: Vec<Arc<Stored>>) -> Answer {
    let (version, now) = core.turn(|world| (world.objects.version(), world.now()));
    written(core, route, form, Page { objects, meta: ListMeta { version, ..ListMeta::default() }, now })
}

/// A list on its way out.
struct Rest {
    core: Arc<Core>,
    form: Form,
    now: Timestamp,
    objects: std::vec::IntoIter<Arc<Stored>>,
    first: bool,
    ended: bool,
}

impl Rest {
    fn fill(&mut self, out: &mut Vec<u8>) {
        while out.len() < PIECE {
            let Some(object) = self.objects.next() else {
                self.form.end(out);
                self.ended = true;
                return;
            };
            if !std::mem::take(&mut self.first) {
                out.push(b',');
            }
            self.form.item(out, &object, self.now);
        }
    }
}

fn written(core: &Arc<Core>, route: &Route, form: Form, page: Page) -> Answer {
    let mut out = Vec::with_capacity(PIECE + PIECE / 4);
    form.begin(&mut out, route.kind, &page.meta);
    let objects = page.objects.into_iter();
    let mut rest = Rest { core: Arc::clone(core), form, now: page.now, objects, first: true, ended: false };
    rest.fill(&mut out);
    if rest.ended {
        return answer::whole(StatusCode::OK, JSON, out);
    }
    let more = stream::unfold((Some(out), rest), |(begun, mut rest)| async move {
        if let Some(begun) = begun {
            return Some((io::Result::Ok(Bytes::from(begun)), (None, rest)));
        }
        if rest.ended {
            return None;
        }
        rest.core.audible().await;
        let mut out = Vec::with_capacity(PIECE + PIECE / 4);
        rest.fill(&mut out);
        Some((Ok(Bytes::from(out)), (None, rest)))
    });
    answer::streamed(more)
}

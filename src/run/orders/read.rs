//! Owns how the records of an order become what is told of it.
//!
//! Pure but for asking the kernel whether a program still runs. Invariant: what is recorded is made printable, and nothing
//! that cannot be read keeps the rest from being told.

use serde_json::Value;

use super::time;
use crate::ledger::open::{self, Order};
use crate::ledger::{Open, Row};
use crate::operation::Kind;
use crate::operation::unsettled::{Ordered, Owner, Standing, Told, Unsettled};
use crate::rollout::Key;
use crate::run::recovery::owner;
use crate::text::Printable;

/// What each record of an order repeats, or what is told of the order as a whole.
const TOLD_ONCE: [&str; 7] = ["v", "kind", "target", "digest", "request", "facts", "consequence"];

/// Tells of an order what is recorded, and whether its program runs.
pub(super) fn unsettled(open: &Open) -> Unsettled {
    let asked = owner::of(open);
    let acknowledged = open.entries.iter().find(|row| row.event == "acknowledged");
    Unsettled {
        id: open.id.clone(),
        standing: standing(open, asked),
        owner: whose(open, asked),
        known: known(open),
        order: open.order.as_ref().map(ordered).map_err(Clone::clone),
        user: acknowledged.map(|row| Printable::from(row.api_user.as_str())).unwrap_or_default(),
        person: acknowledged.and_then(|row| row.actor.as_deref()).map(person).unwrap_or_default(),
        at: acknowledged.and_then(|row| time(&row.at)),
        records: open.entries.iter().map(told).collect(),
    }
}

fn standing(open: &Open, owner: open::Owner) -> Standing {
    if open.is_dead() {
        return Standing::Dead;
    }
    match open.standing(owner) {
        open::Standing::Open => Standing::Open,
        open::Standing::Left => Standing::Left,
        open::Standing::InDoubt => Standing::InDoubt,
    }
}

fn whose(open: &Open, owner: open::Owner) -> Owner {
    let process = open.process();
    match (owner, process) {
        (open::Owner::Ended, _) => Owner::Ended,
        (open::Owner::Alive, Some((_, process))) if Some(&process) == owner::own().as_ref() => Owner::Here,
        (open::Owner::Alive, Some((_, process))) => Owner::Beside(process.pid),
        (_, process) => Owner::Unknown(process.map(|(host, _)| Printable::from(host)).unwrap_or_default()),
    }
}

/// Says why it stands so if its last record does, else how far it got.
fn known(open: &Open) -> Printable {
    let body = open.standing_entry().and_then(|row| serde_json::from_str::<Value>(&row.body).ok());
    let why = body.as_ref().and_then(|body| body.get("why")).and_then(Value::as_str);
    match why {
        Some(why) => Printable::from(why),
        None if open.is_dead() => Printable::ours("given up: it was not delivered in its time"),
        None => Printable::ours(open.reach_words()),
    }
}

fn ordered(order: &Order) -> Ordered {
    let Order { kind, target, digest, request, facts, consequence, .. } = order;
    let line = |text: &str| Printable::from(text);
    // What went to the cluster went where the line of the cluster says.
    let service = target.service.as_ref();
    let at = service.map(|to| to.service.as_str()).unwrap_or_default();
    let mut lines = vec![Printable::from(format!("{} {at}{}", request.method, request.path))];
    lines.push(line(&request.content_type));
    lines.extend(service.map(|to| Printable::from(format!("X-Tenant-ID: {}", to.tenant))));
    lines.extend(request.body.split_inclusive("},").filter(|piece| !piece.is_empty()).map(line));
    Ordered {
        word: kind.clone(),
        kind: Kind::ALL.into_iter().find(|known| known.word() == kind.as_str()),
        context: line(&target.context),
        server: line(&target.server),
        key: Key { namespace: target.key.namespace.clone(), name: target.key.name.clone() },
        uid: target.uid.clone(),
        consequence: consequence.clone(),
        facts: facts.clone(),
        request: lines,
        digest: line(digest),
    }
}

/// Names the person as `login at host`, as far as both are recorded.
fn person(actor: &str) -> Printable {
    let actor: Value = serde_json::from_str(actor).unwrap_or_default();
    let said = |name: &str| actor.get(name).and_then(Value::as_str);
    let login = said("login").map(str::to_owned);
    let login = login.or_else(|| actor.get("uid").map(|uid| format!("uid {uid}"))).unwrap_or_default();
    match said("host") {
        Some(host) => Printable::from(format!("{login} at {host}")),
        None => Printable::from(login),
    }
}

fn told(row: &Row) -> Told {
    let mut says = Vec::new();
    match serde_json::from_str(&row.body) {
        Ok(Value::Object(members)) => {
            for (name, value) in members.iter().filter(|(name, _)| !TOLD_ONCE.contains(&name.as_str())) {
                leaves(&mut says, name, value);
            }
        }
        _ => says.push(("body".into(), Printable::from(row.body.as_str()))),
    }
    Told {
        number: row.seq,
        at: Printable::from(row.at.as_str()),
        event: Printable::from(row.event.as_str()),
        says,
        hash: row.hash.map(hex).unwrap_or_default(),
    }
}

fn hex(hash: [u8; 32]) -> Printable {
    Printable::from(hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Tells each plain value with the way to it.
fn leaves(says: &mut Vec<(Printable, Printable)>, way: &str, value: &Value) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| leaves(says, &format!("{way}.{name}"), value));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(nth, value)| leaves(says, &format!("{way}.{nth}"), value));
        }
        Value::Null => {}
        Value::String(text) => says.push((Printable::from(way), Printable::from(text.as_str()))),
        plain => says.push((Printable::from(way), Printable::from(plain.to_string()))),
    }
}

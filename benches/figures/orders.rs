//! From a person's acknowledgement to the request on the wire, with the ledger on disk in between.
//!
//! The library's own operation, ledger and dispatcher, as the screen uses them, against the replay server: the clock
//! runs from the acknowledgement until the server has the whole request, on a connection of its own with TLS.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rollgate::cluster::Clients;
use rollgate::cluster::dispatch::Dispatcher;
use rollgate::config::{Connection, Environment};
use rollgate::ledger::Ledger;
use rollgate::operation::{
    Acknowledgement, Actor, Command, Event, Id, Operation, Order, Policy, Proposal, State, Target, stage,
};
use rollgate::rollout::Rollout;
use rollgate::rollout::delta::Object;
use rollgate::rollout::parse::{Interner, from_value};
use rollgate::run::Edges;
use tokio::sync::mpsc;

use crate::cluster::stored;
use crate::replay::{Replay, nanos};

use super::measured::{Series, Spread};
use super::table::{Table, Target as Promise, Unit};
use super::{fleet, say};

/// Orders of one run.
const ORDERS: usize = 200;
/// Appends of one run, one after the other.
const APPENDS: usize = 2_000;

/// Measures both.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(runs: usize, table: &mut Table) -> Result<(), String> {
    say("orders");
    let replay = fleet::replay(1)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let (mut wire, mut appends, mut disk) = (Spread::default(), Series::default(), Series::default());
    for run in 0..runs {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let open = |name: &str| Ledger::open(&folder.path().join(name)).map_err(|error| error.to_string());
        wire.add(&runtime.block_on(orders(&replay, open("orders.sqlite3")?, run))?);
        appends.add(appended(&open("appends.sqlite3")?, run)?);
        disk.add(synced(&folder.path().join("plain")).map_err(|error| error.to_string())?);
    }
    let form = |most| (Unit::Milliseconds, Promise::AtMost(most));
    table.add("acknowledged to PATCH on the wire: p50", 0, &wire.p50, form(1.0));
    table.add("acknowledged to PATCH on the wire: p99", 0, &wire.p99, form(15.0));
    table.add(
        "ledger: appends on disk, one by one",
        0,
        &appends,
        (Unit::PerSecond, Promise::AtLeast(5_000.0)),
    );
    table.add("the disk alone: 4 KB appended and synced", 0, &disk, (Unit::PerSecond, Promise::None));
    Ok(())
}

async fn orders(replay: &Replay, ledger: Ledger, run: usize) -> Result<Vec<Duration>, String> {
    let connection = Connection { kubeconfig: Some(replay.kubeconfig()), ..Connection::default() };
    let clients =
        Clients::connect(&connection, &Environment::default()).await.map_err(|error| error.to_string())?;
    let policy = policy()?;
    let dispatcher = Dispatcher::new(&clients, &policy).map(Arc::new);
    let (sender, mut replies) = mpsc::channel(64);
    let mut edges = Edges::new(None, dispatcher, Ok(ledger), sender);
    let rollout = rollout()?;
    let server = clients.identity().server.clone();
    let mut took = Vec::with_capacity(ORDERS);
    for nth in 0..ORDERS {
        let id = Id(format!("order-{run}-{nth}").into());
        let mut operation = staged(&rollout, id, server.clone(), &policy)?;
        let begun = nanos();
        for command in acknowledged(&mut operation) {
            edges.order(command);
        }
        while !matches!(operation.state(), State::Answered { .. }) {
            let (_, event) = replies.recv().await.ok_or("the edges are gone")?;
            if matches!(operation.state(), State::Denied { .. }) {
                return Err(format!("an order was not sent: {:?}", operation.state()));
            }
            operation.on(event, Timestamp::now()).into_iter().for_each(|command| edges.order(command));
        }
        let arrived: u128 = replay.report("patch ")?.parse().map_err(|_| "no time")?;
        took.push(Duration::from_nanos(u64::try_from(arrived.saturating_sub(begun)).unwrap_or(u64::MAX)));
    }
    Ok(took)
}

fn rollout() -> Result<Rollout, String> {
    // Number 7 of the fleet is paused at a step.
    match from_value(stored(7), &mut Interner::new()) {
        Some(Object::Rollout(rollout)) => Ok(*rollout),
        _ => Err("the made-up Rollout is none".to_owned()),
    }
}

/// Everything is allowed in the replayed cluster.
fn policy() -> Result<Arc<Policy>, String> {
    Ok(Arc::new(Policy::new(vec![format!("{}/*", Replay::CONTEXT).parse()?], Vec::new())))
}

fn staged(
    rollout: &Rollout,
    id: Id,
    server: rollgate::text::Printable,
    policy: &Arc<Policy>,
) -> Result<Operation, String> {
    let key = rollout.meta.key.clone();
    let uid = rollout.meta.uid.clone();
    let target = Target { context: Replay::CONTEXT.into(), server, user: "bench".into(), key, uid };
    let order = Order::Promote;
    let proposal = Proposal {
        order,
        id,
        target,
        policy: policy.clone(),
        role: None,
        last_promotion: None,
        judged: None,
    };
    stage(proposal, rollout, Timestamp::now()).map_err(|refusal| refusal.to_string())
}

/// Arms and acknowledges, as the modal does.
fn acknowledged(operation: &mut Operation) -> Vec<Command> {
    operation.on(Event::Armed, Timestamp::now());
    let digest = operation.digest();
    operation.on(
        Event::Acknowledged { digest, actor: Actor::default(), said: Acknowledgement::default() },
        Timestamp::now(),
    )
}

/// Appends a second, each awaited.
fn appended(ledger: &Ledger, run: usize) -> Result<f64, String> {
    let (rollout, policy) = (rollout()?, policy()?);
    let mut entries = Vec::with_capacity(APPENDS);
    for nth in 0..APPENDS {
        let id = Id(format!("append-{run}-{nth}").into());
        let mut operation = staged(&rollout, id, "https://127.0.0.1".into(), &policy)?;
        entries.extend(acknowledged(&mut operation).into_iter().filter_map(|command| match command {
            Command::Record(entry) => Some(*entry),
            _ => None,
        }));
    }
    let (count, begun) = (entries.len(), Instant::now());
    for entry in entries {
        let (sender, answer) = channel();
        ledger.append(entry, move |result| {
            _ = sender.send(result.map(drop).map_err(|error| error.to_string()))
        });
        answer.recv().map_err(|error| error.to_string())??;
    }
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

/// What the disk itself does: blocks appended to a plain file a second, each on disk before the next.
fn synced(path: &Path) -> std::io::Result<f64> {
    let mut file = File::create(path)?;
    let begun = Instant::now();
    for _ in 0..APPENDS {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
    }
    Ok(APPENDS as f64 / begun.elapsed().as_secs_f64())
}

//! The demo and the cluster inside it: how soon it stands on the screen, and how many events its server tells a second.
//!
//! The demo is the real binary in a terminal. The server that tells events has one thread; a bare client on another takes
//! the bytes and looks for nothing but ends of lines. Its objects are those of the bulk fleet, without managed
//! fields, which the embedded cluster does not keep.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rollgate::clock::Clock;
use rollgate::sim::model::{Asked, Measured, Metrics};
use rollgate::sim::objects::{Order, Part, Patch, PatchKind, Place, kind};
use rollgate::sim::scenario::DEFAULT;
use rollgate::sim::server::{self, Settings};
use rollgate::sim::world::World;
use serde_json::{Value, json};

use crate::cluster::stored;

use super::measured::{Series, milliseconds};
use super::say;
use super::screen::{Screen, counted, is_live};
use super::table::{Table, Target, Unit};

/// Rollouts of the large fleet: as many as the scenario has.
const MANY: usize = 10_000;
const COLLECTION: &str = "/apis/argoproj.io/v1alpha1/rollouts";
/// The number of the first change: more replicas than any Rollout has, so that each change is one.
const FIRST: usize = 1_000_000;
/// How long a piece of an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Changes of one run: fewer than the history keeps.
const CHANGES: usize = 20_000;

struct Unmeasured;

impl Metrics for Unmeasured {
    fn measure(&self, _: &Asked<'_>, _: Timestamp) -> Measured {
        Measured::Error("there is nothing to measure here".into())
    }
}

/// Measures the demo and its server.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(runs: usize, table: &mut Table) -> Result<(), String> {
    say("the demo");
    let [mut first, mut many, mut peak] = <[Series; 3]>::default();
    for _ in 0..runs {
        first.add(milliseconds(begun(DEFAULT, |count| count > 0)?.0));
        let (took, mut screen) = begun("ten-thousand", |count| count == MANY)?;
        many.add(took.as_secs_f64());
        screen.watch(Duration::from_secs(1));
        if let Some(most) = screen.peak_megabytes() {
            peak.add(most);
        }
    }
    let goal = (Unit::Milliseconds, Target::AtMost(300.0));
    table.add("demo: exec to the first complete frame", 0, &first, goal);
    table.add("demo: exec to all served and drawn", MANY, &many, (Unit::Seconds, Target::AtMost(1.5)));
    table.add("demo: peak memory, cluster and program", MANY, &peak, (Unit::Megabytes, Target::None));
    events(runs, table)
}

/// Starts a demo; returns how long it took until its story stood on the screen, and behind it a fleet that is live and of
/// the wished size.
fn begun(scenario: &str, wished: impl Fn(usize) -> bool) -> Result<(Duration, Screen), String> {
    let mut screen = Screen::demo(scenario, (120, 40))?;
    let is_there = |screen: &vt100::Screen| {
        is_live(screen) && wished(counted(screen)) && screen.contents().contains("enter begin")
    };
    let took = screen.until("the story and the fleet", is_there)?;
    Ok((took, screen))
}

/// Measures how many events are told a second to a watch that catches up with what was changed.
fn events(runs: usize, table: &mut Table) -> Result<(), String> {
    say("the embedded cluster's wire");
    let wire = Wire::start(MANY)?;
    let mut told = Series::default();
    for run in 0..runs {
        let before = wire.change(run)?;
        let watch = format!("{COLLECTION}?watch=true&resourceVersion={before}");
        told.add(CHANGES as f64 / wire.take(&watch, CHANGES)?.as_secs_f64());
    }
    let goal = (Unit::PerSecond, Target::AtLeast(20_000.0));
    table.add("embedded server: watch events told a second, one thread", MANY, &told, goal);
    Ok(())
}

/// What is served, and how to reach it.
struct Wire {
    world: Arc<Mutex<World>>,
    address: String,
    token: String,
    places: Vec<Place>,
}

impl Wire {
    fn start(size: usize) -> Result<Self, String> {
        let now = Timestamp::now();
        let mut world = World::new(1, now, Box::new(Unmeasured));
        let places = (0..size).map(|index| make(&mut world, index, now)).collect::<Result<_, _>>()?;
        let world = Arc::new(Mutex::new(world));
        let (told, tell) = channel();
        let shared = Arc::clone(&world);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            let served = runtime.block_on(server::start(shared, Clock::Still(now), Settings::default()));
            let Ok(served) = served else { return };
            let _ = told.send((served.url().to_owned(), served.token().to_owned()));
            runtime.block_on(std::future::pending::<()>());
        });
        let (url, token) = tell.recv().map_err(|_| "the embedded cluster is not served")?;
        Ok(Self { world, address: url.trim_start_matches("http://").to_owned(), token, places })
    }

    /// A Rollout for the nth change: a stride that shares no factor with a round number visits every one.
    fn place(&self, nth: usize) -> &Place {
        &self.places[nth * 7919 % self.places.len()]
    }

    /// Takes an answer until so many events have come; returns how long that took.
    fn take(&self, path: &str, events: usize) -> Result<Duration, String> {
        let told = |error: std::io::Error| error.to_string();
        let begun = Instant::now();
        let mut stream = TcpStream::connect(&self.address).map_err(told)?;
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            self.address, self.token
        );
        // An event that never comes is a fault of this bench or of the server, and is said instead of waited for.
        stream.set_read_timeout(Some(PATIENCE)).map_err(told)?;
        stream.write_all(head.as_bytes()).map_err(told)?;
        read(stream, events).map(|()| begun.elapsed())
    }

    /// Changes Rollouts one after the other; returns the version before.
    fn change(&self, run: usize) -> Result<u64, String> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let before = world.objects.version();
        for nth in 0..CHANGES {
            change(&mut world, self.place(nth), run * CHANGES + nth)?;
        }
        Ok(before)
    }
}

/// Reads until so many events have come. Chunks have lines of their own, which end in `\r\n`.
fn read(mut stream: TcpStream, lines: usize) -> Result<(), String> {
    let (mut piece, mut seen, mut last) = (vec![0; 256 << 10], 0, b' ');
    loop {
        let count = stream.read(&mut piece).map_err(|error| error.to_string())?;
        if count == 0 {
            return Err(format!("the stream ended after {seen} of {lines} lines"));
        }
        for at in memchr::memchr_iter(b'\n', &piece[..count]) {
            let before = if at == 0 { last } else { piece[at - 1] };
            seen += usize::from(before == b'}');
        }
        last = piece[count - 1];
        if seen >= lines {
            return Ok(());
        }
    }
}

fn make(world: &mut World, index: usize, now: Timestamp) -> Result<Place, String> {
    let mut value = stored(index);
    let status = value["status"].take();
    let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.retain(|key, _| ["name", "namespace", "labels", "annotations"].contains(&key.as_str()));
    }
    let order = Order::Create { kind: &kind::ROLLOUT, namespace: &namespace, value };
    let made = world.objects.apply(order, now).map_err(|refusal| refusal.message)?;
    patch(world, &made.place, &json!({"status": status}))?;
    Ok(made.place.clone())
}

fn change(world: &mut World, place: &Place, nth: usize) -> Result<(), String> {
    patch(world, place, &json!({"status": {"readyReplicas": FIRST + nth}}))
}

fn patch(world: &mut World, place: &Place, body: &Value) -> Result<(), String> {
    let (now, body) = (world.now(), body.to_string());
    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
    let order = Order::Patch { place, part: Part::Status, patch };
    world.objects.apply(order, now).map(|_| ()).map_err(|refusal| refusal.message)
}

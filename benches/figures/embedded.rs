//! The embedded cluster's wire: how fast it lists and how many events it tells, on one core of its own.
//!
//! The server has one thread; a bare client on another takes the bytes and looks for nothing but ends of lines. The
//! objects are those of the bulk fleet, without managed fields, which the embedded cluster does not keep.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rollgate::clock::Clock;
use rollgate::sim::model::{Asked, Measured, Metrics};
use rollgate::sim::objects::{Order, Part, Patch, PatchKind, Place, kind};
use rollgate::sim::server::{self, Settings};
use rollgate::sim::world::World;
use serde_json::{Value, json};

use crate::cluster::stored;

use super::measured::Series;
use super::say;
use super::table::{Table, Target, Unit};

const COLLECTION: &str = "/apis/argoproj.io/v1alpha1/rollouts";
/// Changes of one run: fewer than the history keeps.
const CHANGES: usize = 20_000;

struct Unmeasured;

impl Metrics for Unmeasured {
    fn measure(&self, _: &Asked<'_>, _: Timestamp) -> Measured {
        Measured::Error("there is nothing to measure here".into())
    }
}

/// What is served, and how to reach it.
struct Wire {
    world: Arc<Mutex<World>>,
    address: String,
    token: String,
    places: Vec<Place>,
    poke: std::sync::mpsc::Sender<()>,
}

/// Measures lists and watches on a fleet of a size.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(size: usize, runs: usize, table: &mut Table) -> Result<(), String> {
    say("the embedded cluster's wire");
    let wire = Wire::start(size)?;
    let [mut stream, mut list, mut ready, mut live]: [Series; 4] = Default::default();
    for run in 0..runs {
        let query =
            "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        stream.add(wire.take(&format!("{COLLECTION}?{query}"), size + 1)?.as_secs_f64() * 1000.0);
        // A list has no line ends but its last.
        list.add(wire.take(COLLECTION, 1)?.as_secs_f64() * 1000.0);
        let before = wire.change(run)?;
        let watch = format!("{COLLECTION}?watch=true&resourceVersion={before}");
        ready.add(CHANGES as f64 / wire.take(&watch, CHANGES)?.as_secs_f64());
        live.add(CHANGES as f64 / wire.take_live(run)?.as_secs_f64());
    }
    let milliseconds = |target| (Unit::Milliseconds, target);
    table.add("embedded: list as a stream, complete", size, &stream, milliseconds(Target::AtMost(400.0)));
    table.add("embedded: plain list, complete", size, &list, milliseconds(Target::AtMost(400.0)));
    let a_second = (Unit::PerSecond, Target::AtLeast(20_000.0));
    table.add("embedded: watch events told a second, on one core", size, &ready, a_second);
    table.add(
        "embedded: changes made and told a second, on one core each",
        size,
        &live,
        (Unit::PerSecond, Target::None),
    );
    Ok(())
}

impl Wire {
    fn start(size: usize) -> Result<Self, String> {
        let now = Timestamp::now();
        let mut world = World::new(1, now, Box::new(Unmeasured));
        let places = (0..size).map(|index| make(&mut world, index, now)).collect::<Result<_, _>>()?;
        let world = Arc::new(Mutex::new(world));
        let (told, tell) = channel();
        let (poke, poked) = channel();
        let shared = Arc::clone(&world);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            let served = runtime.block_on(server::start(shared, Clock::Still(now), Settings::default()));
            let Ok(served) = served.map(Arc::new) else { return };
            let _ = told.send((served.url().to_owned(), served.token().to_owned()));
            let poking = Arc::clone(&served);
            std::thread::spawn(move || {
                while poked.recv().is_ok() {
                    // One poke is as good as many.
                    while poked.try_recv().is_ok() {}
                    poking.poke();
                }
            });
            runtime.block_on(std::future::pending::<()>());
        });
        let (url, token) = tell.recv().map_err(|_| "the embedded cluster is not served")?;
        Ok(Self { world, address: url.trim_start_matches("http://").to_owned(), token, places, poke })
    }

    /// A Rollout for the nth change: a stride that shares no factor with a round number visits every one.
    fn place(&self, nth: usize) -> &Place {
        &self.places[nth * 7919 % self.places.len()]
    }

    fn open(&self, path: &str) -> Result<TcpStream, String> {
        let told = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(&self.address).map_err(told)?;
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\r\n",
            self.address, self.token
        );
        stream.write_all(head.as_bytes()).map_err(told)?;
        Ok(stream)
    }

    /// Takes an answer until so many lines of it have come; returns how long that took.
    fn take(&self, path: &str, lines: usize) -> Result<Duration, String> {
        let begun = Instant::now();
        read(self.open(path)?, lines).map(|()| begun.elapsed())
    }

    /// Changes Rollouts one after the other; returns the version before.
    fn change(&self, run: usize) -> Result<u64, String> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let before = world.objects.version();
        for nth in 0..CHANGES {
            change(&mut world, self.place(nth), run * CHANGES * 2 + nth)?;
        }
        Ok(before)
    }

    /// Changes Rollouts while a watch is told of it.
    fn take_live(&self, run: usize) -> Result<Duration, String> {
        let before = self.world.lock().unwrap_or_else(PoisonError::into_inner).objects.version();
        let stream = self.open(&format!("{COLLECTION}?watch=true&resourceVersion={before}"))?;
        let begun = Instant::now();
        let reading = std::thread::spawn(move || read(stream, CHANGES));
        for nth in 0..CHANGES {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut world, self.place(nth), (run * 2 + 1) * CHANGES + nth)?;
            drop(world);
            let _ = self.poke.send(());
        }
        reading.join().map_err(|_| "the client broke off")??;
        Ok(begun.elapsed())
    }
}

/// Reads until so many events, or the end of a list, have come. Chunks have lines of their own, which end in `\r\n`.
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
    patch(world, place, &json!({"status": {"readyReplicas": nth}}))
}

fn patch(world: &mut World, place: &Place, body: &Value) -> Result<(), String> {
    let (now, body) = (world.now(), body.to_string());
    let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
    let order = Order::Patch { place, part: Part::Status, patch };
    world.objects.apply(order, now).map(|_| ()).map_err(|refusal| refusal.message)
}

//! Watches everything that a script's namespace holds and keeps it as it was last seen.
//!
//! Owns the watches, the order in which ReplicaSets appeared, the distinct states that the Rollout went through, and the
//! judgement that all is at rest. Never asks twice what a watch has told. Every event counts in the order it came.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use futures::TryStreamExt;
use http::Request;
use kube::api::WatchEvent;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::fence::Fence;
use super::side::{Ask, Side, collection, words};
use super::{canon, tuple};

/// The kinds that are watched.
pub const KINDS: &[&str] =
    &["Rollout", "ReplicaSet", "Pod", "AnalysisRun", "Experiment", "Service", "Event", "Job"];

/// How long nothing may have changed before a cluster counts as at rest, in its own time.
const QUIET: SignedDuration = SignedDuration::from_millis(1500);
/// After which time a Rollout is at rest though its controller goes on writing what nobody can see: the real one does so
/// after an abort, as long as the aborted version's pods stand.
const WRITTEN: SignedDuration = SignedDuration::from_secs(5);
/// How long an operation may take to come to rest, and a condition to come true.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// By how much time moves on at once where it is moved.
const STRIDE: Duration = Duration::from_millis(25);

/// One change as a watch told it.
enum Seen {
    Now(&'static str, Value),
    Gone(&'static str, Value),
    Broken(String),
}

/// Everything in a namespace, by kind and name.
pub type Objects = BTreeMap<&'static str, BTreeMap<String, Value>>;

/// The watches of one namespace and what they told.
pub struct Observer {
    inbox: Receiver<Seen>,
    tasks: Vec<JoinHandle<()>>,
    side: Side,
    /// What there is now.
    pub objects: Objects,
    /// The names that stand for hashes.
    pub names: canon::Names,
    between: Vec<Value>,
    /// When the Rollout itself last changed, in the cluster's time.
    rollout_changed: Timestamp,
    /// Where the controller works by itself, a way to know that it has caught up.
    fence: Option<Fence>,
    /// The newest version that each watch told.
    newest: BTreeMap<&'static str, u64>,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Observer {
    /// Lists every kind in a namespace and follows it from there.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn start(side: &Side, namespace: &str) -> Result<Self, String> {
        let (sender, inbox) = channel();
        let mut tasks = Vec::new();
        for kind in KINDS {
            let path = collection(kind, namespace)?;
            let list = side.must(&Ask::get(&path))?;
            let from = list["metadata"]["resourceVersion"].as_str().unwrap_or("0").to_owned();
            let (client, sender) = (side.client.clone(), sender.clone());
            tasks.push(side.handle.spawn(async move {
                let broken = follow(&client, kind, &path, from, &sender).await;
                let _ = sender.send(Seen::Broken(broken));
            }));
        }
        Ok(Self {
            inbox,
            tasks,
            side: side.clone(),
            objects: Objects::new(),
            names: canon::Names::of(namespace),
            between: Vec::new(),
            rollout_changed: (side.now)(),
            fence: if side.pass.is_none() { Some(Fence::build(side, namespace)?) } else { None },
            newest: BTreeMap::new(),
        })
    }

    /// Takes the distinct states that the Rollout went through since this was last asked.
    pub fn take_between(&mut self) -> Vec<Value> {
        // The last one stays: the next state is compared with it.
        let last = self.between.last().cloned();
        let taken = std::mem::take(&mut self.between);
        self.between.extend(last);
        taken
    }

    /// The Rollout.
    pub fn rollout(&self) -> &Value {
        self.objects.get("Rollout").and_then(|all| all.get("web")).unwrap_or(&Value::Null)
    }

    /// All of one kind.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.get(kind).into_iter().flat_map(BTreeMap::values)
    }

    /// The settled tuple of what there is now.
    pub fn tuple(&self) -> Value {
        let mut tuple = self.names.replace(&tuple::settled(self));
        // In the order of their words as they are compared.
        if let Some(events) = tuple["events"].as_array_mut() {
            events.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        }
        tuple
    }

    /// Waits until nothing has changed for a while, and, where the controllers run, until they have caught up.
    ///
    /// # Errors
    /// What still moved when patience ended.
    pub fn settle(&mut self, controllers: bool) -> Result<Value, String> {
        self.settle_when(controllers, |_| true)
    }

    /// As [`Observer::settle`], but not before `holds`.
    ///
    /// # Errors
    /// What still moved when patience ended.
    pub fn settle_when(
        &mut self,
        controllers: bool,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<Value, String> {
        let deadline = self.now() + PATIENCE;
        let (mut last, mut since, mut held) = (self.tuple(), self.now(), false);
        held |= holds(&last);
        self.forget_fence();
        loop {
            if self.drain(Duration::from_millis(150))? {
                let now = self.tuple();
                if now != last {
                    (last, since) = (now, self.now());
                    held |= holds(&last);
                    self.forget_fence();
                }
            }
            let lag = if controllers { tuple::lag(self) } else { None };
            let now = self.now();
            let quiet = now.duration_since(since);
            let unwritten = now.duration_since(self.rollout_changed) >= QUIET / 2 || quiet >= WRITTEN;
            // Asked early, so that the answer is there when all has been quiet long enough.
            let passed = !controllers || (quiet >= QUIET / 3 && self.passes_fence()?);
            let rested = quiet >= QUIET && unwritten && passed;
            if held && rested && lag.is_none() {
                return Ok(last);
            }
            if now >= deadline {
                let why =
                    lag.unwrap_or_else(|| if held { "it keeps changing" } else { "it waits in vain" }.into());
                let status = &self.rollout()["status"];
                return Err(format!("not at rest: {why}; {} {}", status["phase"], status["message"]));
            }
        }
    }

    fn forget_fence(&mut self) {
        self.fence.iter_mut().for_each(Fence::forget);
    }

    fn passes_fence(&mut self) -> Result<bool, String> {
        self.fence.as_mut().map_or(Ok(true), Fence::is_passed)
    }

    fn now(&self) -> Timestamp {
        (self.side.now)()
    }

    /// Lets time pass and takes in what happens.
    ///
    /// # Errors
    /// When a watch broke.
    pub fn wait(&mut self, time: Duration) -> Result<(), String> {
        let end = self.now() + time;
        while self.now() < end {
            self.drain(Duration::from_millis(50))?;
        }
        Ok(())
    }

    /// Takes in what came, waiting for the first a while; says whether anything did.
    fn drain(&mut self, patience: Duration) -> Result<bool, String> {
        let Some(pass) = self.side.pass.clone() else { return self.receive(patience) };
        // Time stands still until everything that happened has been seen.
        let newest = pass(patience.min(STRIDE));
        let mut any = self.receive(Duration::ZERO)?;
        let deadline = Instant::now() + Duration::from_secs(5);
        while !newest.iter().all(|one| self.knows(*one)) && Instant::now() < deadline {
            any |= self.receive(Duration::from_millis(5))?;
        }
        Ok(any)
    }

    fn knows(&self, (kind, count, version): (&'static str, usize, u64)) -> bool {
        let told = self.newest.get(kind).copied().unwrap_or(0);
        told >= version && self.objects.get(kind).map_or(0, BTreeMap::len) == count
    }

    fn receive(&mut self, patience: Duration) -> Result<bool, String> {
        match self.inbox.recv_timeout(patience) {
            Ok(seen) => self.take(seen)?,
            Err(RecvTimeoutError::Timeout) => return Ok(false),
            Err(RecvTimeoutError::Disconnected) => return Err("the watches ended".into()),
        }
        while let Ok(seen) = self.inbox.try_recv() {
            self.take(seen)?;
        }
        Ok(true)
    }

    fn take(&mut self, seen: Seen) -> Result<(), String> {
        if let Seen::Now(kind, object) | Seen::Gone(kind, object) = &seen {
            let version = object["metadata"]["resourceVersion"].as_str().and_then(|it| it.parse().ok());
            let newest = self.newest.entry(kind).or_default();
            *newest = version.unwrap_or(0).max(*newest);
        }
        match seen {
            Seen::Broken(why) => return Err(format!("a watch of {} broke: {why}", self.side.name)),
            Seen::Gone(kind, object) => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                self.objects.entry(kind).or_default().remove(name);
            }
            Seen::Now(kind, object) => {
                if kind == "ReplicaSet" {
                    self.names.learn(&object);
                }
                if kind == "Rollout" {
                    self.rollout_changed = (self.side.now)();
                    let state = tuple::between(&object);
                    if self.between.last() != Some(&state) {
                        self.between.push(state);
                    }
                }
                let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                self.objects.entry(kind).or_default().insert(name, object);
            }
        }
        Ok(())
    }
}

async fn follow(
    client: &kube::Client,
    kind: &'static str,
    path: &str,
    mut version: String,
    sender: &Sender<Seen>,
) -> String {
    loop {
        let uri = format!("{path}?watch=1&resourceVersion={version}&timeoutSeconds=900");
        let request = match Request::get(&uri).body(Vec::new()) {
            Ok(request) => request,
            Err(error) => return error.to_string(),
        };
        let mut stream = match client.request_events::<Value>(request).await {
            Ok(stream) => Box::pin(stream),
            Err(error) => return format!("{uri}: {}", words(&error)),
        };
        loop {
            let seen = match stream.try_next().await {
                Ok(Some(WatchEvent::Added(it) | WatchEvent::Modified(it))) => Seen::Now(kind, it),
                Ok(Some(WatchEvent::Deleted(it))) => Seen::Gone(kind, it),
                Ok(Some(WatchEvent::Bookmark(_))) => continue,
                Ok(Some(WatchEvent::Error(status))) => return format!("{uri}: {status:?}"),
                Ok(None) => break,
                Err(error) => return format!("{uri}: {}", words(&error)),
            };
            if let Seen::Now(_, object) | Seen::Gone(_, object) = &seen {
                version = object["metadata"]["resourceVersion"].as_str().unwrap_or(&version).to_owned();
            }
            if sender.send(seen).is_err() {
                return "nobody listens".into();
            }
        }
    }
}

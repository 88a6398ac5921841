//! The bytes of a fleet: every object as a watch line, and changes of it.
//!
//! Owns their making. Versions and times have a fixed width, so that an event is made ready once and then only
//! stamped. Invariant: versions rise over all lines that leave.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::Maker;

/// Stands where a version goes, ten digits wide.
const VERSION: &str = "9999999999";
/// Stands where a time goes.
const TIME: &str = "2199-12-31T23:59:59Z";
const FIRST: u64 = 1_000_000_000;

/// A fleet's bytes.
pub struct Fleet {
    make: Maker,
    lines: Vec<Vec<u8>>,
    version: AtomicU64,
}

/// A watch line that can be stamped and sent again and again.
pub struct Stamped {
    line: Vec<u8>,
    versions: Vec<usize>,
    times: Vec<usize>,
}

impl Fleet {
    pub fn new(count: usize, make: Maker) -> Self {
        let lines = (0..count)
            .map(|index| {
                let mut object = make(index);
                object["metadata"]["resourceVersion"] = json!((FIRST + index as u64).to_string());
                line("ADDED", &object)
            })
            .collect();
        Self { make, lines, version: AtomicU64::new(FIRST + count as u64) }
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// The bookmark that ends a streaming list.
    pub fn end_of_list(&self) -> Vec<u8> {
        let annotations = json!({"k8s.io/initial-events-end": "true"});
        let metadata = json!({"resourceVersion": self.version().to_string(), "annotations": annotations});
        line("BOOKMARK", &json!({"metadata": metadata}))
    }

    /// A change of an object somewhere in the fleet, whose conditions changed just now.
    pub fn stirred(&self, nth: usize) -> Stamped {
        // A stride that shares no factor with a round number visits every object.
        let mut object = (self.make)(nth * 7919 % self.len().max(1));
        let replicas = object["spec"]["replicas"].as_i64().unwrap_or(1);
        object["status"]["readyReplicas"] = json!(nth as i64 % (replicas + 1));
        for condition in object["status"]["conditions"].as_array_mut().into_iter().flatten() {
            condition["lastTransitionTime"] = json!(TIME);
            condition["lastUpdateTime"] = json!(TIME);
        }
        Stamped::new(object)
    }

    /// A change of a named object that shows in its row and leaves the row where it is: steps, weight, pods.
    pub fn shown(&self, index: usize, nth: usize) -> Stamped {
        let mut object = (self.make)(index);
        let replicas = object["spec"]["replicas"].as_i64().unwrap_or(1);
        let status = &mut object["status"];
        status["readyReplicas"] = json!(nth as i64 % (replicas + 1));
        status["updatedReplicas"] = json!(1 + nth as i64 % replicas.max(1));
        status["availableReplicas"] = json!(1 + nth as i64 % replicas.max(1));
        status["currentStepIndex"] = json!(nth % 3 * 2);
        Stamped::new(object)
    }

    /// Returns the bytes of a change that is sent now, at `time`.
    pub fn stamp<'a>(&self, event: &'a mut Stamped, time: &str) -> &'a [u8] {
        let version = (self.version.fetch_add(1, Ordering::Relaxed) + 1).to_string();
        for (places, bytes) in [(&event.versions, version.as_bytes()), (&event.times, time.as_bytes())] {
            for at in places {
                event.line[*at..*at + bytes.len()].copy_from_slice(bytes);
            }
        }
        &event.line
    }
}

impl Stamped {
    fn new(mut object: Value) -> Self {
        object["metadata"]["resourceVersion"] = json!(VERSION);
        let line = line("MODIFIED", &object);
        let places = |text: &str| memchr::memmem::find_iter(&line, text).collect();
        Self { versions: places(VERSION), times: places(TIME), line }
    }
}

fn line(kind: &str, object: &Value) -> Vec<u8> {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n").into_bytes()
}

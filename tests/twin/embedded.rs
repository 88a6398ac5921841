//! Plays a script on an embedded cluster of its own, whose time runs faster.
//!
//! Owns the making of one world and its server for one script. Never asks the world anything: what is seen comes over
//! HTTP, as on the real cluster. The plugin and the metrics are the real side's.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rollgate::clock::Clock;
use rollgate::sim::model::{Asked, Measured, Metrics};
use rollgate::sim::server;
use rollgate::sim::world::World;
use tokio::runtime::Handle;

use super::answers::Answers;
use super::operate::Place;
use super::play::{Record, play};
use super::script::Script;
use super::side::{Side, Timing, connect};

/// How many seconds pass on an embedded cluster in one of the machine's.
pub const SPEED: u32 = 10;

/// The scripts' answers, without the way over HTTP.
struct Table(Answers);

impl Metrics for Table {
    fn measure(&self, asked: &Asked<'_>, _: Timestamp) -> Measured {
        let url = asked.provider["web"]["url"].as_str().unwrap_or_default();
        let path = url.split('?').next().and_then(|it| it.splitn(4, '/').nth(3)).unwrap_or_default();
        match self.0.get(&format!("/{path}")) {
            None => Measured::Error("received non 2xx response code: 404".into()),
            Some(value) if value == "error" => Measured::Error("received non 2xx response code: 500".into()),
            Some(value) => Measured::Value(value),
        }
    }
}

/// Plays a script on a new embedded cluster, with Argo's plugin where there is one.
///
/// # Errors
/// When the cluster cannot be started.
pub fn run(
    script: &Script,
    handle: &Handle,
    plugin: Option<&Path>,
    answers: &Answers,
) -> Result<Record, String> {
    let begins = Timestamp::now();
    let world = World::new(1, begins, Box::new(Table(answers.clone())));
    let world = Arc::new(Mutex::new(world));
    let clock = Clock::running(begins, SPEED);
    let starting = server::start(Arc::clone(&world), clock, server::Settings::default());
    let served = handle.block_on(starting).map_err(|error| error.to_string())?;
    let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    std::fs::write(file.path(), served.kubeconfig_for_kubectl()).map_err(|error| error.to_string())?;
    let side = Side {
        name: "embedded",
        client: connect(handle, file.path())?,
        handle: handle.clone(),
        kubeconfig: file.path().to_owned(),
        plugin: plugin.map(Path::to_owned),
        timing: Timing { speed: SPEED, quiet: Duration::from_millis(1800), ..Timing::REAL },
        now: Arc::new(move || clock.now()),
    };
    let controller = |up: bool| {
        world.lock().unwrap_or_else(PoisonError::into_inner).controller(up);
        served.poke();
        Ok(())
    };
    let namespace = format!("{}-embedded", script.name);
    play(script, Place { side: &side, namespace: &namespace, answers, controller: &controller })
}

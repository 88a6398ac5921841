//! Plays a script on an embedded cluster of its own, whose time passes as fast as it is looked at.
//!
//! Owns the making of one world and its server for one script, and the passing of its time: it stands still while somebody
//! looks, so that a busy machine makes no difference. What is seen comes over HTTP, as on the real cluster.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rollgate::clock::Clock;
use rollgate::sim::model::{Asked, Measured, Metrics};
use rollgate::sim::objects::{KINDS, Kind};
use rollgate::sim::server::{self, Served};
use rollgate::sim::world::World;
use tokio::runtime::Handle;

use super::answers::Answers;
use super::observer;
use super::operate::Place;
use super::play::{Record, play};
use super::script::Script;
use super::side::{Pass, Side, connect};

/// The scripts' answers, without the way over HTTP.
struct Table(Answers);

impl Metrics for Table {
    fn measure(&self, asked: &Asked<'_>, _: Timestamp) -> Measured {
        let url = asked.provider["web"]["url"].as_str().unwrap_or_default();
        let path = url.split('?').next().and_then(|it| it.splitn(4, '/').nth(3)).unwrap_or_default();
        match self.0.get(&format!("/{path}")) {
            None => Measured::Error("received non 2xx response code: 404".into()),
            Some(value) if value == "error" => Measured::Error("received non 2xx response code: 500".into()),
            Some(value) => Measured::Value(format!("{{\"value\": {value}}}")),
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
    // On a whole second: what is stored is cut to seconds, so that another fraction would be another history.
    let begins = Timestamp::from_second(Timestamp::now().as_second()).map_err(|error| error.to_string())?;
    let namespace = format!("{}-embedded", script.name);
    let world = World::new(1, begins, Box::new(Table(answers.clone())));
    let world = Arc::new(Mutex::new(world));
    let still = Clock::Still(begins);
    let starting = server::start(Arc::clone(&world), still, server::Settings::default());
    let served = Arc::new(handle.block_on(starting).map_err(|error| error.to_string())?);
    let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    std::fs::write(file.path(), served.kubeconfig_for_kubectl()).map_err(|error| error.to_string())?;
    let clock = Arc::clone(&world);
    let side = Side {
        name: "embedded",
        client: connect(handle, file.path())?,
        handle: handle.clone(),
        kubeconfig: file.path().to_owned(),
        plugin: plugin.map(Path::to_owned),
        now: Arc::new(move || clock.lock().unwrap_or_else(PoisonError::into_inner).now()),
        pass: Some(pass(&world, &served, &namespace)),
    };
    let controller = |up: bool| {
        world.lock().unwrap_or_else(PoisonError::into_inner).controller(up);
        served.poke();
        Ok(())
    };
    play(script, Place { side: &side, namespace: &namespace, answers, controller: &controller })
}

/// Lets a world's time pass and tells its watches.
fn pass(world: &Arc<Mutex<World>>, served: &Arc<Served>, namespace: &str) -> Pass {
    let (world, served, namespace) = (Arc::clone(world), Arc::clone(served), namespace.to_owned());
    Arc::new(move |time| {
        let there = {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            let to = world.now() + time;
            world.advance(to);
            let watched = KINDS.iter().filter(|kind| observer::KINDS.contains(&kind.kind));
            let count = |kind: &&'static Kind| {
                let versions = || world.objects.list(kind, Some(&namespace)).map(|object| object.version);
                (kind.kind, versions().count(), versions().max().unwrap_or(0))
            };
            watched.map(count).collect()
        };
        served.poke();
        there
    })
}

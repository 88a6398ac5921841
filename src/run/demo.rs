//! Owns how a demo is put together: a scenario, its cluster inside this process, and the program that looks at it.
//!
//! The program itself is the real one: it gets a kubeconfig, a ledger and leave for the context `demo`, all in a folder
//! of its own that goes when it ends. It never touches the person's kubeconfig or ledger. Invariant: nothing that is
//! ordered here leaves this process.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::live::{self, Rehearsal};
use super::{Begin, Ending};
use crate::app::session::Story;
use crate::clock::Clock;
use crate::config::{Config, Connection};
use crate::operation::Policy;
use crate::sim::scenario::{Scenario, ScenarioError};
use crate::sim::server::{self, Served, Settings};
use crate::sim::world::World;
use crate::sim::world::script::Script;
use crate::text::Printable;

mod epilogue;
mod folder;
mod gates;
mod leave;

pub(super) use folder::ADVICE;
use folder::Folder;
use gates::{Beside, ServiceKey, Told};
use leave::Leave;

/// The context, and where in it may be written: everywhere.
const CONTEXT: &str = "demo";
const ALLOWED: &str = "demo/*";
/// The files that a demo keeps.
const KUBECONFIG: &str = "kubeconfig";
const LEDGER: &str = "ledger.sqlite3";
const SERVICE_KEY: &str = "policy-service.key";

/// What is to be played, and how.
#[derive(Clone, Debug)]
pub struct Play {
    /// A scenario's name, or the path of a file.
    pub scenario: String,
    /// How many of its seconds pass in one of the machine's.
    pub speed: u32,
    /// What chance follows from.
    pub seed: u64,
}

/// A scenario that is being played.
struct Stage {
    scenario: Scenario,
    script: Script,
    world: Arc<Mutex<World>>,
    clock: Clock,
    served: Arc<Served>,
    beside: Beside,
    leave: Leave,
    folder: Folder,
}

impl Stage {
    async fn set(play: &Play, begins: Option<Timestamp>) -> Result<Self, String> {
        let mut scenario = Scenario::find(&play.scenario).map_err(|error| error.to_string())?;
        if let Some(begins) = begins {
            scenario = scenario.at(begins);
        }
        let world = scenario.assemble(play.seed).map_err(|error| error.to_string())?;
        let script = scenario.script().map_err(|error| error.to_string())?;
        let told = told(&scenario, &world, play.seed).map_err(|error| error.to_string())?;
        let world = Arc::new(Mutex::new(world));
        let clock = Clock::running(scenario.begins, play.speed);
        let served = server::start(Arc::clone(&world), clock, Settings::default())
            .await
            .map_err(|error| format!("The demo cannot listen on 127.0.0.1: {error}."))?;
        let served = Arc::new(served);
        let leave = Leave::listen()?;
        let folder = Folder::make()?;
        let text = uuid::Uuid::now_v7().simple().to_string();
        let key = ServiceKey { text, file: folder.path(SERVICE_KEY) };
        if !told.workflows.is_empty() {
            folder.write(SERVICE_KEY, &key.text)?;
        }
        let beside = Beside::start((Arc::clone(&world), clock), told, key).await?;
        Ok(Self { scenario, script, world, clock, served, beside, leave, folder })
    }

    /// What the program is told, in place of what flags and file say about clusters, ledgers, services and gates: a demo asks nothing
    /// outside of this program.
    fn config(&self, config: &Config) -> Result<Config, String> {
        let connection = Connection {
            kubeconfig: Some(self.folder.path(KUBECONFIG)),
            context: Some(CONTEXT.to_owned()),
            namespaces: config.connection.namespaces.clone(),
            ..Connection::default()
        };
        let rules = std::iter::once(ALLOWED.parse()?).chain(self.beside.rule(CONTEXT));
        let policy = Arc::new(Policy::new(rules.collect(), Vec::new()));
        let ledger = Some(self.folder.path(LEDGER));
        let (services, gates) = (self.beside.services(), self.beside.gates());
        Ok(Config { connection, policy, ledger, services, gates, ..config.clone() })
    }

    /// Lets the script run from then on: nobody misses what happens while they read what it is about.
    fn beginning(&self) -> Begin {
        let (script, served) = (self.script.clone(), Arc::clone(&self.served));
        Box::new(move || served.turn(|world| world.follow(script)))
    }

    fn rehearsal(&self, play: &Play) -> Rehearsal {
        let scenario = self.scenario.clone();
        let (world, ledger) = (Arc::clone(&self.world), self.folder.path(LEDGER));
        let epilogue = move || {
            let world = world.lock().unwrap_or_else(PoisonError::into_inner);
            epilogue::words(&scenario, &world, &ledger)
        };
        let story = Story {
            name: Printable::from(&*self.scenario.name),
            title: Printable::from(&*self.scenario.title),
            paragraphs: self.scenario.story.split("\n\n").map(Printable::from).collect(),
            speed: play.speed,
        };
        Rehearsal { story, clock: self.clock, begin: self.beginning(), epilogue: Box::new(epilogue) }
    }
}

/// Gathers what a scenario tells beside its cluster.
fn told(scenario: &Scenario, world: &World, seed: u64) -> Result<Told, ScenarioError> {
    Ok(Told {
        gate: scenario.gate().to_owned(),
        stories: scenario.stories(world, seed)?,
        workflows: scenario.workflows(world)?,
        seed,
    })
}

/// Plays a scenario on the screen until the person leaves; then says what came of it.
///
/// # Errors
/// One sentence on what stands in the way.
pub async fn run(config: &Config, play: &Play, slow_link: bool) -> Result<Ending, String> {
    let mut stage = Stage::set(play, None).await?;
    stage.folder.write(KUBECONFIG, &stage.served.kubeconfig())?;
    let config = stage.config(config)?;
    let wish = live::Wish { slow_link, rehearsal: Some(stage.rehearsal(play)), ..live::Wish::default() };
    // Until the screen is there, which listens for itself.
    let live = tokio::select! {
        biased;
        reason = stage.leave.wanted() => return Ok(Ending::Forced(reason)),
        live = live::open(&config, wish) => live?,
    };
    Ok(live.turn().await)
}

/// A scenario that is served to other programs.
pub struct Serving {
    stage: Stage,
}

/// Plays a scenario without a screen, for `kubectl` and others.
///
/// # Errors
/// One sentence on what stands in the way.
pub async fn serve(play: &Play) -> Result<Serving, String> {
    // Other programs tell ages by the machine's clock: for them it begins now.
    let now = Clock::Machine.now();
    let begins = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let stage = Stage::set(play, Some(begins)).await?;
    stage.beginning()();
    stage.folder.write(KUBECONFIG, &stage.served.kubeconfig_for_kubectl())?;
    Ok(Serving { stage })
}

impl Serving {
    /// Says how to reach it.
    pub fn words(&self) -> String {
        let beside = self.stage.beside.address();
        format!(
            "export KUBECONFIG={}\n# context {CONTEXT} at {}, scenario {}: {}\n{}# Ctrl-C ends it.\n",
            self.stage.folder.path(KUBECONFIG).display(),
            self.stage.served.url(),
            self.stage.scenario.name,
            self.stage.scenario.title,
            beside.map_or_else(String::new, |at| format!("# a Prometheus beside it at http://{at}\n")),
        )
    }

    /// Waits until somebody wants it to end.
    pub async fn until_wanted(&mut self) {
        self.stage.leave.wanted().await;
    }

    /// Ends it, and says what came of it.
    pub fn end(self) -> String {
        let world = self.stage.world.lock().unwrap_or_else(PoisonError::into_inner);
        epilogue::words(&self.stage.scenario, &world, &self.stage.folder.path(LEDGER))
    }
}

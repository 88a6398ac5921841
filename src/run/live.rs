//! Owns how a session on the screen is put together: from a configuration to a running loop.
//!
//! It opens the edges in the order in which they can fail with a sentence: cluster, ledger, looks, and the terminal
//! last, so that every sentence still reaches the shell. It never runs an operation.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::orders::Clerk;
use super::prober::Lookout;
use super::proposals::Porter;
use super::runs::OfCluster;
use super::{Book, Edges, Ending, Loop, Sources, Stage, farewell};
use crate::app::gates::Gates;
use crate::app::session::{Origin, Service, Story};
use crate::app::{App, Session};
use crate::clock::Clock;
use crate::cluster::Clients;
use crate::cluster::dispatch::Dispatcher;
use crate::cluster::identity::{Identity, Transport};
use crate::cluster::watch::{Pace as WatchPace, Scope, Watch};
use crate::config::{Colour, Config, Environment, Glyphs as WantedGlyphs};
use crate::dump::Dump;
use crate::evidence::Evidence;
use crate::keymap::{Keymap, Spelling};
use crate::ledger::Ledger;
use crate::rollout::delta::Delta;
use crate::terminal::{Inputs, Link, Options, Pace, Signals, Surface};
use crate::text::Printable;
use crate::theme::{Builtin, Charset, Depth, Environment as Looking, Glyphs, Theme};
use crate::view::Looks;

pub mod actor;
mod dumped;
mod past;
pub mod promotions;

/// Deltas that may wait for the loop; a burst beyond it waits in the connection.
const DELTAS: usize = 4096;
/// Answers that may wait for the loop.
const REPLIES: usize = 256;
/// Sights of integrations that may wait for the loop; who looks waits then.
const SIGHTS: usize = 256;

/// Canaries whose evidence may wait for the loop; who gathers waits then.
const GATHERED: usize = 16;

/// How to run on the screen.
#[derive(Default)]
pub struct Wish<'a> {
    /// A dump to show instead of a cluster.
    pub from: Option<&'a Path>,
    /// The time of a dump.
    pub now: Option<Timestamp>,
    /// Whether the link is declared slow.
    pub slow_link: bool,
    /// What is rehearsed; nothing outside of a demo.
    pub rehearsal: Option<Rehearsal>,
}

/// What is rehearsed on the screen.
pub struct Rehearsal {
    /// The story that is told.
    pub story: Story,
    /// The time in which it happens.
    pub clock: Clock,
    /// Lets it begin, once the story has been read.
    pub begin: super::Begin,
    /// Says, after the screen is gone, what came of it.
    pub epilogue: Box<dyn FnOnce() -> String + Send>,
}

/// A session that stands on the screen.
pub struct Live {
    turning: Loop,
    epilogue: Option<Box<dyn FnOnce() -> String + Send>>,
}

/// Runs on the screen until the person leaves; returns how it ended.
///
/// # Errors
/// One sentence on what stands in the way, and what to do.
pub async fn run(config: &Config, wish: Wish<'_>) -> Result<Ending, String> {
    Ok(open(config, wish).await?.turn().await)
}

/// Opens everything, the screen last.
///
/// # Errors
/// One sentence on what stands in the way, and what to do.
pub async fn open(config: &Config, wish: Wish<'_>) -> Result<Live, String> {
    let keymap = keymap(config)?;
    let (looks, spelling) = looks(config)?;
    let clock = clock(&wish);
    let (delta_sender, deltas) = mpsc::channel(DELTAS);
    let (replies_sender, replies) = mpsc::channel(REPLIES);
    let (sights_sender, sights) = mpsc::channel(SIGHTS);
    let (gathered_sender, gathered) = mpsc::channel(GATHERED);
    let (session, mut edges, unrecorded, book) = match wish.from {
        Some(path) => {
            let dump = Dump::read(path, &mut io::stdin().lock() as &mut dyn Read)
                .map_err(|error| error.to_string())?;
            tokio::spawn(dumped::tell(dump, delta_sender, wish.now, config.connection.namespaces.clone()));
            let no_ledger = Printable::ours("a dump has no ledger");
            let edges = Edges::new(None, None, Err(no_ledger), replies_sender);
            (dump_session(path, wish.now.is_some()), edges, None, Book::default())
        }
        None => {
            let (session, mut edges, unrecorded, book, clients) =
                cluster(config, &wish, delta_sender, replies_sender).await?;
            let policy = config.policy.clone();
            let runs = Arc::new(OfCluster(clients.clone()));
            let evidence = Evidence::new(config.services.clone(), clock).reading(runs);
            let (sights, gathered) = (sights_sender, gathered_sender);
            let lookout = Lookout { clients, evidence, policy, sights, gathered, clock };
            edges.probe(lookout, unrecorded.clone());
            (session, edges, unrecorded, book)
        }
    };
    let mut app = App::new(session, keymap);
    if wish.from.is_none() {
        past::recall(&mut app, config);
    }
    app.unrecorded = unrecorded;
    app.gates = Gates::by((*config.gates.shelf).clone());
    let clerk = if wish.from.is_none() { clerk(config, clock) } else { None };
    let porter = if wish.from.is_none() { porter(config, clock) } else { None };
    if wish.from.is_none() && wish.rehearsal.is_none() {
        promotions::follow(&mut app, &mut edges, config);
    }
    let (surface, inputs, signals) = terminal(config)?;
    app.size =
        rustix::termios::tcgetwinsize(io::stdout()).map_or((80, 24), |size| (size.ws_col, size.ws_row));
    let pace = Pace::new(if wish.slow_link { Link::Slow } else { Link::Normal });
    let (begin, epilogue) = wish.rehearsal.map(|it| (it.begin, it.epilogue)).unzip();
    let stage = Stage { surface, looks, spelling, pace, clock, begin };
    let sources = Sources { inputs, signals, deltas, replies, clerk, porter, sights, gathered };
    let turning = Loop::new(app, stage, sources, edges.in_time_of(clock)).kept_by(book);
    Ok(Live { turning, epilogue })
}

/// Takes the terminal.
fn terminal(config: &Config) -> Result<(Surface, Inputs, Signals), String> {
    let options = Options { bell: config.bell, ..Options::choose(|name| std::env::var(name).ok()) };
    Surface::open(options).map_err(|error| {
        format!("The screen needs a terminal ({error}); without one use `rollgate list`, `get` or `status`.")
    })
}

impl Live {
    /// Turns until the person leaves, and gives the terminal back with the last words on it.
    pub async fn turn(self) -> Ending {
        let Self { mut turning, epilogue } = self;
        let ending = turning.turn().await;
        let last_words = farewell(&turning.app, ending);
        turning.surface.close(&match epilogue {
            Some(epilogue) => last_words + &epilogue(),
            None => last_words,
        });
        ending
    }
}

/// In which time the program lives: that of the rehearsal, or of a dump, or the machine's.
fn clock(wish: &Wish<'_>) -> Clock {
    match (&wish.rehearsal, wish.from.and(wish.now)) {
        (Some(rehearsal), _) => rehearsal.clock,
        (None, Some(now)) => Clock::Still(now),
        (None, None) => Clock::Machine,
    }
}

fn dump_session(path: &Path, dated: bool) -> Session {
    Session {
        context: "dump".into(),
        server: Printable::default(),
        user: Printable::default(),
        namespaces: Vec::new(),
        policy: Arc::default(),
        role: None,
        service: None,
        origin: Origin::Dump { path: Printable::from(path.display().to_string()), dated },
        caution: None,
        actor: actor::observed(),
        seed: seed(),
        story: None,
    }
}

/// How long the server may take to say who the user is, before the kubeconfig's name is used.
const WHO_AM_I: Duration = Duration::from_secs(2);

async fn cluster(
    config: &Config,
    wish: &Wish<'_>,
    deltas: mpsc::Sender<Delta>,
    replies: super::edges::Replies,
) -> Result<(Session, Edges, Option<Printable>, Book, Clients), String> {
    let connection = &config.connection;
    // What is inside this program is reached directly, whatever proxies there are.
    let environment =
        if wish.rehearsal.is_some() { Environment::default() } else { Environment::of_process() };
    let clients = Clients::connect(connection, &environment).await.map_err(|error| error.to_string())?;
    // The screen is for the whole fleet: without -n it shows all namespaces.
    let scope =
        if connection.namespaces.is_empty() { Scope::All } else { Scope::of(connection, clients.identity()) };
    let watch = Watch::start(&clients, &scope, WatchPace::by(clock(wish)), deltas);
    let dispatcher = Dispatcher::new(&clients, &config.policy).map(Arc::new);
    let (ledger, book) = record(config, wish, dispatcher.is_some())?;
    let unrecorded = ledger.as_ref().err().filter(|_| dispatcher.is_some()).cloned();
    // What cannot be recorded cannot be sent either: then what sends is not even there.
    let dispatcher = dispatcher.filter(|_| ledger.is_ok());
    let session = Session {
        user: user(&clients, config).await,
        namespaces: match scope {
            Scope::All => Vec::new(),
            Scope::Namespaces(named) => named,
        },
        ..session(clients.identity(), config, wish.rehearsal.as_ref())
    };
    let mut edges = Edges::new(Some(watch), dispatcher, ledger, replies);
    // A demo's configuration names the one beside its cluster, or none.
    let service = config.services.policy_service.iter().cloned();
    service.for_each(|service| edges.carry_to(service, &config.policy));
    if wish.rehearsal.is_none() {
        edges.recover(session.user.clone());
    }
    Ok((session, edges, unrecorded, book, clients))
}

/// Opens the record, and who keeps what is seen; without one, says why nothing can be ordered.
fn record(
    config: &Config,
    wish: &Wish<'_>,
    may_write: bool,
) -> Result<(Result<Ledger, Printable>, Book), String> {
    let ledger = ledger(config);
    if !may_write {
        return Ok((Err(Printable::ours("this session may only read")), Book::alone(ledger)));
    }
    // A demo is there to be acted in: without a record it would be none.
    if let (Err(why), Some(_)) = (&ledger, &wish.rehearsal) {
        return Err(format!("{why} {}", super::demo::ADVICE));
    }
    let ledger = ledger.map_err(|why| {
        Printable::from(format!(
            "Nothing can be ordered, only read: {why}. Start rollgate again once that is mended."
        ))
    });
    let book = match &ledger {
        Ok(ledger) => Book::beside_orders(ledger),
        Err(why) => Book::alone(Err(why.to_string())),
    };
    Ok((ledger, book))
}

/// Has somebody look for orders that need a person; they are read once at the start.
fn clerk(config: &Config, clock: Clock) -> Option<Clerk> {
    let path = config.ledger.clone().or_else(crate::ledger::default_path)?;
    let clerk = Clerk::start(path, clock).ok()?;
    clerk.look();
    Some(clerk)
}

/// Has somebody look for what agents propose.
fn porter(config: &Config, clock: Clock) -> Option<Porter> {
    let path = config.ledger.clone().or_else(crate::ledger::default_path)?;
    Porter::start(path, clock).ok()
}

fn session(who: &Identity, config: &Config, rehearsal: Option<&Rehearsal>) -> Session {
    let caution = match (who.transport, &who.login) {
        _ if rehearsal.is_some() => None,
        (Transport::Unverified, _) => Some("TLS not verified"),
        (Transport::Plain, _) => Some("no TLS"),
        (Transport::Verified, _) => None,
    };
    Session {
        context: who.context.as_str().into(),
        server: who.server.clone(),
        user: who.user.clone(),
        namespaces: Vec::new(),
        policy: config.policy.clone(),
        role: config.role.clone(),
        service: service(config),
        origin: Origin::Cluster,
        caution: caution.map(Printable::ours),
        actor: actor::observed(),
        seed: seed(),
        story: rehearsal.map(|rehearsal| rehearsal.story.clone()),
    }
}

/// Names the policy service to which errands go.
fn service(config: &Config) -> Option<Service> {
    let service = config.services.policy_service.as_ref()?;
    let url = Printable::from(service.reach.to_string());
    Some(Service { url, tenant: Printable::from(service.tenant.as_str()) })
}

/// Names the user as the server does where operations may be ordered; reading alone need not wait for that.
async fn user(clients: &Clients, config: &Config) -> Printable {
    let known = clients.identity().user.clone();
    if config.policy.is_read_only() {
        return known;
    }
    match tokio::time::timeout(WHO_AM_I, clients.reviewed_user()).await {
        Ok(Ok(reviewed)) => reviewed,
        Ok(Err(_)) | Err(_) => known,
    }
}

fn ledger(config: &Config) -> Result<Ledger, String> {
    let path = config.ledger.clone().or_else(crate::ledger::default_path);
    let path = path.ok_or("there is no home folder for the ledger: name a file with --ledger")?;
    Ledger::open(&path).map_err(|error| error.to_string())
}

fn seed() -> [u8; 16] {
    uuid::Uuid::now_v7().into_bytes()
}

fn keymap(config: &Config) -> Result<Keymap, String> {
    let chosen = config.keys.iter().map(|(name, keys)| (name.as_str(), keys.join(" ")));
    Keymap::with_overrides(chosen)
        .map_err(|error| format!("The keys in the configuration do not work: {error}"))
}

fn looks(config: &Config) -> Result<(Looks, Spelling), String> {
    let environment = Looking::read(|name| std::env::var(name).ok());
    let asked = match config.colour {
        Colour::Auto => None,
        Colour::Never => Some(Depth::Mono),
        Colour::Sixteen | Colour::Palette => Some(Depth::Ansi16),
        Colour::True => Some(Depth::TrueColor),
    };
    let depth = Depth::choose(asked, None, &environment).map_err(|error| error.to_string())?;
    let charset = Charset::choose(config.glyphs == WantedGlyphs::Ascii, &environment);
    let theme = match config.theme.as_deref() {
        None => Theme::builtin(Builtin::default(), depth).map_err(|error| error.to_string()),
        Some(name) => match Builtin::named(name) {
            Some(theme) => Theme::builtin(theme, depth).map_err(|error| error.to_string()),
            None => own_theme(name, depth),
        },
    }?;
    let spelling = if charset == Charset::Ascii { Spelling::Ascii } else { Spelling::Utf8 };
    Ok((Looks { theme, glyphs: Glyphs::of(charset) }, spelling))
}

fn own_theme(path: &str, depth: Depth) -> Result<Theme, String> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!("There is no theme `{path}`: name dark, light, mono, or a file ({error}).")
    })?;
    Theme::parse(&text, depth).map_err(|error| format!("{path}: {error}"))
}

//! Owns looking, without writing: whether what a person relies on is there, as far as the API server can be asked.
//!
//! One schedule ([`agenda`]) for everything that the [`Wish`] names, one bucket of tokens for all requests, at most two at
//! once, on a connection of their own. It never judges what it saw, and never changes anything: what it sends are reads,
//! access reviews, and in [`trial`] a change that the server is told not to store. Invariants: no more than 120 requests
//! leave in a minute, ten at once; nothing is asked while nobody looks; a server that hangs holds two looks, for 5 s each.
//! Price: 11 requests a minute for one namespace with one traffic object, 100 for 200 namespaces with ten.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::capability::Sight;
use crate::capability::wish::{Attention, Wish};
use crate::clock::Clock;

use super::client::Clients;

mod admission;
mod agenda;
mod bucket;
mod controller;
mod dice;
mod eye;
mod known;
mod notifying;
mod providers;
mod rights;
mod skew;
mod topic;
mod traffic;
pub mod trial;

pub use trial::try_run;

use agenda::{Agenda, Next, Outcome};
use eye::Eye;
use topic::Topic;

/// Looks under way at once.
const AT_ONCE: usize = 2;

/// What was seen, and when.
pub type Seen = (Sight, Timestamp);

/// Looking at one cluster, for as long as this is kept; ends when dropped.
pub struct Probe {
    _tasks: JoinSet<()>,
}

impl Probe {
    /// Begins to look at what is wished, again and again; must be called within a tokio runtime.
    ///
    /// Ends when the other end of `wish` or of `sights` is gone. A full channel holds looks back and loses nothing.
    pub fn start(
        clients: &Clients,
        wish: watch::Receiver<Wish>,
        sights: mpsc::Sender<Seen>,
        clock: Clock,
    ) -> Self {
        let eye = Arc::new(Eye::new(clients.clone(), clock));
        let agenda = Agenda::new(clock.speed(), uuid::Uuid::now_v7().as_u64_pair().1);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_looking(eye, agenda, wish, sights));
        Self { _tasks: tasks }
    }
}

/// Looks once at everything that is wished, whatever the wish says of attention, and returns what was seen.
///
/// Takes as long as the bucket and the server make it; a caller that is in a hurry drops it, or reads `sights` meanwhile.
pub async fn look_once(clients: &Clients, wish: &Wish, sights: mpsc::Sender<Seen>, clock: Clock) {
    let eye = Arc::new(Eye::new(clients.clone(), clock));
    let wish = Wish { attention: Attention::Glance, ..wish.clone() };
    eye.take(&wish);
    let mut topics = Topic::of(&wish).into_iter().filter(|topic| *topic != Topic::Clock);
    let mut looks = JoinSet::new();
    loop {
        while looks.len() < AT_ONCE
            && let Some(topic) = topics.next()
        {
            looks.spawn(look(Arc::clone(&eye), topic, sights.clone()));
        }
        if looks.join_next().await.is_none() {
            break;
        }
    }
    look(eye, Topic::Clock, sights).await;
}

async fn keep_looking(
    eye: Arc<Eye>,
    mut agenda: Agenda,
    mut wish: watch::Receiver<Wish>,
    sights: mpsc::Sender<Seen>,
) {
    let began = Instant::now();
    let mut looks = JoinSet::new();
    let first = wish.borrow_and_update().clone();
    eye.take(&first);
    agenda.wish(&first, Duration::ZERO);
    loop {
        let mut until = None;
        while looks.len() < AT_ONCE {
            match agenda.next(began.elapsed(), looks.len()) {
                Next::Look(topic) => {
                    looks.spawn(look(Arc::clone(&eye), topic, sights.clone()));
                }
                Next::Wait(at) => {
                    until = Some(began + at);
                    break;
                }
                Next::Nothing => break,
            }
        }
        tokio::select! {
            changed = wish.changed() => {
                if changed.is_err() {
                    return;
                }
                let wish = wish.borrow_and_update().clone();
                eye.take(&wish);
                agenda.wish(&wish, began.elapsed());
            }
            Some(ended) = looks.join_next() => {
                if let Ok((topic, outcome)) = ended {
                    agenda.ended(&topic, outcome, began.elapsed());
                }
            }
            () = sights.closed() => return,
            () = sleep_until(until.unwrap_or(began)), if until.is_some() => {}
        }
    }
}

/// Looks at one thing and tells what was seen.
async fn look(eye: Arc<Eye>, topic: Topic, sights: mpsc::Sender<Seen>) -> (Topic, Outcome) {
    let view = eye.view();
    let seen = match &topic {
        Topic::Controllers => controller::deployments(&view).await,
        Topic::Lease => controller::lease(&view).await,
        Topic::Clock => skew::measured(&view),
        Topic::Rights(namespace) => rights::of(&view, namespace).await,
        Topic::Traffic(key, object) => traffic::split(&view, key, object).await,
        Topic::Admission => admission::who(&view).await,
        Topic::Notifying => notifying::configured(&view).await,
        Topic::Providers(namespace) => providers::named(&view, namespace).await,
    };
    let at = eye.now();
    for sight in seen {
        // Where nobody listens any more, the schedule ends too.
        if sights.send((sight, at)).await.is_err() {
            break;
        }
    }
    (topic, view.outcome())
}

//! Owns what carries out effects: the watch, the dispatcher, the ledger.
//!
//! It runs commands as they are and passes answers back; it never decides, retries or waits in the loop. Invariant:
//! a dispatch is handed on once, by value; without a dispatcher or a ledger it is answered as not sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::app::choosing::templates::Study;
use crate::app::{self, choosing::Templates};
use crate::capability::wish::Wish;
use crate::clock::Clock;
use crate::cluster::dispatch::Dispatcher;
use crate::cluster::fault::Fault;
use crate::cluster::watch::{Detail, Watch};
use crate::config::services::PolicyService;
use crate::evidence::Errands;
use crate::gate;
use crate::ledger::open::FINAL;
use crate::ledger::{Head, Ledger};
use crate::operation::entry::ANNOUNCED;
use crate::operation::life::Announced;
use crate::operation::{
    Announcement, Answer, Command, Dispatch, Entry, Event, Id, Mark, Policy, Reading, Rehearsal, Site,
    SiteReading, errand,
};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;

use super::courier::Courier;
use super::live::promotions::Following;
use super::prober::{Lookout, Prober};
use super::recording::Record;
use super::recovery::Recovery;

/// What was read of a Rollout's templates.
pub type Studied = (Key, Result<Templates, Printable>);

/// Where answers go: the operation and what happened to it.
pub type Replies = Sender<(Id, Event)>;

/// Least time between two wishes to ask the cluster again.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(1);
/// How long a read that resolves a doubt may take; the operation asks again after that.
const READ_LIMIT: Duration = Duration::from_secs(14);
/// Least time that the ledger is given to write what it was handed, however late it is.
const LAST_ROWS: Duration = Duration::from_millis(500);

/// The ledger's heads with the acknowledgements of orders that are on their way, or with what was recorded of them since.
#[derive(Clone, Default)]
struct Heads(Arc<Mutex<HashMap<Id, Head>>>);

impl Heads {
    fn put(&self, id: Id, head: Head) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, head);
    }

    fn of(&self, id: &Id) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).map(Head::short)
    }

    fn forget(&self, id: &Id) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// What carries out effects.
pub struct Edges {
    watch: Option<Watch>,
    dispatcher: Option<Arc<Dispatcher>>,
    ledger: Result<Arc<Ledger>, Printable>,
    replies: Replies,
    clock: Clock,
    tasks: JoinSet<()>,
    /// Looks after what another run of the program left.
    recovery: Option<JoinHandle<usize>>,
    heads: Heads,
    study: Option<JoinHandle<Studied>>,
    refreshed: Option<Instant>,
    /// What is to be looked at.
    wishes: watch::Sender<Wish>,
    /// What is to be gathered for gates.
    gathering: watch::Sender<gate::wish::Wish>,
    prober: Option<Prober>,
    promotions: Option<Following>,
    courier: Courier,
}

impl Edges {
    /// Puts edges together; a dump has neither watch nor dispatcher.
    pub fn new(
        watch: Option<Watch>,
        dispatcher: Option<Arc<Dispatcher>>,
        ledger: Result<Ledger, Printable>,
        replies: Replies,
    ) -> Self {
        Self {
            watch,
            dispatcher,
            ledger: ledger.map(Arc::new),
            replies,
            clock: Clock::default(),
            tasks: JoinSet::new(),
            recovery: None,
            heads: Heads::default(),
            study: None,
            refreshed: None,
            wishes: watch::Sender::default(),
            gathering: watch::Sender::default(),
            prober: None,
            promotions: None,
            courier: Courier::default(),
        }
    }

    /// Has errands that this policy allows carried to this policy service, unless nothing may be ordered or recorded.
    pub fn carry_to(&mut self, service: PolicyService, policy: &Arc<Policy>) {
        if self.dispatcher.is_some() && self.ledger.is_ok() {
            self.courier.go_to(Arc::new(Errands::new(service, policy.clone())));
        }
    }

    /// Has what another run of the program left without an end looked after, beside everything else.
    pub fn recover(&mut self, user: Printable) {
        if let (Some(dispatcher), Ok(ledger)) = (&self.dispatcher, &self.ledger) {
            let recovery = Recovery::new(dispatcher.clone(), ledger.clone(), user);
            let recovery = recovery.asking(self.courier.service());
            self.recovery = Some(tokio::spawn(recovery.run()));
        }
    }

    /// Has integrations looked at, as far as that is wished; `unrecorded` says why there is no ledger where one is wanted.
    pub fn probe(&mut self, lookout: Lookout, unrecorded: Option<Printable>) {
        let ledger = self.ledger.as_ref().ok();
        let record = Record {
            path: ledger.map(|ledger| ledger.path().to_owned()),
            ledger: ledger.map(Arc::downgrade).unwrap_or_default(),
            unrecorded,
        };
        self.prober = Some(Prober::start(lookout, (&self.wishes, &self.gathering), record));
    }

    /// Has promotions that other runs of the program record told of.
    pub fn follow(&mut self, promotions: Following) {
        self.promotions = Some(promotions);
    }

    /// Takes the promotions that were recorded since this was last asked; never waits.
    pub fn promoted(&self) -> impl Iterator<Item = (Key, Timestamp)> {
        self.promotions.iter().flat_map(Following::news)
    }

    /// Has them live in another time than the machine's.
    pub fn in_time_of(self, clock: Clock) -> Self {
        Self { clock, courier: self.courier.in_time_of(clock), ..self }
    }

    /// Watches what belongs to a Rollout.
    pub fn open(&mut self, rollout: &Rollout) {
        if let Some(watch) = &self.watch {
            watch.open(Detail {
                key: rollout.meta.key.clone(),
                match_labels: rollout.spec.match_labels.clone(),
                workload_ref: rollout.spec.workload_ref.clone(),
            });
        }
    }

    /// Stops watching what belongs to a Rollout.
    pub fn close(&mut self) {
        if let Some(watch) = &self.watch {
            watch.close();
        }
    }

    /// Asks the cluster again now, at most once a second however long the key is held.
    pub fn refresh(&mut self) {
        let now = Instant::now();
        if self.refreshed.replace(now).is_some_and(|last| now.duration_since(last) < BETWEEN_REFRESHES) {
            return;
        }
        if let Some(watch) = &mut self.watch {
            watch.retry();
        }
    }

    /// Carries out what an operation wants.
    pub fn order(&mut self, command: Command) {
        while self.tasks.try_join_next().is_some() {}
        match command {
            Command::Record(entry) => self.record(*entry),
            Command::Send(dispatch) => self.send(*dispatch),
            Command::Announce(announcement) => self.announce(*announcement),
            Command::Read { id, key, site: None } => self.read(id, key),
            Command::Read { id, key, site: Some(site) } => self.read_site(id, key, site),
        }
    }

    /// Reads the templates of a Rollout; what was being read before is forgotten.
    pub fn study(&mut self, uid: Arc<str>, study: Study) {
        if let Some(before) = self.study.take() {
            before.abort();
        }
        let dispatcher = self.dispatcher.clone();
        self.study = Some(tokio::spawn(async move {
            let read = tokio::time::timeout(READ_LIMIT, studied(dispatcher, &uid, &study)).await;
            let late = || Err(Printable::ours("The API server did not answer in time. Choose it again."));
            (study.key, read.unwrap_or_else(|_| late()))
        }));
    }

    /// Carries out what an errand wants.
    pub fn errand(&mut self, id: Id, command: errand::Command) {
        self.courier.carry(id, command, &self.ledger);
    }

    /// Reads the newest runs of a workflow; what was being read before is forgotten.
    pub fn read_runs(&mut self, key: Key, workflow: Arc<str>) {
        self.courier.read_runs(key, workflow);
    }

    /// Waits for what came of an errand's command, or for what is being read; for ever where nothing is.
    pub async fn next_told(&mut self) -> app::Event {
        let study = &mut self.study;
        let studied = async {
            match study.as_mut() {
                Some(read) => read.await.ok(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = self.courier.next() => return event,
            read = studied => {
                *study = None;
                if let Some((key, read)) = read {
                    return app::Event::Studied(key, Box::new(read));
                }
            }
        }
        std::future::pending().await
    }

    /// Has integrations looked at as wished from now on.
    pub fn look(&mut self, wish: Wish) {
        self.wishes.send_replace(match &self.prober {
            Some(prober) => prober.askable(wish),
            None => wish,
        });
    }

    /// Has evidence gathered as wished from now on.
    pub fn gather(&mut self, wish: gate::wish::Wish) {
        self.gathering.send_replace(wish);
    }

    /// Has a request sent as a dry run.
    pub fn try_out(&mut self, rehearsal: Rehearsal) {
        if let Some(prober) = &mut self.prober {
            prober.try_out(rehearsal);
        }
    }

    /// Waits for what is under way, but no longer than until then, and closes the ledger.
    pub async fn settle(&mut self, until: Instant) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout_at(until.into(), all).await;
        self.courier.settle(until).await;
        // What it did not come to is left for the next start.
        if let Some(recovery) = self.recovery.take() {
            recovery.abort();
            let _ = recovery.await;
        }
        self.prober = None;
        let left = until.saturating_duration_since(Instant::now()).max(LAST_ROWS);
        if let Ok(ledger) =
            std::mem::replace(&mut self.ledger, Err(Printable::ours("the program is leaving")))
            && let Some(ledger) = Arc::into_inner(ledger)
        {
            ledger.close(left);
        }
    }

    fn record(&mut self, entry: Entry) {
        let (id, number, replies) = (entry.operation.clone(), entry.number, self.replies.clone());
        let whose = id.clone();
        let told = move |event| {
            // The loop takes replies before anything else, so that room is there; without a loop nobody waits.
            let _ = replies.try_send((whose, event));
        };
        let over = FINAL.contains(&&*entry.event) || &*entry.event == ANNOUNCED;
        if over {
            self.heads.forget(&id);
        }
        let heads = (!over).then(|| (self.heads.clone(), id));
        match &self.ledger {
            Ok(ledger) => ledger.append(entry, move |result| {
                told(match result {
                    Ok(head) => {
                        // Before it is told, since what is told lets the order go.
                        heads.into_iter().for_each(|(heads, id)| heads.put(id, head));
                        Event::Recorded { entry: number }
                    }
                    Err(why) => Event::RecordFailed { entry: number, why: Printable::from(why.to_string()) },
                });
            }),
            Err(why) => told(Event::RecordFailed { entry: number, why: why.clone() }),
        }
    }

    fn send(&mut self, dispatch: Dispatch) {
        let (id, replies, dispatcher) =
            (dispatch.id().clone(), self.replies.clone(), self.dispatcher.clone());
        let (clock, head) = (self.clock, self.heads.of(&id));
        self.tasks.spawn(async move {
            let _ = replies.send((id.clone(), Event::Sending)).await;
            let sent = match dispatcher {
                Some(dispatcher) => dispatcher.send(dispatch, clock.now(), head.as_deref()).await,
                None => Ok(Answer::Refused { code: 0, why: Printable::ours("this session may only read") }),
            };
            let event = match sent {
                Ok(answer) => Event::Answered(answer),
                Err(undelivered) => Event::Undelivered(undelivered, dice()),
            };
            let _ = replies.send((id, event)).await;
        });
    }

    fn announce(&mut self, announcement: Announcement) {
        let id = announcement.id().clone();
        let (replies, dispatcher) = (self.replies.clone(), self.dispatcher.clone());
        let head = self.heads.of(&id);
        self.heads.forget(&id);
        self.tasks.spawn(async move {
            let announced = match dispatcher {
                Some(dispatcher) => dispatcher.announce(&announcement, head.as_deref()).await,
                None => Announced::Failed { why: Printable::ours("this session may only read") },
            };
            let _ = replies.send((id, Event::Announced(announced))).await;
        });
    }

    fn read(&mut self, id: Id, key: Key) {
        let (Some(dispatcher), replies) = (self.dispatcher.clone(), self.replies.clone()) else {
            return;
        };
        self.tasks.spawn(async move {
            let event = match tokio::time::timeout(READ_LIMIT, dispatcher.read(&key)).await {
                Ok(Ok(Some((rollout, object)))) => {
                    Event::Seen(Box::new(Reading::read(&rollout, Mark::of(&id, &object))))
                }
                Ok(Ok(None)) => Event::Deleted,
                Ok(Err(why)) => Event::ReadFailed { why: Printable::from(why.to_string()) },
                Err(_) => Event::ReadFailed { why: Printable::ours("the API server did not answer in time") },
            };
            let _ = replies.send((id, event)).await;
        });
    }

    fn read_site(&mut self, id: Id, key: Key, site: Site) {
        let (Some(dispatcher), replies) = (self.dispatcher.clone(), self.replies.clone()) else {
            return;
        };
        self.tasks.spawn(async move {
            let asked = dispatcher.read_site(&key.namespace, &site);
            let event = match tokio::time::timeout(READ_LIMIT, asked).await {
                Ok(Ok(Some(object))) => match SiteReading::read(&object, Mark::of(&id, &object)) {
                    Some(reading) => Event::SeenSite(Box::new(reading)),
                    None => Event::ReadFailed { why: Printable::ours("the answer is not the object") },
                },
                Ok(Ok(None)) => Event::SiteGone,
                Ok(Err(why)) => Event::ReadFailed { why: Printable::from(why.to_string()) },
                Err(_) => Event::ReadFailed { why: Printable::ours("the API server did not answer in time") },
            };
            let _ = replies.send((id, event)).await;
        });
    }
}

/// Throws dice: the last bits of a new UUID are random (RFC 9562 §5.7).
fn dice() -> u32 {
    let [.., a, b, c, d] = uuid::Uuid::now_v7().into_bytes();
    u32::from_be_bytes([a, b, c, d])
}

async fn studied(
    dispatcher: Option<Arc<Dispatcher>>,
    uid: &str,
    study: &Study,
) -> Result<Templates, Printable> {
    let dispatcher = dispatcher.ok_or_else(|| Printable::ours("This session may only read."))?;
    let namespace = &study.key.namespace;
    let failed = |why: Fault| Printable::from(format!("The templates could not be read: {why}."));
    let holder = dispatcher.read_site(namespace, &study.holder).await.map_err(failed)?;
    let gone = || Printable::ours("What holds the pod template is not there.");
    let holder = holder.ok_or_else(gone)?;
    let mut sets = Vec::new();
    for site in &study.sets {
        sets.extend(dispatcher.read_site(namespace, site).await.map_err(failed)?);
    }
    Templates::of(uid, &holder, &sets).ok_or_else(|| Printable::ours("What was read holds no pod template."))
}

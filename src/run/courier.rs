//! Owns what carries out the commands of errands: one post each to the policy service, and the reading of its runs.
//!
//! It runs commands as they are, in the background, and tells what came of them; it never decides or repeats one. Invariants: a leave to
//! send is handed on once, by value; without a policy service it is answered as not sent; nobody in the loop waits for it.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::app;
use crate::clock::Clock;
use crate::evidence::Errands;
use crate::ledger::Ledger;
use crate::operation::errand::{Command, Dispatch, Event, Reply};
use crate::operation::{Entry, Id};
use crate::rollout::Key;
use crate::text::Printable;

/// Answers that may wait for the loop.
const TOLD: usize = 64;

/// Carries out what errands want.
pub struct Courier {
    service: Option<Arc<Errands>>,
    clock: Clock,
    tell: mpsc::Sender<app::Event>,
    told: mpsc::Receiver<app::Event>,
    tasks: JoinSet<()>,
    /// Reads the runs from which a person chooses.
    reading: Option<JoinHandle<()>>,
}

impl Default for Courier {
    fn default() -> Self {
        let (tell, told) = mpsc::channel(TOLD);
        let (clock, tasks) = (Clock::default(), JoinSet::new());
        Self { service: None, clock, tell, told, tasks, reading: None }
    }
}

impl Courier {
    /// Has it go to this policy service.
    pub(super) fn go_to(&mut self, service: Arc<Errands>) {
        self.service = Some(service);
    }

    /// Returns the policy service to which it goes.
    pub(super) fn service(&self) -> Option<Arc<Errands>> {
        self.service.clone()
    }

    /// Has it live in another time than the machine's.
    pub(super) fn in_time_of(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Carries out what an errand wants; what is to be recorded goes to this ledger.
    pub(super) fn carry(&mut self, id: Id, command: Command, ledger: &Result<Arc<Ledger>, Printable>) {
        while self.tasks.try_join_next().is_some() {}
        match command {
            Command::Record(entry) => self.record(*entry, ledger),
            Command::Send(dispatch) => self.send(id, *dispatch),
            Command::Read(run) => self.read(id, run),
            Command::List(workflow) => self.list(id, workflow),
        }
    }

    /// Reads the newest runs of a workflow for a person who chooses; what was being read before is forgotten.
    pub(super) fn read_runs(&mut self, key: Key, workflow: Arc<str>) {
        if let Some(before) = self.reading.take() {
            before.abort();
        }
        let (service, tell) = (self.service.clone(), self.tell.clone());
        self.reading = Some(tokio::spawn(async move {
            let read = match service {
                Some(service) => service.runs(&workflow).await,
                None => Err(Printable::ours("this session orders nothing of a policy service")),
            };
            let _ = tell.send(app::Event::Runs { key, workflow, read }).await;
        }));
    }

    /// Waits for what came of a command.
    pub(super) async fn next(&mut self) -> app::Event {
        match self.told.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// Waits for what is under way, but no longer than until then.
    pub(super) async fn settle(&mut self, until: Instant) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout_at(until.into(), all).await;
        self.tasks.abort_all();
        self.reading.iter().for_each(JoinHandle::abort);
    }

    fn record(&self, entry: Entry, ledger: &Result<Arc<Ledger>, Printable>) {
        let (id, number, tell) = (entry.operation.clone(), entry.number, self.tell.clone());
        let told = move |event| {
            // As for operations: there is room, and without a loop nobody waits.
            let _ = tell.try_send(app::Event::Errand(id, event));
        };
        match ledger {
            Ok(ledger) => ledger.append(entry, move |result| {
                told(match result {
                    Ok(_) => Event::Recorded { entry: number },
                    Err(why) => Event::RecordFailed { entry: number, why: Printable::from(why.to_string()) },
                });
            }),
            Err(why) => told(Event::RecordFailed { entry: number, why: why.clone() }),
        }
    }

    fn send(&mut self, id: Id, dispatch: Dispatch) {
        let (service, tell, clock) = (self.service.clone(), self.tell.clone(), self.clock);
        self.tasks.spawn(async move {
            let reply = match service {
                Some(service) => service.send(dispatch, clock.now()).await,
                None => {
                    let why = Printable::ours("this session orders nothing of a policy service");
                    Reply::Refused { code: 0, why }
                }
            };
            let _ = tell.send(app::Event::Errand(id, Event::Answered(reply))).await;
        });
    }

    fn read(&mut self, id: Id, run: Arc<str>) {
        let (Some(service), tell) = (self.service.clone(), self.tell.clone()) else { return };
        self.tasks.spawn(async move {
            // What cannot be read now is read again when the errand asks.
            if let Ok(run) = service.run(&run).await {
                let _ = tell.send(app::Event::Errand(id, Event::Seen(Box::new(run)))).await;
            }
        });
    }

    fn list(&mut self, id: Id, workflow: Arc<str>) {
        let (Some(service), tell) = (self.service.clone(), self.tell.clone()) else { return };
        self.tasks.spawn(async move {
            if let Ok(runs) = service.runs(&workflow).await {
                let _ = tell.send(app::Event::Errand(id, Event::Listed(runs))).await;
            }
        });
    }
}

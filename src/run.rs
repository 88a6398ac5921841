//! Owns the one loop: events in, one draw out, effects to the edges.
//!
//! ```text
//!   inputs ┐                                   ┌▶ surface (paced, one write a frame)
//!   replies┼─▶ app.update(event) ─▶ effects ─▶ ┤
//!   deltas ┘        (drained, keys first)      └▶ edges: watch, dispatch, ledger
//! ```
//! It decides nothing: what is meant is the app's, what is said the screen's, when to draw the pace's. Invariants: a
//! key never waits for more than one short batch of deltas; the app hears that a frame was drawn only when the
//! terminal has taken it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::Receiver;

use crate::app::{App, Effect, Event, Notice, Now, Shown};
use crate::capability::Sight;
use crate::clock::{self, Clock};
use crate::gate::wish::Gathered;
use crate::keymap::Spelling;
use crate::operation::{self, Id, errand};
use crate::rollout::delta::Delta;
use crate::screen;
use crate::terminal::{
    Cause, Drawn, Input, Inputs, Manner, Next, Pace, Reason, Signal, Signals, Surface, Suspended, Ticket,
};
use crate::view::{self, Looks};

mod book;
mod courier;
pub mod demo;
pub mod edges;
mod farewell;
pub mod live;
pub mod orders;
mod parts;
pub mod prober;
pub mod proposals;
pub mod recording;
pub mod recovery;
pub mod runs;

pub use book::Book;
pub use edges::Edges;
pub use farewell::farewell;
use orders::Clerk;
pub use parts::{Begin, Sources, Stage};
use proposals::{Porter, told_by};

/// Longest time that one batch of deltas may take before keys are looked at again.
const BATCH: Duration = Duration::from_millis(2);
/// Longest time that leaving waits for an answer that is still out.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The person left.
    Left,
    /// A signal, or the terminal is gone.
    Forced(Reason),
}

/// Everything that the loop turns.
pub struct Loop {
    /// Where the person is.
    pub app: App,
    /// The terminal.
    pub surface: Surface,
    /// How things look.
    pub looks: Looks,
    /// How keys are spelled.
    pub spelling: Spelling,
    /// When to draw.
    pub pace: Pace,
    /// Who runs effects.
    pub edges: Edges,
    /// Which time it lives in.
    pub clock: Clock,
    /// Lets the story of a demo begin.
    begin: Option<Begin>,
    book: Book,
    inputs: Inputs,
    signals: Signals,
    deltas: Receiver<Delta>,
    replies: Receiver<(Id, operation::Event)>,
    sights: Receiver<(Sight, Timestamp)>,
    gathered: Receiver<Gathered>,
    clerk: Option<Clerk>,
    porter: Option<Porter>,
    began: Instant,
    began_steadily: Duration,
    unseen: Option<(Ticket, Shown)>,
    next_change: Option<Instant>,
}

enum Woken {
    Signal(Signal),
    Input(Option<Input>),
    Reply(Option<(Id, operation::Event)>),
    Delta(Option<Delta>),
    Sight(Option<(Sight, Timestamp)>),
    Gathered(Box<Gathered>),
    Told(Event),
    Sent,
    Time,
}

impl Loop {
    /// Puts a loop together.
    pub fn new(app: App, stage: Stage, sources: Sources, edges: Edges) -> Self {
        let Stage { surface, looks, spelling, pace, clock, begin } = stage;
        let Sources { inputs, signals, deltas, replies, clerk, porter, sights, gathered } = sources;
        Self {
            app,
            surface,
            looks,
            spelling,
            pace,
            edges,
            clock,
            begin,
            book: Book::default(),
            inputs,
            signals,
            deltas,
            replies,
            sights,
            gathered,
            clerk,
            porter,
            began: Instant::now(),
            began_steadily: clock::steady(),
            unseen: None,
            next_change: None,
        }
    }

    /// Has what is seen kept.
    pub fn kept_by(self, book: Book) -> Self {
        Self { book, ..self }
    }

    /// Turns until the person leaves or the terminal is gone.
    pub async fn turn(&mut self) -> Ending {
        loop {
            let ended = match self.once().await {
                Ok(()) => continue,
                Err(ending) => ending,
            };
            self.last_words().await;
            return ended;
        }
    }

    async fn once(&mut self) -> Result<(), Ending> {
        for (key, at) in self.edges.promoted() {
            self.app.operations.remember_promotion(key, at);
        }
        let drained = self.drain().await;
        self.book.keep(&mut self.app.timeline);
        drained?;
        self.tick().await?;
        let next = self.pace.next(Instant::now(), self.surface.is_idle(), self.next_change);
        if next == Next::Draw {
            return self.draw().await;
        }
        match self.wait(next).await {
            Woken::Signal(Signal::Leave(reason)) => Err(Ending::Forced(reason)),
            Woken::Signal(Signal::Suspend) => self.suspend().await,
            Woken::Signal(Signal::Continued) => self.continued().await,
            Woken::Input(Some(input)) => self.input(input).await,
            Woken::Input(None) => Err(Ending::Forced(Reason::HungUp)),
            Woken::Reply(Some((id, event))) => self.reply(id, event).await,
            Woken::Told(event) => self.told(event).await,
            Woken::Delta(Some(delta)) => self.delta(delta).await,
            Woken::Sight(Some((sight, at))) => self.feed(Event::Sight(sight, at), Cause::Data).await,
            Woken::Gathered(gathered) => self.feed(Event::Gathered(gathered), Cause::Data).await,
            Woken::Reply(None) | Woken::Delta(None) | Woken::Sight(None) | Woken::Sent | Woken::Time => {
                Ok(())
            }
        }
    }

    async fn wait(&mut self, next: Next) -> Woken {
        let writer = self.surface.writer();
        let ticket = self.unseen.as_ref().map(|(ticket, _)| *ticket);
        let sent = async {
            match (ticket, next) {
                (Some(ticket), _) => writer.sent_up_to(ticket).await,
                (None, Next::AwaitWriter) => writer.idle().await,
                (None, _) => std::future::pending().await,
            }
        };
        let limit = self.limit(next);
        let time = async {
            match limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = self.signals.next() => Woken::Signal(signal),
            input = self.inputs.next() => Woken::Input(input),
            Some(reply) = self.replies.recv() => Woken::Reply(Some(reply)),
            event = self.edges.next_told() => Woken::Told(event),
            event = told_by(&mut self.clerk, &mut self.porter) => Woken::Told(event),
            () = sent => Woken::Sent,
            Some(delta) = self.deltas.recv() => Woken::Delta(Some(delta)),
            Some(sight) = self.sights.recv() => Woken::Sight(Some(sight)),
            Some(gathered) = self.gathered.recv() => Woken::Gathered(Box::new(gathered)),
            () = time => Woken::Time,
        }
    }

    fn limit(&self, next: Next) -> Option<Duration> {
        let frame = match next {
            Next::SleepUntil(until) => Some(until.saturating_duration_since(Instant::now())),
            _ => None,
        };
        frame.into_iter().chain(self.rest()).min()
    }

    /// How long the machine may rest before the app wants to be told the time.
    fn rest(&self) -> Option<Duration> {
        let wake = self.app.wake();
        let elapsed = self.began.elapsed();
        let keys = wake.keys.into_iter().chain(wake.health).map(|at| at.saturating_sub(elapsed));
        keys.chain(wake.orders.map(|at| self.clock.until(at))).min()
    }

    /// Takes what is waiting: keys and replies all, deltas as many as a short batch holds.
    async fn drain(&mut self) -> Result<(), Ending> {
        let begun = Instant::now();
        loop {
            while let Some(input) = self.inputs.take() {
                self.input(input).await?;
            }
            while let Ok((id, event)) = self.replies.try_recv() {
                self.reply(id, event).await?;
            }
            while let Ok((sight, at)) = self.sights.try_recv() {
                self.feed(Event::Sight(sight, at), Cause::Data).await?;
            }
            if let Ok(gathered) = self.gathered.try_recv() {
                // Each is judged, which takes a moment: one for each turn of this loop.
                self.feed(Event::Gathered(Box::new(gathered)), Cause::Data).await?;
            }
            let Ok(delta) = self.deltas.try_recv() else { return Ok(()) };
            self.delta(delta).await?;
            if begun.elapsed() >= BATCH {
                return Ok(());
            }
        }
    }

    async fn tick(&mut self) -> Result<(), Ending> {
        let surface = &self.surface;
        if let Some((_, shown)) = self.unseen.take_if(|(ticket, _)| surface.has_sent(*ticket)) {
            self.pace.wrote(surface.sent().took);
            self.feed(Event::Drawn(shown), Cause::Data).await?;
        }
        let due = self.rest().is_some_and(|wait| wait.is_zero());
        if due && self.inputs.are_quiet() {
            self.feed(Event::Tick, Cause::Key).await?;
        }
        Ok(())
    }

    async fn input(&mut self, input: Input) -> Result<(), Ending> {
        let event = match input {
            Input::Press(press) => {
                let mono = press.at.saturating_duration_since(self.began);
                let crowded = press.manner != Manner::Alone && self.app.solitary_keys().contains(&press.key);
                let event = if crowded { Event::CrowdedKey(press.key) } else { Event::Key(press.key) };
                return self.feed_at(event, Now { mono, ..self.now() }, Cause::Key).await;
            }
            Input::Paste(text) => Event::Paste(text),
            Input::Resize(columns, rows) => Event::Resize(columns, rows),
            Input::FocusGained => Event::Focus(true),
            Input::FocusLost => Event::Focus(false),
        };
        self.feed(event, Cause::Key).await
    }

    async fn reply(&mut self, id: Id, event: operation::Event) -> Result<(), Ending> {
        self.told(Event::Operation(id, event)).await
    }

    /// What is recorded of an order changes which orders need a person.
    async fn told(&mut self, event: Event) -> Result<(), Ending> {
        let recorded = matches!(
            event,
            Event::Operation(_, operation::Event::Recorded { .. })
                | Event::Errand(_, errand::Event::Recorded { .. })
        );
        self.clerk.iter().filter(|_| recorded).for_each(Clerk::look);
        self.feed(event, Cause::Key).await
    }

    /// That a list is complete is shown at once: somebody waits for it, and it happens rarely.
    async fn delta(&mut self, delta: Delta) -> Result<(), Ending> {
        let cause = if matches!(delta, Delta::Done(_)) { Cause::Key } else { Cause::Data };
        self.feed(Event::Delta(delta), cause).await
    }

    async fn feed(&mut self, event: Event, cause: Cause) -> Result<(), Ending> {
        self.feed_at(event, self.now(), cause).await
    }

    async fn feed_at(&mut self, event: Event, now: Now, cause: Cause) -> Result<(), Ending> {
        let effects = self.app.update(event, now);
        if self.app.is_dirty() {
            self.pace.touch(cause);
        }
        for effect in effects {
            self.effect(effect).await?;
        }
        Ok(())
    }

    async fn effect(&mut self, effect: Effect) -> Result<(), Ending> {
        match effect {
            Effect::Quit => return Err(Ending::Left),
            Effect::Suspend => return Box::pin(self.suspend()).await,
            Effect::Chime => self.surface.chime(),
            Effect::Redraw => self.surface.redraw_all().map_err(Ending::Forced)?,
            Effect::Copy(text) => {
                let said = match self.surface.copy(&text) {
                    Ok(()) => Notice::good("Handed to the terminal to copy; whether it did is not known."),
                    Err(error) => Notice::bad(error.to_string()),
                };
                self.app.notice = Some(said);
            }
            Effect::Open(key) => {
                if let Some(rollout) = self.app.store.rollout(&key) {
                    self.edges.open(rollout);
                }
            }
            Effect::Close => self.edges.close(),
            Effect::Refresh => self.edges.refresh(),
            Effect::Begin => {
                if let Some(begin) = self.begin.take() {
                    begin();
                }
            }
            Effect::Study(study) => {
                if let Some(rollout) = self.app.store.rollout(&study.key) {
                    self.edges.study(rollout.meta.uid.clone(), study);
                }
            }
            Effect::Order(command) => self.edges.order(command),
            Effect::ReadRuns { key, workflow } => self.edges.read_runs(key, workflow),
            Effect::Errand(id, command) => self.edges.errand(id, command),
            Effect::Look(wish) => self.edges.look(*wish),
            Effect::Try(rehearsal) => self.edges.try_out(*rehearsal),
            Effect::Gather(wish) => self.edges.gather(*wish),
            Effect::LookAtOrders => self.clerk.iter().for_each(Clerk::look),
            Effect::CloseOrder(id, reason) => {
                let user = self.app.session.user.clone();
                self.clerk.iter().for_each(|clerk| clerk.close(id.clone(), reason.clone(), user.clone()));
            }
            Effect::Decide(id, event) => {
                let user = self.app.session.user.clone();
                self.porter.iter().for_each(|porter| porter.decide(id.clone(), event.clone(), user.clone()));
            }
        }
        Ok(())
    }

    async fn draw(&mut self) -> Result<(), Ending> {
        self.app.prepare();
        // Before the frame that asks: only the reader of the bytes can tell whether a key came alone.
        self.surface.judge(self.app.solitary_keys());
        let now = self.now();
        let screen = screen::build(&self.app, now.wall, self.spelling);
        let mut fit = view::Fit::default();
        let looks = &self.looks;
        let drawn =
            self.surface.draw(|frame| fit = view::draw(frame, &screen, looks)).map_err(Ending::Forced)?;
        let at = Instant::now();
        let next = screen.next_change.and_then(|after| now.wall.checked_add(after).ok());
        // Where time stands still nothing ages.
        self.next_change = next.and_then(|next| at.checked_add(self.clock.until(next)));
        let look = self.app.look().filter(|_| fit.confirmable);
        let shown = Shown { scrollable: fit.scrollable, look };
        match (drawn, &mut self.unseen) {
            (Drawn::Busy, _) => return Ok(()),
            (Drawn::Handed(ticket), unseen) => *unseen = Some((ticket, shown)),
            // The same as the frame that is on its way: who sees that one sees this one.
            (Drawn::Unchanged, Some(unseen)) => unseen.1 = shown,
            (Drawn::Unchanged, None) => {
                self.pace.drawn(at);
                return self.feed(Event::Drawn(shown), Cause::Data).await;
            }
        }
        self.pace.drawn(at);
        Ok(())
    }

    async fn suspend(&mut self) -> Result<(), Ending> {
        match self.surface.suspend(&mut self.signals).await {
            Ok(Suspended::Continued) => self.feed(Event::Continued, Cause::Key).await,
            Ok(Suspended::Impossible) => {
                self.app.notice =
                    Some(Notice::bad("No shell could continue this program: it was not suspended."));
                self.pace.touch(Cause::Key);
                Ok(())
            }
            Ok(Suspended::Leave(reason)) => Err(Ending::Forced(reason)),
            Err(_) => Err(Ending::Forced(Reason::HungUp)),
        }
    }

    async fn continued(&mut self) -> Result<(), Ending> {
        self.surface.take_again().map_err(|_| Ending::Forced(Reason::HungUp))?;
        self.feed(Event::Continued, Cause::Key).await
    }

    /// Lets an answer that is still out arrive, for a short while, so that the ledger has it.
    async fn last_words(&mut self) {
        let until = tokio::time::Instant::now() + LAST_WORDS;
        self.take_back_delayed();
        while self.app.is_awaiting() {
            let answer = async {
                tokio::select! {
                    Some((id, event)) = self.replies.recv() => Event::Operation(id, event),
                    event = self.edges.next_told() => event,
                }
            };
            let Ok(event) = tokio::time::timeout_at(until, answer).await else { break };
            let effects = self.app.update(event, self.now());
            self.order(effects);
            self.take_back_delayed();
        }
        self.app.note_watch(self.clock.now());
        self.book.keep(&mut self.app.timeline);
        self.book.close();
        self.edges.settle(until.into_std()).await;
    }

    /// Ends what waits for its next try, since nobody will try it again; that is recorded.
    fn take_back_delayed(&mut self) {
        for id in self.app.operations.delayed() {
            let withdrawn = Event::Operation(id, operation::Event::Withdrawn);
            let effects = self.app.update(withdrawn, self.now());
            self.order(effects);
        }
    }

    /// Carries out what orders want, and nothing else.
    fn order(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Order(command) => self.edges.order(command),
                Effect::Errand(id, command) => self.edges.errand(id, command),
                _ => {}
            }
        }
    }

    fn now(&self) -> Now {
        let steady = clock::steady().saturating_sub(self.began_steadily);
        Now { wall: self.clock.now(), mono: self.began.elapsed(), steady }
    }
}

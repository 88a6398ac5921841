//! The person's order to the policy service in a schedule: the program's own state machine and what it is told, beside the order to the
//! cluster and in the same program, with the same disk, clock and crashes.

use std::sync::Arc;

use rollgate::app::operations::Change;
use rollgate::app::{Effect, Errands, Now};
use rollgate::operation::errand::{Command, Dispatch, Errand, Event, Reply, Run, Wanted};
use rollgate::operation::{Digest, Id, Policy};

use super::*;

mod end;
mod scene;
mod service;
mod wire;

use scene::FROZEN;
use service::{Letter, Service};

/// Its id, and that of another one that is never sent.
const ID: &str = "0199a000-0000-7000-8000-00000000000c";
const OTHER: &str = "0199a000-0000-7000-8000-00000000000d";

/// What happens to it at its time.
pub(super) enum Step {
    /// The person acknowledges.
    Acknowledge,
    /// The person takes it back, if it is not too late for that.
    Withdraw,
    /// The watch tells of the Rollout: as it was, gone, with newer pods, no longer aborted.
    Rollout(i64),
    /// The program hears from an edge; of the life of that number only.
    Hears(u32, Event),
    /// The sender of that life is at it.
    Leaves(u32, Box<Dispatch>),
    /// A copy of the post reaches the service, the last one or not; who sent it waits for the answer in the life of that number.
    Arrives(u32, Letter, bool),
    /// An answer is back at the sender, or it waits no longer.
    Answers(u32, Reply),
    /// The service is asked for this run, or for the newest.
    Reads(u32, Option<Arc<str>>),
    /// Time passes for the program.
    Tick,
    /// Somebody else orders the same.
    Equal,
    /// So many runs begin that the service does not list all of them.
    Crowd,
    /// The program that was started anew looks for what became of it.
    Look(u32),
}

/// The order, the service, and what is known of both beside the program.
pub(super) struct Post {
    errands: Errands,
    id: Id,
    policy: Policy,
    /// When the program's wall must show a freeze, in milliseconds since everything began.
    frozen: Range<i64>,
    service: Service,
    /// When the service cannot be reached.
    away: Range<i64>,
    /// What the person's key acknowledged, and when.
    pressed: Option<(i64, Digest)>,
    /// When the disk had the acknowledgement.
    recorded: Option<i64>,
    /// Whether it was taken back, or the Rollout was seen to be another, before it was sent.
    void: bool,
    /// Leaves to send that were handed out.
    leaves: u32,
    /// Posts that left the program, whatever became of them.
    posts: u32,
    /// Runs that the post began.
    made: Vec<Arc<str>>,
    /// Whether the sender told how it went.
    answered: bool,
    /// Whether the program was told a run or a definite no.
    decided: bool,
    /// Runs that the program was told.
    named: Vec<Arc<str>>,
    /// Runs and their statuses that the program was shown.
    shown: Vec<(Arc<str>, &'static str)>,
    /// Promises that were broken on the way.
    broken: Vec<String>,
    tally: Posts,
}

impl Post {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let service = Service::new();
        let listed = Run::list(&service.list(0)).expect("runs");
        let from = dice.one_in(8).then(|| 1 + dice.below(12_000));
        let policy = scene::policy(from);
        let wanted = scene::wanted(&listed, dice.one_in(2));
        let errand = scene::staged(wanted, ID, &listed, &policy).expect("the order makes sense here");
        let mut errands = Errands::default();
        let now = Now { wall: begin(), mono: Default::default(), steady: Default::default() };
        errands.stage(errand, now);
        Self {
            errands,
            id: Id(ID.into()),
            policy,
            frozen: from.map_or(0..0, |from| from..from + FROZEN),
            service,
            away: 0..0,
            pressed: None,
            recorded: None,
            void: false,
            leaves: 0,
            posts: 0,
            made: Vec::new(),
            answered: false,
            decided: false,
            named: Vec::new(),
            shown: Vec::new(),
            broken: Vec::new(),
            tally: Posts::default(),
        }
    }

    fn errand(&self) -> &Errand {
        self.errands.get(&self.id).expect("it is there")
    }

    pub(super) fn acknowledged(&self) -> Option<i64> {
        self.pressed.map(|(at, _)| at)
    }

    /// Notes when the disk had a record of it.
    pub(super) fn recorded(&mut self, entry: &Entry, now: i64) {
        if entry.is_acknowledgement() {
            self.recorded = Some(now);
        }
    }

    /// What was shown where the key comes: this order, or by a fault of the screen another one.
    fn shown(&self, is_another: bool) -> Digest {
        if !is_another {
            return self.errand().digest();
        }
        let wanted = Wanted::Begin { workflow: "payouts".into() };
        scene::staged(wanted, OTHER, &[], &scene::policy(None)).expect("an order").digest()
    }
}

impl World {
    /// Decides what becomes of the order to the policy service, and when, about the time at which the other is acknowledged.
    pub(super) fn plan_post(&mut self, acknowledge: i64) {
        let when = (acknowledge - 1_500 + self.dice.below(4_000)).max(0);
        self.at(when, Happening::Post(Step::Acknowledge));
        if self.dice.one_in(4) {
            let after = if self.dice.one_in(4) { self.dice.below(60_000) } else { self.dice.below(900) };
            self.at(when + after, Happening::Crash);
            let down = self.dice.below(200_000);
            self.at(when + after + 100 + down, Happening::Start);
        }
        if self.dice.one_in(2) {
            let within = if self.dice.one_in(3) { 300_000 } else { 12_000 };
            let at = when - 2_000 + self.dice.below(within);
            self.at(at.max(0), Happening::Post(Step::Equal));
        }
        if self.dice.one_in(40) {
            let at = when - 1_000 + self.dice.below(20_000);
            self.at(at.max(0), Happening::Post(Step::Crowd));
        }
        if self.dice.one_in(5) {
            let (at, which) = (self.dice.below(when + 6_000), self.dice.below(4));
            self.at(at, Happening::Post(Step::Rollout(which)));
        }
        if self.dice.one_in(12) {
            let at = (when - 1_000 + self.dice.below(2_000)).max(0);
            self.at(at, Happening::Post(Step::Withdraw));
        }
        if self.dice.one_in(4) {
            let from = when - 500 + self.dice.below(1_500);
            let short = self.dice.one_in(2);
            self.post.away = from..from + self.dice.below(if short { 5_000 } else { 200_000 });
        }
        self.at(0, Happening::Post(Step::Tick));
    }

    pub(super) fn happen_to_post(&mut self, step: Step) {
        match step {
            Step::Acknowledge if self.alive => self.acknowledge_post(),
            Step::Withdraw if self.alive => {
                self.post.void |= self.post.errand().state().is_unsent();
                self.tell_post(Event::Withdrawn);
            }
            Step::Rollout(which) if self.alive => self.watch_tells(which),
            Step::Acknowledge | Step::Withdraw | Step::Rollout(_) => {}
            Step::Hears(life, event) if self.alive && life == self.life => {
                self.remember_shown(&event);
                self.tell_post(event);
            }
            Step::Hears(..) => {}
            Step::Leaves(life, dispatch) => self.leaves(life, &dispatch),
            Step::Arrives(life, letter, is_last) => self.arrives_at_service(life, &letter, is_last),
            Step::Answers(life, reply) => self.answers(life, reply),
            Step::Reads(life, run) => self.reads_runs(life, run.as_deref()),
            Step::Tick => self.tick_post(),
            Step::Equal => self.equal(),
            Step::Crowd => {
                for _ in 0..110 {
                    self.post.service.begin(None, false, (self.now, &mut self.dice));
                }
            }
            Step::Look(life) if life == self.life => self.look_for_post(),
            Step::Look(_) => {}
        }
    }

    fn acknowledge_post(&mut self) {
        let is_another = self.dice.one_in(50);
        let digest = self.post.shown(is_another);
        self.tell_post(Event::Armed);
        self.post.pressed = Some((self.now, digest));
        let (actor, said) = (Box::default(), Acknowledgement::default());
        self.tell_post(Event::Acknowledged { digest, actor, said });
    }

    fn watch_tells(&mut self, which: i64) {
        let seen = match which {
            0 => Some(scene::aborted().clone()),
            1 => None,
            2 => scene::rollout("newer", true),
            _ => scene::rollout("new", false),
        };
        let is_rerun = matches!(self.post.errand().wanted(), Wanted::Again { .. });
        let is_another = matches!(which, 1 | 2) || (which == 3 && is_rerun);
        self.post.void |= is_another && self.post.errand().state().is_unsent();
        let key = scene::key();
        self.move_post("Rollout", |errands, now| errands.observed(&key, seen.as_ref(), now.wall));
    }

    /// Another person, with or without a key of their own.
    fn equal(&mut self) {
        let again = matches!(self.post.errand().wanted(), Wanted::Again { .. });
        let key = (!again && self.dice.one_in(2)).then(|| Arc::from("another's"));
        let run = self.post.service.begin(key, again, (self.now, &mut self.dice));
        self.post.tally.equal += 1;
        self.told.push(format!("{} somebody else's equal {run}", self.now));
    }

    fn tick_post(&mut self) {
        if !self.alive || self.post.errand().state().is_final() {
            return;
        }
        self.move_post("Tick", |errands, now| errands.tick(now.wall));
        self.at(self.now + 500, Happening::Post(Step::Tick));
    }

    fn remember_shown(&mut self, event: &Event) {
        let runs = match event {
            Event::Seen(run) => std::slice::from_ref(&**run),
            Event::Listed(runs) => runs,
            _ => return,
        };
        for run in runs {
            self.post.shown.push((run.id.clone(), run.status.word()));
        }
    }

    fn tell_post(&mut self, event: Event) {
        let id = self.post.id.clone();
        let name: String = format!("{event:?}").chars().take(60).collect();
        self.move_post(&name, |errands, now| errands.tell(&id, event, now.wall));
    }

    /// Lets the program's own errands take something in, and carries out what they want.
    fn move_post(&mut self, name: &str, how: impl FnOnce(&mut Errands, Now) -> Change) {
        let steady = std::time::Duration::from_millis(self.now.unsigned_abs());
        let now = Now { wall: self.clock(), mono: steady, steady };
        let before = self.post.errand().state().word();
        let mut effects = self.post.errands.lapse(now).effects;
        effects.extend(how(&mut self.post.errands, now).effects);
        let after = self.post.errand().state().word();
        if name != "Tick" || before != after {
            self.told.push(format!("{} to the service: {name}: {before} -> {after}", self.now));
        }
        self.hold_to_what_was_told();
        for effect in effects {
            if let Effect::Errand(_, command) = effect {
                self.obey_post(command);
            }
        }
    }

    fn obey_post(&mut self, command: Command) {
        let life = self.life;
        match command {
            Command::Record(entry) => self.record(*entry),
            Command::Send(dispatch) => {
                self.post.leaves += 1;
                let before = if self.dice.one_in(15) { self.dice.below(15_000) } else { self.dice.below(40) };
                self.at(self.now + before, Happening::Post(Step::Leaves(life, dispatch)));
            }
            Command::Read(run) => self.soon(300, Happening::Post(Step::Reads(life, Some(run)))),
            Command::List(_) => self.soon(300, Happening::Post(Step::Reads(life, None))),
        }
    }
}

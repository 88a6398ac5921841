//! One order's whole life under faults, played by a scheduler of its own from a seed.
//!
//! The program's own state machine, its own judge of what a crash left, and the server rules of the cluster inside are
//! played; ledger, wire, clock and controller are stood in for: a ledger that loses what was not synced, a wire that loses,
//! doubles, delays and is away for a while, a clock on the wall that jumps by up to a year. Never sleeps and reads no clock. What must hold is in [`World::judge`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use rollgate::ledger::open::FINAL;
use rollgate::operation::life::{Announced, LEDGER_LIMIT, SEND_LIMIT, SETTLED, TTL};
use rollgate::operation::recovery::{Outcome, Sought};
use rollgate::operation::{
    Acknowledgement, Actor, Answer, Command, Entry, Event, Id, Mark, Operation, Reading, Undelivered, errand,
};
use rollgate::sim::objects::kind::ROLLOUT;
use rollgate::sim::objects::{Objects, Part, Patch, PatchKind, Place, Ties};
use serde_json::{Value, json};

mod cluster;
mod dice;
mod end;
mod post;
mod scene;
mod tally;
mod wire;

use dice::Dice;
use post::Post;
use scene::{begin, order, parsed, staged, stored};
pub use tally::{Posts, Tally};

/// No schedule lasts longer, in milliseconds; the last limit of an order ends long before.
const END: i64 = 6_000_000;
/// When everybody leaves, in milliseconds.
const HOME: i64 = 500_000;
/// Longest way of a request in milliseconds: an API server gives up after 34 s.
const WAY: i64 = 34_000;

/// Plays the schedules of these seeds.
///
/// # Errors
/// The first seed that breaks a promise, and which.
pub fn play(seeds: Range<u64>) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for seed in seeds {
        let mut world = World::new(seed);
        world.run();
        let judged = world.judge(&mut tally).and_then(|()| world.judge_post(&mut tally));
        judged.map_err(|why| format!("seed {seed}: {why}\n{}", world.told.join("\n")))?;
    }
    Ok(tally)
}

/// What happens at its time.
enum Happening {
    /// The person acknowledges.
    Acknowledge,
    /// The disk has taken what was handed to it, if the program still lives to hand it.
    Synced(u32, Entry),
    /// The program hears from an edge; of the life of that number only.
    Hears(u32, Event),
    /// A copy of the order's request reaches the server; who sent it waits for the answer in the life of that number.
    Arrives(u32),
    /// A quorum read reaches the server.
    Read(u32),
    /// Another engineer promotes, aborts or pauses.
    Other,
    /// The controller looks.
    Controller,
    /// Time passes for the program.
    Tick,
    /// The program is killed.
    Crash,
    /// It is left by whoever sat there.
    Leave,
    /// It is started again, and looks for what was left.
    Start,
    /// The clock on the wall is set.
    Jump(i64),
    /// The person takes it back, if it is not too late for that.
    Withdraw,
    /// The Event that tells of it reaches the server.
    Announced(u32),
    /// Something of the order to the policy service.
    Post(post::Step),
}

/// The cluster and everybody who acts on it.
struct World {
    dice: Dice,
    now: i64,
    wall: i64,
    /// Until when the disk has work.
    disk: i64,
    order: u64,
    /// When the watch tells of the newest state.
    told_at: i64,
    queue: BinaryHeap<Reverse<(i64, u64)>>,
    happenings: BTreeMap<u64, Happening>,
    objects: Objects,
    place: Place,
    marks: Vec<(String, Timestamp)>,
    mine: Operation,
    /// The order to the policy service, in the same program.
    post: Post,
    alive: bool,
    life: u32,
    ledger: Vec<Entry>,
    acknowledged: Option<i64>,
    sends: u32,
    effects: Vec<i64>,
    by_others: u32,
    crashes: u64,
    doubted: bool,
    doubled: u64,
    lost: u64,
    jumps: u64,
    unrecorded: u64,
    /// Tries of which the program was told that they did not get there.
    undelivered: u32,
    /// Events that reached the server.
    announced: u32,
    /// Whether a further try could have left after the approval's time.
    late: bool,
    /// Since when the program that was started anew looks for what was left.
    looking_since: Option<i64>,
    /// When no connection can be made.
    away: Range<i64>,
    told: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0x0001_0000_0001_b3a7) ^ 0x5eed);
        let value = stored();
        let place = Place::new(&ROLLOUT, "shop", "web");
        let objects = cluster::holding(&place, &value);
        let rollout = parsed(&value).expect("a Rollout");
        let mine = staged(order(dice.below(4)), "0199a000-0000-7000-8000-00000000000a", &rollout, begin());
        let mine = mine.expect("the order makes sense here");
        let post = Post::new(&mut dice);
        let marks = vec![("rollouts-controller".to_owned(), begin() - SignedDuration::from_hours(1))];
        let mut world = Self {
            dice,
            now: 0,
            wall: 0,
            disk: 0,
            order: 0,
            told_at: 0,
            queue: BinaryHeap::new(),
            happenings: BTreeMap::new(),
            objects,
            place,
            marks,
            mine,
            post,
            alive: true,
            life: 1,
            ledger: Vec::new(),
            acknowledged: None,
            sends: 0,
            effects: Vec::new(),
            by_others: 0,
            crashes: 0,
            doubted: false,
            doubled: 0,
            lost: 0,
            jumps: 0,
            unrecorded: 0,
            undelivered: 0,
            announced: 0,
            late: false,
            looking_since: None,
            away: 0..0,
            told: Vec::new(),
        };
        world.plan();
        world
    }

    /// Decides what goes wrong and when.
    fn plan(&mut self) {
        let slow = self.dice.one_in(6);
        let acknowledge = self.dice.below(if slow { 150_000 } else { 8_000 });
        self.at(acknowledge, Happening::Acknowledge);
        if self.dice.one_in(3) {
            // Most crashes fall among the edges of the life: within a second or so of the acknowledgement.
            let after = if self.dice.one_in(4) { self.dice.below(60_000) } else { self.dice.below(900) };
            self.at(acknowledge + after, Happening::Crash);
            let down = self.dice.below(200_000);
            self.at(acknowledge + after + 100 + down, Happening::Start);
        }
        if self.dice.one_in(3) {
            let when = acknowledge - 1_000 + self.dice.below(4_000);
            self.at(when.max(0), Happening::Other);
        }
        if self.dice.one_in(8) {
            let when = self.dice.below(20_000);
            const YEAR: i64 = 365 * 24 * 3_600_000;
            let by = [-YEAR, -3_600_000, -4_000, 30_000, 3_600_000, YEAR];
            let by = by[usize::try_from(self.dice.below(6)).unwrap_or(0)];
            self.at(when, Happening::Jump(by));
        }
        if self.dice.one_in(10) {
            let when = acknowledge + self.dice.below(60_000);
            self.at(when, Happening::Withdraw);
        }
        // For a while no connection can be made, or the server asks for time.
        if self.dice.one_in(4) {
            let from = acknowledge - 500 + self.dice.below(1_500);
            let short = self.dice.one_in(2);
            self.away = from..from + self.dice.below(if short { 5_000 } else { 200_000 });
        }
        self.at(0, Happening::Tick);
        self.plan_post(acknowledge);
        // In the end everybody goes home, and somebody comes back: what the disk did not take is then found out.
        self.at(HOME, Happening::Leave);
        self.at(HOME + 1_000, Happening::Start);
    }

    fn at(&mut self, when: i64, what: Happening) {
        self.order += 1;
        self.queue.push(Reverse((when, self.order)));
        self.happenings.insert(self.order, what);
    }

    fn soon(&mut self, within: i64, what: Happening) {
        let wait = 1 + self.dice.below(within);
        self.at(self.now + wait, what);
    }

    /// The machine's true time.
    fn steady(&self) -> Timestamp {
        begin() + SignedDuration::from_millis(self.now)
    }

    /// What the clock on the program's wall says.
    fn clock(&self) -> Timestamp {
        self.steady() + SignedDuration::from_millis(self.wall)
    }

    fn run(&mut self) {
        while let Some(Reverse((when, number))) = self.queue.pop() {
            if when > END {
                break;
            }
            self.now = when;
            if let Some(what) = self.happenings.remove(&number) {
                self.happen(what);
            }
        }
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Acknowledge if self.alive => {
                self.tell(Event::Armed);
                let digest = self.mine.digest();
                let said = Acknowledgement::default();
                self.tell(Event::Acknowledged { digest, actor: Actor::default(), said });
                self.acknowledged = Some(self.now);
            }
            Happening::Acknowledge => {}
            Happening::Synced(life, entry) => self.synced(life, entry),
            Happening::Hears(life, event) if self.alive && life == self.life => self.tell(event),
            Happening::Hears(..) => {}
            Happening::Arrives(life) => self.arrives(life),
            Happening::Read(life) => self.read(life),
            Happening::Other => self.other(),
            Happening::Controller => self.controller(),
            Happening::Tick => self.tick(),
            Happening::Crash => {
                self.crashes += 1;
                (self.alive, self.looking_since) = (false, None);
                self.told.push(format!("{} killed in {}", self.now, self.mine.state().word()));
            }
            Happening::Leave => (self.alive, self.looking_since) = (false, None),
            Happening::Start => self.start(),
            Happening::Jump(by) => {
                self.wall += by;
                self.jumps += 1;
            }
            Happening::Withdraw if self.alive => self.tell(Event::Withdrawn),
            Happening::Withdraw => {}
            Happening::Announced(life) => self.announced(life),
            Happening::Post(step) => self.happen_to_post(step),
        }
    }

    fn tick(&mut self) {
        if !self.alive || self.mine.state().is_final() {
            return;
        }
        let age = self.steady().duration_since(begin());
        let lapsed = self.mine.longest_unsent().is_some_and(|longest| age >= longest);
        self.tell(if lapsed { Event::Lapsed } else { Event::Tick });
        self.at(self.now + 500, Happening::Tick);
    }

    fn tell(&mut self, event: Event) {
        let before = self.mine.state().word();
        let name = match &event {
            Event::Tick => None,
            Event::Seen(reading) => Some(format!("Seen {:?} {:?}", reading.origin, reading.mark)),
            other => Some(format!("{other:?}").chars().take(40).collect::<String>()),
        };
        let commands = self.mine.on(event, self.clock());
        let after = self.mine.state().word();
        if name.is_some() || before != after {
            self.told.push(format!("{} {} -> {after}", self.now, name.unwrap_or_else(|| "Tick".into())));
        }
        self.doubted |= self.mine.state().is_in_doubt();
        for command in commands {
            self.obey(command);
        }
    }

    fn obey(&mut self, command: Command) {
        let life = self.life;
        match command {
            Command::Record(entry) => self.record(*entry),
            Command::Send(_) => self.send(),
            Command::Announce(_) => {
                let way = if self.dice.one_in(5) { self.dice.below(WAY) } else { self.dice.below(200) };
                self.at(self.now + way + 1, Happening::Announced(life));
            }
            Command::Read { .. } => self.soon(300, Happening::Read(life)),
        }
    }

    /// One thread writes, in the order in which it was handed entries, if the disk takes them.
    fn record(&mut self, entry: Entry) {
        if self.dice.one_in(25) {
            self.unrecorded += 1;
            return self.hears_of(&entry, Some("the disk is full"), 50);
        }
        let within = if self.dice.one_in(20) { 12_000 } else { 60 };
        self.disk = (self.disk + 1).max(self.now + 1 + self.dice.below(within));
        self.at(self.disk, Happening::Synced(self.life, entry));
    }

    /// The disk has it, or it comes too late; what a killed program had handed over may or may not have got there.
    fn synced(&mut self, life: u32, entry: Entry) {
        if life != self.life || (!self.alive && self.dice.one_in(2)) {
            return;
        }
        let is_mine = entry.operation == *self.mine.id();
        let acknowledged = if is_mine { self.acknowledged } else { self.post.acknowledged() };
        let late = entry.is_acknowledgement()
            && acknowledged.is_some_and(|at| self.now - at >= LEDGER_LIMIT.as_secs() * 1_000);
        if late || self.records(&entry.operation).any(|kept| kept.number == entry.number) {
            return self.hears_of(&entry, Some("too late"), 5);
        }
        if !is_mine {
            self.post.recorded(&entry, self.now);
        }
        self.hears_of(&entry, None, 5);
        self.ledger.push(entry);
    }

    /// Has the order whose entry it is hear whether the disk has it.
    fn hears_of(&mut self, entry: &Entry, why: Option<&str>, within: i64) {
        let (life, number) = (self.life, entry.number);
        let what = match (entry.operation == *self.mine.id(), why) {
            (true, None) => Happening::Hears(life, Event::Recorded { entry: number }),
            (true, Some(why)) => {
                Happening::Hears(life, Event::RecordFailed { entry: number, why: why.into() })
            }
            (false, None) => {
                Happening::Post(post::Step::Hears(life, errand::Event::Recorded { entry: number }))
            }
            (false, Some(why)) => {
                let event = errand::Event::RecordFailed { entry: number, why: why.into() };
                Happening::Post(post::Step::Hears(life, event))
            }
        };
        self.soon(within, what);
    }

    /// The records of an order on the disk, oldest first.
    fn records(&self, id: &Id) -> impl DoubleEndedIterator<Item = &Entry> {
        self.ledger.iter().filter(move |entry| entry.operation == *id)
    }
}

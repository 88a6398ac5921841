//! One run: an order staged by keys, a fault armed, the acknowledgement, what follows, the next start, the judgement.
//!
//! The program is the real one and knows of nothing. Invariant: whatever the fault, the run ends with every order of its
//! ledgers judged.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Ground;
use super::dice::Dice;
use super::fault::{Fault, KINDS};
use super::gateway::Rule;
use super::hand::{Hand, Seat};
use super::judge::{self, Told};
use super::lane::{Lane, NAME, Order, write};
use super::meddle::{Deed, Page};
use super::witness::Write;

/// How long anything on the screen may take.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long a killed program's order can still take effect, and a little more.
const OVER: Duration = Duration::from_secs(110);

/// One run of a campaign.
pub struct Run<'g> {
    pub number: u64,
    pub ground: &'g Ground<'g>,
}

/// What came of it.
#[derive(Default)]
pub struct Played {
    pub number: u64,
    pub namespace: String,
    pub fault: String,
    /// The fault with its particulars.
    pub exactly: String,
    pub met: bool,
    pub killed: bool,
    /// How often the program was started.
    pub starts: u64,
    /// Each order, how often it took effect, and whether the audit log tells so.
    pub orders: Vec<(Told, usize, bool)>,
    pub broken: Vec<String>,
    /// Ends that are wrong in a way that is known, and told of in README.md.
    pub known: u64,
    pub not_played: Option<String>,
}

impl Played {
    /// Tells of it in a line or more.
    pub fn words(&self, seed: u64) -> String {
        let ends: Vec<&str> = self.orders.iter().map(|(told, ..)| told.end.as_str()).collect();
        let (number, met) = (self.number, if self.met { "" } else { " (not met)" });
        let mut words = format!("run {number}: {}{met}: {}", self.exactly, ends.join(", "));
        if let Some(why) = &self.not_played {
            words.push_str(&format!("not played: {why}"));
        }
        for broken in &self.broken {
            words.push_str(&format!("\n  BROKEN (seed {seed}, run {number}, {}): {broken}", self.namespace));
        }
        words
    }
}

/// One engineer's place: a home of their own, and the page of the machine's faults.
struct Desk {
    home: PathBuf,
    page: Page,
}

impl Run<'_> {
    /// Plays it on a Rollout.
    pub fn play(&self, lane: &mut Lane<'_>) -> Played {
        let mut dice = Dice::of(self.ground.seed, self.number);
        let fault = Fault::of(self.number % KINDS, &mut dice);
        let mut played = Played {
            number: self.number,
            namespace: lane.namespace.name().to_owned(),
            fault: fault.name(),
            exactly: format!("{fault:?}"),
            ..Played::default()
        };
        if let Err(why) = self.acts(lane, &fault, &mut dice, &mut played) {
            played.not_played = Some(why);
        }
        played
    }

    fn acts(
        &self,
        lane: &mut Lane<'_>,
        fault: &Fault,
        dice: &mut Dice,
        played: &mut Played,
    ) -> Result<(), String> {
        let kills = self.ground.weather.server_kills();
        let (desks, mut hands, permit) = self.staged(lane, fault, dice, played)?;
        let (Some(desk), Some(hand)) = (desks.first(), hands.first_mut()) else { return Ok(()) };
        self.arm(lane, fault, desk, hand)?;
        let at = Instant::now();
        hands.iter_mut().for_each(|hand| hand.types("y"));
        after(fault, &hands, desk)?;
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until && !hands.iter().all(Hand::has_ended) {
            hands.iter_mut().for_each(|hand| hand.screen.read_for(Duration::from_millis(40)));
        }
        drop(permit);
        let stays = dice.percent(25);
        self.waits(fault, &desks, &mut hands, stays);
        played.met = lane.gateway.was_met() || desk.page.was_met() || is_always_met(fault);
        played.killed = hands.iter().any(Hand::has_ended);
        for hand in hands {
            let ended = hand.has_ended();
            let left = hand.leaves();
            if !left && !ended {
                played.broken.push("the program did not leave by its key within 15 s".into());
            }
        }
        lane.gateway.rule(Rule::Pass);
        for desk in &desks {
            desk.page.clear()?;
            self.recovers(lane, desk, (at, dice.percent(50)), played)?;
        }
        let unlogged = self.ground.weather.server_kills() != kills;
        self.judges(lane, fault, &desks, (played, unlogged))
    }

    /// Sits everybody down before a confirmation that can be acknowledged.
    fn staged(
        &self,
        lane: &mut Lane<'_>,
        fault: &Fault,
        dice: &mut Dice,
        played: &mut Played,
    ) -> Result<(Vec<Desk>, Vec<Hand>, super::Permit<'_>), String> {
        let mut why = String::new();
        for attempt in 0..4 {
            lane.gateway.rule(Rule::Pass);
            let order = lane.ready(dice)?;
            let permit = self.ground.hands.take();
            let count = if *fault == Fault::Two { 2 } else { 1 };
            let (mut desks, mut hands) = (Vec::new(), Vec::new());
            for nth in 0..count {
                let desk = self.desk(&format!("{attempt}-{nth}"), lane, fault)?;
                hands.push(self.sits(lane, &desk, true));
                played.starts += 1;
                desks.push(desk);
            }
            let ready: Result<(), String> = hands.iter_mut().try_for_each(|hand| stages(hand, order));
            match ready {
                Ok(()) => return Ok((desks, hands, permit)),
                // Under the weather a list is not live, or what was staged is overtaken: begin anew.
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    fn desk(&self, which: &str, lane: &Lane<'_>, fault: &Fault) -> Result<Desk, String> {
        let home = self.ground.folder().join(format!("home-{}-{which}", self.number));
        std::fs::create_dir(&home).map_err(|error| error.to_string())?;
        let expiry = if *fault == Fault::LeftOpen { "10s" } else { "120s" };
        let rule = format!(
            "[[rule]]\ncontext = \"{}\"\nnamespace = \"{}\"\neffect = \"allow\"\nexpiry = \"{expiry}\"\n",
            crate::cluster::CONTEXT,
            lane.namespace.name(),
        );
        write(&home.join("config.toml"), &rule)?;
        let page = Page::new(home.join("page"))?;
        Ok(Desk { home, page })
    }

    fn sits(&self, lane: &Lane<'_>, desk: &Desk, meddled: bool) -> Hand {
        Seat {
            program: &self.ground.program,
            home: &desk.home,
            kubeconfig: &lane.kubeconfig,
            namespace: lane.namespace.name(),
            meddle: meddled.then_some((&self.ground.library, &desk.page)),
        }
        .sit()
    }

    fn arm(&self, lane: &Lane<'_>, fault: &Fault, desk: &Desk, hand: &mut Hand) -> Result<(), String> {
        let gateway = &lane.gateway;
        match *fault {
            Fault::None | Fault::Two | Fault::Stopped { .. } => {}
            Fault::KillAtCall { deed, places, nth } => desk.page.arm(deed, places, nth, 0)?,
            Fault::Disk { places, nth, error } => desk.page.arm(Deed::Fail, places, nth, error)?,
            Fault::KillOnTheWay { place, forward } => {
                gateway.rule(Rule::Kill(place, hand.screen.pid(), forward));
            }
            Fault::CutRequest(at) => gateway.rule(Rule::CutRequest(at)),
            Fault::CutAnswer(at) => gateway.rule(Rule::CutAnswer(at)),
            Fault::HoldRequest(time) => gateway.rule(Rule::HoldRequest(time)),
            Fault::HoldAnswer(time) => gateway.rule(Rule::HoldAnswer(time)),
            Fault::Double { in_front } => gateway.rule(Rule::Double { in_front }),
            Fault::Refuse(code) => gateway.rule(Rule::Answer(code, (code == 429).then_some(1))),
            Fault::LyingAnswer(code) => gateway.rule(Rule::AnswerAfter(code)),
            Fault::Expired => gateway.rule(Rule::Expired),
            Fault::Clock { before, seconds, held } => {
                if !held.is_zero() {
                    gateway.rule(Rule::HoldRequest(held));
                }
                if before {
                    desk.page.shift_clock(seconds)?;
                }
            }
            Fault::LeftOpen => hand.screen.read_for(Duration::from_millis(11_500)),
        }
        Ok(())
    }

    /// Waits for the recorded end of every order, or for the end of the program, or until enough was waited.
    fn waits(&self, fault: &Fault, desks: &[Desk], hands: &mut [Hand], stays: bool) {
        let most = match fault {
            Fault::Clock { .. } => 120,
            Fault::LeftOpen => 1,
            _ if stays => 110,
            Fault::HoldAnswer(_) | Fault::HoldRequest(_) | Fault::Stopped { .. } => 22,
            _ => 12,
        };
        let until = Instant::now() + Duration::from_secs(most);
        let quiet = Instant::now() + Duration::from_secs(14);
        while Instant::now() < until && !hands.iter().all(Hand::has_ended) {
            hands.iter_mut().for_each(|hand| hand.screen.read_for(Duration::from_millis(200)));
            let told: Vec<Told> = desks
                .iter()
                .flat_map(|desk| judge::orders(&Seat::ledger(&desk.home)).unwrap_or_default())
                .collect();
            let recorded = told.len() >= desks.len() || Instant::now() > quiet;
            if recorded && !told.iter().any(Told::is_open) {
                return;
            }
        }
    }

    /// Starts the program again until it has said what became of every order.
    fn recovers(
        &self,
        lane: &Lane<'_>,
        desk: &Desk,
        (at, at_once): (Instant, bool),
        played: &mut Played,
    ) -> Result<(), String> {
        let ledger = Seat::ledger(&desk.home);
        let open = || judge::orders(&ledger).map(|all| all.iter().any(Told::is_open));
        // A start counts the server's bounds by its own clock, whatever the wall says: it needs that long itself.
        let mut tries: Vec<(Duration, Duration)> = vec![(Duration::ZERO, OVER); 3];
        if at_once {
            tries.insert(0, (Duration::ZERO, Duration::from_secs(8)));
        }
        for (begin, limit) in tries {
            if !open()? {
                return Ok(());
            }
            std::thread::sleep(begin.saturating_sub(at.elapsed()));
            let permit = self.ground.hands.take();
            let mut hand = self.sits(lane, desk, false);
            played.starts += 1;
            hand.screen.read_for(Duration::from_millis(400));
            drop(permit);
            let until = Instant::now() + limit;
            while Instant::now() < until && open()? && !hand.has_ended() {
                hand.screen.read_for(Duration::from_millis(200));
            }
            hand.leaves();
        }
        Ok(())
    }

    fn judges(
        &self,
        lane: &Lane<'_>,
        fault: &Fault,
        desks: &[Desk],
        (played, unlogged): (&mut Played, bool),
    ) -> Result<(), String> {
        let writes = self.ground.witness.writes(lane.namespace.name())?;
        let mut effects = 0;
        for desk in desks {
            let ledger = Seat::ledger(&desk.home);
            if let Err(why) = judge::verify(&ledger) {
                played.broken.push(why);
            }
            for told in judge::orders(&ledger)? {
                let marked = told.mark().is_some_and(|mark| lane.bears(&mark));
                let own = |write: &&Write| write.order == told.order && write.took_effect();
                let logged = writes.iter().filter(own).count();
                let count = match told.judge(&writes, marked, unlogged) {
                    Ok(count) => count,
                    Err(_) if logged == 1 && told.is_refused() && matches!(fault, Fault::Double { .. }) => {
                        played.known += 1;
                        logged
                    }
                    Err(why) => {
                        played.broken.push(why);
                        logged
                    }
                };
                if told.was_late(&writes) && !matches!(fault, Fault::Clock { .. }) {
                    played.broken.push(format!("order {} was sent late", told.order));
                }
                effects += count;
                played.orders.push((told, count, logged == count));
            }
        }
        let known: Vec<&str> = played.orders.iter().map(|(told, ..)| told.order.as_str()).collect();
        // What an earlier run on this Rollout sent was judged with it.
        let fresh =
            writes.iter().skip(lane.judged_before()).filter(|write| !known.contains(&write.order.as_str()));
        let strange: Vec<String> =
            fresh.map(|write| format!("a write that no ledger knows: {write:?}")).collect();
        played.broken.extend(strange);
        lane.judged(writes.len());
        if fault.forbids_effect() && effects > 0 {
            played.broken.push("an effect where none was possible".into());
        }
        if effects > 1 {
            played.broken.push(format!("{effects} effects of what was staged on one state"));
        }
        Ok(())
    }
}

/// Opens the Rollout and stages an order, up to where its key is offered.
fn stages(hand: &mut Hand, order: Order) -> Result<(), String> {
    let steps: [(&str, &str); 3] = [("", "live"), ("\r", "REVISIONS"), (order.key(), "sends")];
    for (key, words) in steps {
        if !key.is_empty() {
            hand.types(key);
        }
        if !hand.sees(words, PATIENCE) {
            return Err(format!("no {words:?} on the screen:\n{}", hand.screen.text()));
        }
    }
    if order == Order::Abort && !hand.types_name(NAME, PATIENCE) {
        return Err(format!("the name is not taken:\n{}", hand.screen.text()));
    }
    if hand.sees("acknowledge and send", PATIENCE) {
        Ok(())
    } else {
        Err(format!("it cannot be acknowledged:\n{}", hand.screen.text()))
    }
}

/// Does what follows the acknowledgement.
fn after(fault: &Fault, hands: &[Hand], desk: &Desk) -> Result<(), String> {
    match *fault {
        Fault::Clock { before: false, seconds, .. } => desk.page.shift_clock(seconds),
        Fault::Stopped { after, time } => {
            let Some(hand) = hands.first() else { return Ok(()) };
            std::thread::sleep(after);
            hand.screen.signal(Signal::STOP);
            std::thread::sleep(time);
            hand.screen.signal(Signal::CONT);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Faults that need nothing to come along.
fn is_always_met(fault: &Fault) -> bool {
    matches!(fault, Fault::None | Fault::Clock { .. } | Fault::LeftOpen | Fault::Stopped { .. } | Fault::Two)
}

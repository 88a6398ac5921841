//! How the two methods of the gates come out on made-up canaries: the table of docs/gates.md.
//!
//!     cargo run --release --example judges                      # some minutes; the same numbers each time
//!     cargo run --release --example judges -- 200               # fewer canaries for each row
//!
//! It judges as the program does, by `gate::verdict`, and knows how much worse each canary really is.
#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "a program for a person at a terminal")]

#[allow(clippy::expect_used, reason = "shared with the tests")]
#[path = "../tests/support/samples.rs"]
mod samples;

use jiff::{SignedDuration, Timestamp};
use rollgate::gate::evidence::Series;
use rollgate::gate::judge::metric::Class;
use rollgate::gate::policy::{Method, Metric, file};
use rollgate::gate::verdict;
use samples::Dice;

/// Minutes, at one point a minute: when it is looked at once, and how long where it is looked at each minute.
const ONCE: [usize; 2] = [50, 180];
const WORSE: [f64; 5] = [0.0, 0.05, 0.10, 0.20, 0.50];

/// Where the noise of a minute comes from, from the minute before.
struct Noise {
    own: [f64; 2],
    both: f64,
}

/// A case: what it is, and the values of canary and stable version in the next minute.
type Case = (&'static str, fn(&mut Dice, &mut Noise, f64) -> (f64, f64));

const CASES: [Case; 6] = [
    ("latency, lognormal, each minute by itself (σ 0.3)", |dice, _, ratio| {
        (ratio * latency(0.3 * dice.normal()), latency(0.3 * dice.normal()))
    }),
    ("latency, lognormal, quiet (σ 0.1)", |dice, _, ratio| {
        (ratio * latency(0.1 * dice.normal()), latency(0.1 * dice.normal()))
    }),
    ("errors in %, 1 % of 600 requests a minute", |dice, _, ratio| {
        (dice.count(6.0 * ratio) / 6.0, dice.count(6.0) / 6.0)
    }),
    ("latency, both moved by the same tide (σ 0.1 each, 0.3 together)", |dice, noise, ratio| {
        noise.both = after(noise.both, 0.95, dice);
        let tide = 0.3 * noise.both;
        (ratio * latency(tide + 0.1 * dice.normal()), latency(tide + 0.1 * dice.normal()))
    }),
    ("latency, each remembers the minute before (AR(1) 0.5, σ 0.3)", |dice, noise, ratio| {
        noise.own = noise.own.map(|last| after(last, 0.5, dice));
        (ratio * latency(0.3 * noise.own[0]), latency(0.3 * noise.own[1]))
    }),
    ("latency, each remembers long (AR(1) 0.9, σ 0.3)", |dice, noise, ratio| {
        noise.own = noise.own.map(|last| after(last, 0.9, dice));
        (ratio * latency(0.3 * noise.own[0]), latency(0.3 * noise.own[1]))
    }),
];

fn latency(log: f64) -> f64 {
    250.0 * log.exp()
}

/// Noise of variance 1 that resembles the minute before it.
fn after(last: f64, by: f64, dice: &mut Dice) -> f64 {
    by * last + (1.0 - by * by).sqrt() * dice.normal()
}

/// What was said of a canary: at each of [`ONCE`], and over all minutes.
#[derive(Clone, Copy, Default)]
struct Said {
    passed: [bool; 2],
    failed: [bool; 2],
    ever_passed: bool,
    ever_failed: bool,
    /// Points at the first word.
    first: Option<usize>,
}

fn main() {
    let trials = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(500);
    let methods = ["kayenta", "sequential"].map(|name| (name, metric(name)));
    println!(
        "| really worse by | method | 50 points: pass / fail / open | 180 points: pass / fail / open | each minute to 180: ever pass / ever fail | median points to the first word |"
    );
    println!("|---:|---|---:|---:|---:|---:|");
    for (nth, (what, minute)) in CASES.iter().enumerate() {
        println!("| **{what}** | | | | | |");
        for worse in WORSE {
            for (name, (method, metric)) in &methods {
                let mut dice = Dice::new(2026 + nth as u64);
                let said: Vec<Said> =
                    (0..trials).map(|_| canary(&mut dice, *minute, 1.0 + worse, (*method, metric))).collect();
                println!("{}", row(worse, name, &said));
            }
        }
    }
}

/// The metric that both judge: up is bad, up to 15 % is allowed. Read as a person writes it.
fn metric(method: &str) -> (Method, Metric) {
    let text = format!(
        "rollout_gates:\n  min_data_points_per_metric: 50\n  method: {method}\nmetrics:\n  - name: it\n    \
         query: it{{hash=\"{{{{canary}}}}\"}}\n    direction: increase\n    effect_size:\n      allowed_increase: 1.15\n"
    );
    let Ok(mut policy) = file::read(&text, "judges") else { unreachable!("the text above is a policy") };
    (policy.method, policy.metrics.remove(0))
}

fn canary(
    dice: &mut Dice,
    minute: fn(&mut Dice, &mut Noise, f64) -> (f64, f64),
    ratio: f64,
    (method, metric): (Method, &Metric),
) -> Said {
    let mut noise = Noise { own: [dice.normal(), dice.normal()], both: dice.normal() };
    let (mut canary, mut stable, mut said) = (Series::default(), Series::default(), Said::default());
    for points in 1..=ONCE[1] {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(points as i64);
        let (ours, theirs) = minute(dice, &mut noise, ratio);
        canary.points.push((at, ours));
        stable.points.push((at, theirs));
        let class = verdict::class(method, metric, &canary, &stable);
        let (passed, failed) = (class == Class::Pass, matches!(class, Class::High | Class::Low));
        said.ever_passed |= passed;
        said.ever_failed |= failed;
        if (passed || failed) && said.first.is_none() {
            said.first = Some(points);
        }
        for (nth, _) in ONCE.iter().enumerate().filter(|(_, once)| **once == points) {
            (said.passed[nth], said.failed[nth]) = (passed, failed);
        }
    }
    said
}

fn row(worse: f64, method: &str, said: &[Said]) -> String {
    let share = |is: &dyn Fn(&Said) -> bool| {
        100.0 * said.iter().filter(|said| is(said)).count() as f64 / said.len() as f64
    };
    let once = |nth: usize| {
        let (passed, failed) = (share(&|said| said.passed[nth]), share(&|said| said.failed[nth]));
        format!("{passed:.1} / {failed:.1} / {:.1}", (100.0 - passed - failed).max(0.0))
    };
    let ever = format!("{:.1} / {:.1}", share(&|said| said.ever_passed), share(&|said| said.ever_failed));
    let mut first: Vec<usize> = said.iter().map(|said| said.first.unwrap_or(usize::MAX)).collect();
    first.sort_unstable();
    let median = match first[first.len() / 2] {
        usize::MAX => "> 180".to_owned(),
        points => points.to_string(),
    };
    format!("| +{:.0} % | {method} | {} | {} | {ever} | {median} |", 100.0 * worse, once(0), once(1))
}

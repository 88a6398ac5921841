//! Verdicts on metrics a second on one core, by both methods, beside SciPy's test on the same samples in the same run.
//!
//! Processor time is what counts, so that another program on the machine takes little away. SciPy is asked for less than a verdict (U and p,
//! no interval, no size of the effect), one pair at a time and, kinder to it, all pairs in one call; then for the interval too, by its own
//! search for roots over the counts of sorted values, which has to find the bounds that ours finds.

use std::hint::black_box;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rollgate::gate::evidence::{Evidence, Provenance, Series as Points};
use rollgate::gate::judge::interval;
use rollgate::gate::judge::rank::Sample;
use rollgate::gate::judge::whitney::{self, Alternative};
use rollgate::gate::policy::{Method, Policy, file};
use rollgate::gate::verdict;
use rollgate::text::Printable;

use crate::samples::{self, Pair};
use crate::statistics;

use super::measured::Series;
use super::table::{Table, Target, Unit};

/// Pairs of series.
const PAIRS: usize = 1_000;
/// Rollouts that are judged each minute, and metrics of each.
const FLEET: (usize, usize) = (200, 10);

/// Seconds of processor time for each pair: U and p one at a time, all in one call, and with the interval; and its bounds.
const TIMED_IN_SCIPY: &str = "\
import sys, time
import numpy as np
from scipy.optimize import brentq
from scipy.stats import mannwhitneyu, norm
data = np.fromfile(sys.argv[1], '<f8')
m, n = int(data[0]), int(data[1])
rows = data.reshape(-1, 2 + m + n)
x, y = rows[:, 2:2 + m].copy(), rows[:, 2 + m:].copy()
def timed(f):
    f()
    begun = time.process_time()
    f()
    return (time.process_time() - begun) / len(rows)
alone = timed(lambda: [mannwhitneyu(a, b, alternative='greater').pvalue for a, b in zip(x, y)])
together = timed(lambda: mannwhitneyu(x, y, alternative='greater', axis=1).pvalue)
reach, deviation = -norm.ppf(0.01), np.sqrt(m * n * (m + n + 1) / 12)
def bounds(a, b):
    b = np.sort(b)
    def off(shift, z):
        moved = a - shift
        above = (np.searchsorted(b, moved, 'left').sum() + np.searchsorted(b, moved, 'right').sum()) / 2
        middle = above - m * n / 2
        return (middle - np.copysign(0.5, middle) * (middle != 0)) / deviation - z
    ends = a.min() - b.max(), a.max() - b.min()
    return [brentq(off, *ends, args=(z,), xtol=1e-4) for z in (reach, 0.0, -reach)]
def whole(a, b):
    return mannwhitneyu(a, b, alternative='greater').pvalue, bounds(a, b)
within = timed(lambda: [whole(a, b) for a, b in zip(x, y)])
found = [[alone, together, within, low, high] for a, b in zip(x, y) for low, _, high in [bounds(a, b)]]
np.array(found, '<f8').tofile(sys.argv[2])
";

/// Measures both methods with 50 and 180 points.
///
/// # Errors
/// What does not work of the policy that is made up for it.
pub fn measure(runs: usize, table: &mut Table) -> Result<(), String> {
    super::say("the judge");
    let scipy = statistics::scipy();
    if let Err(why) = &scipy {
        eprintln!("no figures beside SciPy: {why}");
    }
    for points in [50, 180] {
        let pairs = samples::metrics(7, PAIRS, points);
        let theirs = scipy.as_ref().ok().map(|python| peer(python, &pairs, runs)).transpose()?;
        let test = rate(runs, pairs.len(), || pairs.iter().for_each(tested));
        table.add(
            &format!("judge: U and p alone, {points} points"),
            0,
            &test,
            (Unit::PerSecond, Target::None),
        );
        if let Some([alone, ..]) = &theirs {
            times(&test, alone, &format!("judge: U and p alone, {points} points, beside SciPy's"), table);
        }
        for method in ["kayenta", "sequential"] {
            let target = if points == 50 { Target::AtLeast(100_000.0) } else { Target::None };
            let policy = policy(method, 1)?;
            let series: Vec<_> = pairs.iter().map(|pair| (of(&pair.canary), of(&pair.stable))).collect();
            let ours = rate(runs, series.len(), || judged(policy.method, &policy, &series));
            let name = format!("judge: verdicts on metrics, {method}, {points} points");
            table.add(&name, 0, &ours, (Unit::PerSecond, target));
            beside(&ours, theirs.as_ref(), (method, points), table);
        }
    }
    fleet(runs, table)
}

/// Tells SciPy's rates, and how often as fast a whole verdict is.
fn beside(ours: &Series, theirs: Option<&[Series; 3]>, (method, points): (&str, usize), table: &mut Table) {
    let asked = ["U and p alone", "U and p alone, all in one call", "U, p and the interval"];
    for (theirs, asked) in theirs.into_iter().flatten().zip(asked) {
        if method == "kayenta" {
            let name = format!("SciPy: {asked}, {points} points");
            table.add(&name, 0, theirs, (Unit::PerSecond, Target::None));
        }
        times(ours, theirs, &format!("judge: {method}, {points} points, beside SciPy: {asked}"), table);
    }
}

fn times(ours: &Series, theirs: &Series, name: &str, table: &mut Table) {
    if let (Some(ours), Some(theirs)) = (ours.median(), theirs.median()) {
        let mut times = Series::default();
        times.add(ours / theirs);
        let target = if name.ends_with("call") { Target::None } else { Target::AtLeast(50.0) };
        table.add(name, 0, &times, (Unit::Times, target));
    }
}

fn peer(python: &std::path::Path, pairs: &[Pair], runs: usize) -> Result<[Series; 3], String> {
    let mut rates = <[Series; 3]>::default();
    for _ in 0..runs {
        let answers = statistics::ask(python, TIMED_IN_SCIPY, pairs, 5)?;
        for (pair, answer) in pairs.iter().zip(&answers) {
            same(pair, answer)?;
        }
        let seconds = answers.first().ok_or("SciPy answered nothing")?;
        for (rate, seconds) in rates.iter_mut().zip(seconds) {
            rate.add(1.0 / seconds);
        }
    }
    Ok(rates)
}

/// Refuses to compare what is not the same work: both searches end within their tolerance of the same bounds.
fn same(pair: &Pair, answer: &[f64]) -> Result<(), String> {
    let sample = |values: &[f64]| Sample::of(values.iter().copied());
    let ours = interval::shift(&sample(&pair.canary), &sample(&pair.stable), interval::CONFIDENCE);
    let [.., low, high] = answer else { return Err("SciPy found no bounds".to_owned()) };
    match ours {
        Some(ours)
            if (ours.lower - low).abs().max((ours.upper - high).abs()) <= 2.0 * interval::TOLERANCE =>
        {
            Ok(())
        }
        ours => Err(format!("SciPy bounds the shift by {low} and {high}, rollgate says {ours:?}")),
    }
}

/// Whole verdicts of all Rollouts with all their metrics: evidence, digests and sentences with it.
fn fleet(runs: usize, table: &mut Table) -> Result<(), String> {
    let (rollouts, metrics) = FLEET;
    for method in ["kayenta", "sequential"] {
        let policy = policy(method, metrics)?;
        let evidence: Vec<Evidence> = samples::metrics(11, metrics, 180).iter().map(evidence).collect();
        let now = at(180);
        let mut share = Series::default();
        for _ in 0..runs {
            let took = busy(|| {
                for _ in 0..rollouts {
                    black_box(verdict::judge(&policy, black_box(&evidence), now));
                }
            });
            share.add(100.0 * took.as_secs_f64() / 60.0);
        }
        let name = format!("judge: {rollouts} Rollouts × {metrics} metrics a minute, {method}, processor");
        table.add(&name, 0, &share, (Unit::Percent, Target::AtMost(1.0)));
    }
    Ok(())
}

fn tested(pair: &Pair) {
    let sample = |values: &[f64]| Sample::of(values.iter().copied());
    black_box(whitney::test(&sample(&pair.canary), &sample(&pair.stable), Alternative::Greater));
}

fn judged(method: Method, policy: &Policy, series: &[(Points, Points)]) {
    for (canary, stable) in series {
        for metric in &policy.metrics {
            black_box(verdict::class(method, metric, canary, stable));
        }
    }
}

fn policy(method: &str, metrics: usize) -> Result<Policy, String> {
    let mut text =
        format!("rollout_gates:\n  min_data_points_per_metric: 50\n  method: {method}\nmetrics:\n");
    for nth in 0..metrics {
        text.push_str(&format!("  - name: latency-{nth}\n    query: latency{{hash=\"{{{{canary}}}}\"}}\n"));
        text.push_str("    direction: increase\n");
    }
    file::read(&text, "figures").map_err(|fault| fault.to_string())
}

fn at(minute: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute as i64)
}

fn of(values: &[f64]) -> Points {
    Points { points: values.iter().enumerate().map(|(minute, value)| (at(minute), *value)).collect() }
}

fn evidence(pair: &Pair) -> Evidence {
    let of_where = Provenance {
        source: Printable::ours("prometheus"),
        query: Printable::ours("latency"),
        window: (at(0), at(180)),
        asked: at(180),
    };
    Evidence::Series { canary: of(&pair.canary), stable: of(&pair.stable), of: of_where }
}

/// How many a second, each run long enough to be measured.
fn rate(runs: usize, each: usize, mut work: impl FnMut()) -> Series {
    let mut rates = Series::default();
    work();
    for _ in 0..runs {
        let (mut done, mut took) = (0, Duration::ZERO);
        while took < Duration::from_millis(200) {
            took += busy(&mut work);
            done += each;
        }
        rates.add(done as f64 / took.as_secs_f64());
    }
    rates
}

/// Processor time of this thread.
fn busy(work: impl FnOnce()) -> Duration {
    let spent = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
    };
    let before = spent();
    work();
    spent() - before
}

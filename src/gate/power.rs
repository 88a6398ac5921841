//! Owns how often a policy would catch a regression, and how many points it would take.
//!
//! Computed by judging made-up series with the policy's own method, from a seed, so that it is the same each time. It never speaks
//! of a real service: the noise is what the caller says. A metric's tolerance is left aside, since made-up values have no unit.

use super::evidence::Series;
use super::judge::metric::{Class, Direction};
use super::policy::{Method, Metric};
use super::verdict;
use jiff::{SignedDuration, Timestamp};

/// Made-up canaries for each answer.
pub const ROUNDS: usize = 300;
/// Most points that are tried.
pub const MOST: usize = 2_000;

/// A regression, and the noise in which it has to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Mean of the canary over that of the stable version.
    pub ratio: f64,
    /// Standard deviation of a point, as a share of the mean.
    pub noise: f64,
}

/// What is asked of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How often it calls the canary bad.
    Caught,
    /// How often it lets it pass.
    Passed,
}

/// Returns the share of made-up canaries that a metric calls bad with so many points, from 0 to 1.
pub fn caught(method: Method, metric: &Metric, scene: Scene, points: usize) -> f64 {
    share(Question::Caught, method, metric, scene, points)
}

/// Returns the share of made-up canaries with which a metric answers a question so, from 0 to 1.
pub fn share(question: Question, method: Method, metric: &Metric, scene: Scene, points: usize) -> f64 {
    let answers = rounds(question, method, metric, scene, points);
    answers.filter(|answer| *answer).count() as f64 / ROUNDS as f64
}

/// Answers a question for one made-up canary after the other.
fn rounds(
    question: Question,
    method: Method,
    metric: &Metric,
    scene: Scene,
    points: usize,
) -> impl Iterator<Item = bool> {
    let metric = Metric { tolerance: 0.0, ..metric.clone() };
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    (0..ROUNDS).map(move |_| {
        let (canary, stable) = (
            series(&mut dice, scene.ratio, scene.noise, points),
            series(&mut dice, 1.0, scene.noise, points),
        );
        let class = verdict::class(method, &metric, &canary, &stable);
        match question {
            Question::Caught => matches!(class, Class::High | Class::Low),
            Question::Passed => class == Class::Pass,
        }
    })
}

/// Returns the fewest points with which a share of the regressions is caught; `None` where [`MOST`] do not do.
pub fn points_for(share: f64, method: Method, metric: &Metric, scene: Scene) -> Option<usize> {
    points(share, Question::Caught, method, metric, scene)
}

/// Returns the fewest points with which a metric answers a question so in a share of the cases; `None` where [`MOST`] do not do.
pub fn points(
    wanted: f64,
    question: Question,
    method: Method,
    metric: &Metric,
    scene: Scene,
) -> Option<usize> {
    let needed = (wanted * ROUNDS as f64).ceil() as usize;
    // No more canaries are made up than it takes to know.
    let enough = |points: usize| {
        let (mut yes, mut no) = (0, 0);
        for answer in rounds(question, method, metric, scene, points) {
            if answer {
                yes += 1
            } else {
                no += 1
            }
            if yes >= needed || no > ROUNDS - needed {
                break;
            }
        }
        yes >= needed
    };
    let least = metric.rule.least_points.max(10);
    // More are never tried: with as many as a policy may want that would take minutes.
    if least > MOST {
        return None;
    }
    let mut above = least;
    while !enough(above) {
        if above == MOST {
            return None;
        }
        above = (above * 2).min(MOST);
    }
    let mut below = if above == least { 2 } else { above / 2 };
    while above - below > 1 + above / 50 {
        let middle = below.midpoint(above);
        if enough(middle) { above = middle } else { below = middle }
    }
    Some(above)
}

/// Returns a scene in which a metric's direction is the bad one.
pub fn regression(metric: &Metric, by: f64, noise: f64) -> Scene {
    let ratio = if metric.rule.direction == Direction::Decrease { 1.0 - by } else { 1.0 + by };
    Scene { ratio, noise }
}

fn series(dice: &mut Dice, mean: f64, noise: f64, points: usize) -> Series {
    let at = |point: usize| {
        let minutes = SignedDuration::from_mins(i64::try_from(point).unwrap_or_default());
        Timestamp::UNIX_EPOCH.checked_add(minutes).unwrap_or(Timestamp::UNIX_EPOCH)
    };
    let value = |off: f64| 100.0 * mean * (1.0 + noise * off);
    Series { points: (0..points).map(|point| (at(point), value(dice.normal()))).collect() }
}

/// Marsaglia's xorshift: plenty for noise, and the same everywhere.
struct Dice(u64);

impl Dice {
    /// Returns a value of the normal distribution (Box and Muller 1958).
    fn normal(&mut self) -> f64 {
        let (far, where_to) = (self.share(), self.share());
        (-2.0 * libm::log(far)).sqrt() * libm::cos(std::f64::consts::TAU * where_to)
    }

    /// Returns a share between 0 and 1, neither of them.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

//! Owns how often a policy would catch a regression, and how many points it would take.
//!
//! Computed by judging made-up series with the policy's own method, from a seed, so that it is the same each time. It never speaks
//! of a real service: the noise is what the caller says.

use super::evidence::Series;
use super::judge::metric::{Class, Direction};
use super::judge::normal;
use super::policy::{Method, Metric};
use super::verdict;
use jiff::{SignedDuration, Timestamp};

/// Made-up canaries for each answer.
const ROUNDS: usize = 300;
/// Most points that are tried.
const MOST: usize = 5_000;

/// A regression, and the noise in which it has to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Mean of the canary over that of the stable version.
    pub ratio: f64,
    /// Standard deviation of a point, as a share of the mean.
    pub noise: f64,
}

/// Returns the share of made-up canaries that a metric calls bad with so many points, from 0 to 1.
pub fn caught(method: Method, metric: &Metric, scene: Scene, points: usize) -> f64 {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let caught = (0..ROUNDS).filter(|_| {
        let (canary, stable) = (
            series(&mut dice, scene.ratio, scene.noise, points),
            series(&mut dice, 1.0, scene.noise, points),
        );
        matches!(verdict::class(method, metric, &canary, &stable), Class::High | Class::Low)
    });
    caught.count() as f64 / ROUNDS as f64
}

/// Returns the fewest points with which a share of the regressions is caught; `None` where [`MOST`] do not do.
pub fn points_for(share: f64, method: Method, metric: &Metric, scene: Scene) -> Option<usize> {
    let enough = |points: usize| caught(method, metric, scene, points) >= share;
    let mut above = metric.rule.least_points.max(10);
    while !enough(above) {
        above *= 2;
        if above > MOST {
            return None;
        }
    }
    let mut below = if above == metric.rule.least_points.max(10) { 2 } else { above / 2 };
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
    let value = |share: f64| 100.0 * mean * (1.0 + noise * normal::quantile(share));
    Series { points: (0..points).map(|point| (at(point), value(dice.share()))).collect() }
}

/// Marsaglia's xorshift: plenty for noise, and the same everywhere.
struct Dice(u64);

impl Dice {
    /// Returns a share between 0 and 1, neither of them.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }
}

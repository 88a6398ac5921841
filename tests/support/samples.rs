//! Made-up pairs of samples, from a seed: as metrics are, and as they must not be.
//!
//! Owns the dice and the shapes. It judges nothing and knows no other implementation. Invariant: a seed says the same pairs on every
//! machine, but for the last digit of logarithms and cosines.
#![allow(dead_code, reason = "each program uses a part of it")]

use std::f64::consts::TAU;

/// Two samples, and what they are like.
#[derive(Clone, Debug)]
pub struct Pair {
    pub shape: &'static str,
    pub canary: Vec<f64>,
    pub stable: Vec<f64>,
}

/// Numbers by Steele, Lea and Flood's splitmix.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between 0 and 1, neither of them.
    pub fn share(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Of the standard normal distribution (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (TAU * self.share()).cos()
    }

    /// Of Poisson's distribution, for small means (Knuth).
    pub fn count(&mut self, mean: f64) -> f64 {
        let (limit, mut left, mut count) = ((-mean).exp(), self.share(), 0.0);
        while left > limit {
            left *= self.share();
            count += 1.0;
        }
        count
    }

    fn whole(&mut self, least: usize, most: usize) -> usize {
        least + (self.share() * (most - least + 1) as f64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.whole(0, of.len() - 1)]
    }
}

/// How one value is made, given by how much it is shifted.
type Shape = (&'static str, fn(&mut Dice, f64) -> f64);

/// What the values of a sample are like.
const SHAPES: [Shape; 12] = [
    ("normal", |dice, by| 100.0 * (1.0 + 0.1 * by) + 15.0 * dice.normal()),
    ("around zero", |dice, by| by + dice.normal()),
    ("lognormal", |dice, by| 100.0 * (by + dice.normal()).exp()),
    ("heavy tails", |dice, by| by + (TAU / 2.0 * (dice.share() - 0.5)).tan()),
    ("waiting times", |dice, by| -(1.0 + by) * dice.share().ln()),
    ("rounded", |dice, by| (by + 2.0 * dice.normal()).round()),
    ("counts", |dice, by| dice.count(3.0 + by)),
    ("mostly zeros", |dice, by| if dice.share() < 0.8 - 0.2 * by { 0.0 } else { 5.0 * dice.share() }),
    ("two values", |dice, by| if dice.share() < 0.5 + 0.1 * by { 1.0 } else { 0.0 }),
    ("large", |dice, by| 1e6 * (by + dice.share())),
    ("small", |dice, by| 1e-3 * (by + dice.share())),
    ("negative", |dice, by| -50.0 + by - (10.0 * dice.share()).floor()),
];

/// Makes so many pairs of 3 to 200 values.
pub fn pairs(seed: u64, count: usize) -> Vec<Pair> {
    let mut dice = Dice::new(seed);
    (0..count).map(|nth| pair(&mut dice, nth)).collect()
}

fn pair(dice: &mut Dice, nth: usize) -> Pair {
    let most = [8, 12, 60, 200][nth % 4];
    let (m, n) = (dice.whole(3, most), dice.whole(3, if nth.is_multiple_of(8) { 200 } else { most }));
    let by = dice.pick(&[0.0, 0.0, 0.2, 0.5, 2.0]);
    let (shape, value) = SHAPES[nth / 4 % SHAPES.len()];
    let mut canary: Vec<f64> = (0..m).map(|_| value(dice, by)).collect();
    let mut stable: Vec<f64> = (0..n).map(|_| value(dice, 0.0)).collect();
    let shape = match nth % 97 {
        0 => {
            canary.fill(stable[0]);
            "a constant canary"
        }
        1 => {
            canary.fill(7.0);
            stable.fill(5.0);
            "two constants"
        }
        2 => {
            canary.fill(5.0);
            stable.fill(5.0);
            "one constant"
        }
        3 => {
            stable.clone_from(&canary);
            "the same twice"
        }
        _ => shape,
    };
    Pair { shape, canary, stable }
}

/// Makes pairs as a metric has them in so many minutes: latency in milliseconds, a fifth worse in every other pair.
pub fn metrics(seed: u64, count: usize, points: usize) -> Vec<Pair> {
    let mut dice = Dice::new(seed);
    let mut series = |by: f64| (0..points).map(|_| 250.0 * by * (0.3 * dice.normal()).exp()).collect();
    let mut pair = |nth: usize| Pair {
        shape: "latency",
        canary: series(if nth.is_multiple_of(2) { 1.0 } else { 1.2 }),
        stable: series(1.0),
    };
    (0..count).map(&mut pair).collect()
}

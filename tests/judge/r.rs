//! The interval as R's `wilcox.test` gives it where it is told to approximate, which is what Kayenta's judge does.
//!
//! Left alone, R counts samples of fewer than 50 values out, and its interval is another then: that rule is R's, not Kayenta's. Its
//! estimate is not compared either, because R finds it without the correction for continuity and Kayenta with it.

use std::path::Path;

use rollgate::gate::judge::interval;
use rollgate::gate::judge::interval::CONFIDENCE;
use rollgate::gate::judge::whitney::{self, Alternative};

use crate::{Outcome, Test, agree, none, samples, sorted, statistics};

/// Pairs that are made up; R takes some 20 ms for each.
const PAIRS: usize = 2_000;

pub fn trials() -> Vec<Test> {
    vec![("the interval and the approximated p of thousands of made-up samples are r's", interval)]
}

fn interval(r: &Path) -> Outcome {
    let pairs = samples::pairs(1963, PAIRS);
    let answers = statistics::ask(r, statistics::WILCOX_IN_R, &pairs, 4)?;
    let (mut bounded, mut approximated, mut differ) = (0, 0, Vec::new());
    for (pair, answer) in pairs.iter().zip(&answers) {
        let (x, y) = sorted(pair);
        let test = whitney::test(&x, &y, Alternative::TwoSided).expect("both have values");
        let same_p = test.exact || agree(test.p, if answer[1].is_nan() { 1.0 } else { answer[1] });
        if test.u != answer[0] || !same_p {
            differ.push(format!("{test:?}, not {answer:?}: {pair:?}"));
        }
        approximated += usize::from(!test.exact);
        let shift = interval::shift(&x, &y, CONFIDENCE);
        let ours = shift.map_or((f64::NAN, f64::NAN), |shift| (shift.lower, shift.upper));
        let near =
            |ours: f64, theirs: f64| (ours.is_nan() && theirs.is_nan()) || (ours - theirs).abs() <= 1e-6;
        if !near(ours.0, answer[2]) || !near(ours.1, answer[3]) {
            differ.push(format!("{ours:?}, not {:?}: {pair:?}", &answer[2..]));
        }
        bounded += usize::from(shift.is_some());
    }
    none(&differ, PAIRS)?;
    assert!(bounded > PAIRS * 9 / 10 && approximated > PAIRS / 2, "{bounded} bounded, {approximated}");
    Ok(())
}

//! U and p as SciPy's `mannwhitneyu` gives them, which counts small samples out as the judge does.

use std::path::Path;

use rollgate::gate::judge::whitney::{self, Alternative};

use crate::{Outcome, Test, agree, none, samples, sorted, statistics};

/// Pairs that are made up.
const PAIRS: usize = 5_000;

pub fn trials() -> Vec<Test> {
    vec![("u and all three p of thousands of made-up samples are scipy's", whitney)]
}

fn whitney(python: &Path) -> Outcome {
    let pairs = samples::pairs(1947, PAIRS);
    let answers = statistics::ask(python, statistics::WHITNEY_IN_SCIPY, &pairs, 4)?;
    let (mut exact, mut tied, mut differ) = (0, 0, Vec::new());
    for (pair, answer) in pairs.iter().zip(&answers) {
        let (x, y) = sorted(pair);
        for (side, theirs) in [
            (Alternative::TwoSided, answer[1]),
            (Alternative::Less, answer[2]),
            (Alternative::Greater, answer[3]),
        ] {
            let ours = whitney::test(&x, &y, side).expect("both have values");
            // Where all values are one, U has no spread: SciPy says nothing or 1, and nothing speaks against "the same".
            let theirs = if theirs.is_nan() { 1.0 } else { theirs };
            if ours.u != answer[0] || !agree(ours.p, theirs) {
                differ.push(format!("{side:?} {ours:?}, not {} {theirs}: {pair:?}", answer[0]));
            }
            exact += usize::from(ours.exact);
        }
        tied += usize::from(x.among(&y, 0.0).ties > 0.0);
    }
    none(&differ, 3 * PAIRS)?;
    assert!(exact > 1_000 && tied > 1_000 && tied < PAIRS - 1_000, "{exact} counted out, {tied} tied");
    Ok(())
}

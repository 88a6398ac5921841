//! Owns the search for where a falling or rising function crosses zero (Brent, Algorithms for Minimization without
//! Derivatives, 1973, chapter 4, as R's `uniroot` does it).
//!
//! It never leaves the interval. The tolerance is absolute, so its answer depends on the unit of what is measured.

/// Rounds until the search gives up.
const ROUNDS: usize = 1_000;

/// Finds a zero of `f` between `a` and `b`, within `tolerance`; `None` where it does not change its sign there.
pub fn zero(
    mut f: impl FnMut(f64) -> f64,
    (a, fa): (f64, f64),
    (b, fb): (f64, f64),
    tolerance: f64,
) -> Option<f64> {
    if fa == 0.0 {
        return Some(a);
    }
    if fb == 0.0 {
        return Some(b);
    }
    if fa.is_nan() || fb.is_nan() || (fa > 0.0) == (fb > 0.0) {
        return None;
    }
    let mut last = (a, fa);
    let mut best = (b, fb);
    let mut across = last;
    for _ in 0..ROUNDS {
        let before = best.0 - last.0;
        if across.1.abs() < best.1.abs() {
            last = best;
            best = across;
            across = last;
        }
        let least = 2.0 * f64::EPSILON * best.0.abs() + tolerance / 2.0;
        let half = (across.0 - best.0) / 2.0;
        if half.abs() <= least || best.1 == 0.0 {
            return Some(best.0);
        }
        let mut step = half;
        if before.abs() >= least && last.1.abs() > best.1.abs() {
            step = interpolated(last, best, across, (before, least)).unwrap_or(half);
        }
        if step.abs() < least {
            step = least.copysign(step);
        }
        last = best;
        best.0 += step;
        best.1 = f(best.0);
        if (best.1 > 0.0 && across.1 > 0.0) || (best.1 < 0.0 && across.1 < 0.0) {
            across = last;
        }
    }
    Some(best.0)
}

/// Proposes a step by line or inverse parabola; `None` where it would not stay well inside.
fn interpolated(
    last: (f64, f64),
    best: (f64, f64),
    across: (f64, f64),
    (before, least): (f64, f64),
) -> Option<f64> {
    let width = across.0 - best.0;
    let (mut p, mut q);
    if last.0 == across.0 {
        let ratio = best.1 / last.1;
        p = width * ratio;
        q = 1.0 - ratio;
    } else {
        let (to_across, ratio, to_last) = (last.1 / across.1, best.1 / across.1, best.1 / last.1);
        p = to_last * (width * to_across * (to_across - ratio) - (best.0 - last.0) * (ratio - 1.0));
        q = (to_across - 1.0) * (ratio - 1.0) * (to_last - 1.0);
    }
    if p > 0.0 {
        q = -q
    } else {
        p = -p
    }
    let inside = p < 0.75 * width * q - (least * q).abs() / 2.0 && p < (before * q / 2.0).abs();
    inside.then(|| p / q)
}

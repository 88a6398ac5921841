//! The unit of a metric: one method has a smallest step, and says so where the values are about as small.

use super::*;

#[test]
fn shares_of_one_are_told_to_be_too_small_for_kayenta_and_per_cent_are_not() {
    let policy = file::read(&format!("{CORE}  method: kayenta\n{METRICS}"), "x").unwrap();
    let told = |mean: f64| {
        let errors = beside(around(mean, 60), around(mean * 1.01, 60));
        let latency = beside(around(120.0, 60), around(120.0, 60));
        verdict::judge(&policy, &[errors, latency], now()).parts[0].why.to_string()
    };
    assert!(told(0.002).contains("feed per cent or ppm"), "{}", told(0.002));
    assert!(!told(0.2).contains("feed per cent"), "{}", told(0.2));
}

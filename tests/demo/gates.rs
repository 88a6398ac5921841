//! Gates in the demo: series made up beside the cluster, gathered, judged, and said on the screen.

use super::Demo;

fn opened(scenario: &str, name: &str) -> Demo {
    let mut demo = Demo::start(&["--scenario", scenario]);
    demo.begins();
    demo.opens(name);
    demo
}

#[test]
fn a_bad_canary_is_caught_at_a_tenth_and_its_abort_is_proposed() {
    let mut demo = opened("gate-bad", "checkout");
    demo.screen.wait_for("gate FAIL");
    demo.screen.wait_for("abort proposed");
    demo.leaves();
}

#[test]
fn a_good_canary_passes() {
    let mut demo = opened("gate-good", "search");
    demo.screen.wait_for("gate PASS");
    demo.leaves();
}

#[test]
fn an_unclear_canary_is_held() {
    let mut demo = opened("gate-unclear", "invoice");
    demo.screen.wait_for("gate HOLD");
    demo.leaves();
}

#[test]
fn a_shadow_passes_where_policy_allows_its_steps_and_fails_where_one_is_denied() {
    let mut demo = opened("gate-shadow", "assistant");
    demo.screen.wait_for("gate PASS");
    demo.screen.wait_for("stage shadow");
    demo.leaves();
    let mut demo = opened("gate-shadow", "cashier");
    demo.screen.wait_for("gate FAIL");
    demo.screen.wait_for("step pay is denied: amounts over 200");
    demo.leaves();
}

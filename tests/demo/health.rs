//! Health in the demo, as a person meets it: a controller that is silent, a right that is gone, an order that is refused.

use std::time::Duration;

use super::Demo;

/// Starts a scenario and reads its story.
fn begun(scenario: &str) -> Demo {
    let mut demo = Demo::start(&["--scenario", scenario, "--speed", "4"]);
    demo.screen.be_patient(Duration::from_secs(60));
    demo.begins();
    demo
}

/// Opens health, and the row of this title.
fn opens_row(demo: &mut Demo, title: &str) {
    demo.screen.send("l");
    demo.screen.wait_for("what works, and how that is known");
    for _ in 0..25 {
        let line = demo.screen.text().lines().position(|line| line.contains(title));
        let selected = line.is_some_and(|row| {
            let row = u16::try_from(row).unwrap();
            demo.screen.screen().cell(row, 3).is_some_and(vt100::Cell::inverse)
        });
        if selected {
            break;
        }
        demo.screen.send("j");
        demo.screen.read_for(Duration::from_millis(100));
    }
    demo.screen.send("\r");
    demo.screen.wait_for("How that is known");
}

/// Opens the confirmation of a promotion, and again until its dry run comes to this.
fn promotes_until(demo: &mut Demo, wanted: &str) {
    for _ in 0..100 {
        demo.screen.send("p");
        demo.screen.wait_until("the dry run was answered", |screen| {
            let text = screen.contents();
            ["dry run accepted", "dry run refused", "dry run forbidden"]
                .iter()
                .any(|said| text.contains(said))
        });
        if demo.screen.text().contains(wanted) {
            return;
        }
        demo.closes();
        demo.screen.read_for(Duration::from_millis(200));
    }
    panic!("the dry run never came to {wanted}: {}", demo.screen.text());
}

#[test]
fn a_controller_that_stops_is_told_by_the_marks_by_its_row_and_by_the_confirmation() {
    let mut demo = begun("controller-down");
    demo.screen.wait_for("controller degraded");
    opens_row(&mut demo, "Controller ");
    for words in ["no leader", "is not renewed", "get deployments,pods,leases"] {
        demo.screen.wait_for(words);
    }
    demo.screen.send("\x1b");
    demo.screen.wait_for("CAPABILITY");
    demo.screen.send("\x1b");
    demo.screen.wait_for("WAITS FOR");
    demo.screen.send("p");
    demo.screen.wait_for("an accepted order may wait");
    demo.screen.wait_for("dry run accepted");
    demo.screen.wait_for("acknowledge and send");
    demo.closes();
    assert!(!demo.leaves().contains("acknowledged by"));
}

#[test]
fn a_right_that_is_gone_disarms_the_confirmation_and_its_row_says_what_to_apply() {
    let mut demo = begun("lost-right");
    promotes_until(&mut demo, "dry run forbidden");
    // By the review of rights, or by the dry run: whichever was seen first.
    demo.screen.wait_until("it says why", |screen| {
        let text = screen.contents();
        text.contains("cannot patch resource") || text.contains("may not patch")
    });
    demo.screen.read_for(Duration::from_secs(1));
    assert!(!demo.screen.text().contains("acknowledge and send"), "{}", demo.screen.text());
    demo.screen.send("y");
    demo.closes();
    opens_row(&mut demo, "Promote ");
    for words in ["patch rollouts.argoproj.io/status in shop", "kind: RoleBinding"] {
        demo.screen.wait_for(words);
    }
    let before = demo.screen.raw().len();
    demo.screen.send("c");
    demo.screen.wait_for_bytes(before, b"\x1b]52;c;");
    let words = demo.leaves();
    assert!(!words.contains("acknowledged by"), "nothing was sent: {words}");
}

#[test]
fn what_a_policy_of_the_cluster_refuses_can_be_ordered_when_that_is_over() {
    let mut demo = begun("change-freeze");
    promotes_until(&mut demo, "dry run refused");
    demo.screen.wait_for("audit-freeze");
    assert!(!demo.screen.text().contains("acknowledge and send"), "{}", demo.screen.text());
    demo.closes();
    promotes_until(&mut demo, "dry run accepted");
    demo.screen.wait_for("acknowledge and send");
    demo.screen.send("y");
    demo.screen.wait_for("done: ");
    demo.closes();
    let words = demo.leaves();
    assert!(words.contains("done:     You promoted billing, and only once."), "{words}");
    assert!(words.contains("done:     You sent nothing into the refusal."), "{words}");
}

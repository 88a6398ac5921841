//! Runs of a workflow in the demo, by a person's keys: one that broke off in a bad canary is taken up after the abort, a new one is begun,
//! and both stand in the ledger.

use super::Demo;

impl Demo {
    /// Lists the runs of the workflow.
    fn lists_runs(&mut self) {
        self.walks(&[("o", "Begins a run at the policy service"), ("W", "begin a run of refunds")]);
    }

    /// Gives a reason, acknowledges, waits until the run was seen, and closes the confirmation.
    fn orders_it(&mut self, reason: &str) {
        self.screen.wait_for("Say why");
        self.types(reason, "> ");
        self.walks(&[("\r", "acknowledge and send"), ("y", "done: the run ")]);
        self.closes();
    }

    /// Aborts what is open, by its name.
    fn aborts(&mut self, name: &str) {
        self.walks(&[("x", "to go on:")]);
        let (most, last) = name.split_at(name.len() - 1);
        self.types(most, "> ");
        self.walks(&[(last, "acknowledge and send"), ("y", "done: the controller aborted")]);
        self.closes();
    }
}

fn opened() -> Demo {
    let mut demo = Demo::start(&["--scenario", "gate-bad"]);
    demo.begins();
    demo.opens("checkout");
    demo
}

/// What is said about the ledger, in one line: long lines are broken there.
fn ledger(words: &str) -> String {
    let ledger = words.split("What stood in the ledger:").nth(1).unwrap();
    let ledger = ledger.split("What was done:").next().unwrap();
    ledger.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn after_the_abort_the_failed_run_is_taken_up_from_its_step_and_a_new_one_is_begun() {
    let mut demo = opened();
    demo.aborts("checkout");
    demo.lists_runs();
    // The newest run that failed is selected, then the step that failed.
    demo.walks(&[("o", "did not succeed"), ("o", "The policy service takes up the run")]);
    demo.screen.wait_for(r#"{"dry_run":false,"from_step":"pay"}"#);
    demo.orders_it("4.1.3 is back");
    demo.lists_runs();
    // The run that was taken up stands above the one that broke off.
    demo.screen.wait_for("again from pay");
    demo.walks(&[("k", "it takes up "), ("k", "Begins a new run"), ("o", "Idempotency-Key: ")]);
    demo.orders_it("what failed since");
    let words = demo.leaves();
    let told = ledger(&words);
    for (word, consequence) in
        [("rerun", "takes up the run "), ("run", "begins a run of the workflow refunds")]
    {
        let about = |event: &str| {
            let (_, rest) = told.split_once(&format!(" {word} shop/checkout: {event}"))?;
            rest.split_whitespace().next().map(str::to_owned)
        };
        assert!(about("acknowledged by ").is_some() && told.contains(consequence), "{told}");
        let named = about("accepted by the policy service as the run ").expect("the service named the run");
        assert_eq!(about("done: the run "), Some(named.clone()), "{told}");
        assert!(told.contains(&format!("done: the run {named} was seen, running")), "{told}");
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [" from pay at the policy service, as ", "you: begin the run ", "You aborted checkout while"]
    {
        assert!(words.contains(line), "{line:?} is missing in:\n{words}");
    }
    assert!(!words.contains("not done:"), "{words}");
}

#[test]
fn before_the_abort_no_run_is_taken_up_and_it_is_said_why() {
    let mut demo = opened();
    demo.lists_runs();
    demo.walks(&[("j", "This Rollout is not aborted"), ("o", "Begin a run of the workflow instead")]);
    demo.walks(&[("\x1b", "close: nothing is sent"), ("\x1b", "o orders")]);
    assert_eq!(ledger(&demo.leaves()), "nothing");
}

#[test]
fn escape_at_every_stage_of_a_run_orders_nothing() {
    let mut demo = opened();
    demo.aborts("checkout");
    demo.lists_runs();
    demo.walks(&[
        ("o", "did not succeed"),
        ("\x1b", "begin a run of refunds"),
        ("k", "Begins a new run"),
        ("o", "Idempotency-Key: "),
        ("\x1b", "withdrawn"),
    ]);
    let words = demo.leaves();
    assert!(!words.contains("you: begin") && !words.contains("you: take up"), "{words}");
    assert!(ledger(&words).contains(" run shop/checkout: withdrawn"), "{words}");
}

#[test]
fn health_shows_the_policy_service_as_one_that_was_seen_working() {
    let mut demo = opened();
    demo.screen.send("l");
    demo.screen.wait_for("what works, and how that is known");
    demo.screen.send("G");
    demo.screen.wait_until("the policy service is available", |screen| {
        let text = screen.contents();
        text.lines().any(|line| line.contains("Policy service") && line.contains("available"))
    });
    demo.leaves();
}

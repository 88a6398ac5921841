//! The timeline of the demo: what its controller says and what was ordered, beside each other.

use super::Demo;

#[test]
fn the_controllers_events_stand_in_the_timeline_before_and_after_the_order() {
    let mut demo = Demo::start(&["--speed", "4"]);
    demo.begins();
    demo.opens("checkout");
    demo.screen.send("t");
    // The past that the world lived through before the story is told by its Events too.
    demo.screen.wait_for("RolloutUpdated: Rollout updated to revision");
    demo.screen.send("\x1b");
    demo.screen.wait_for("REVISIONS");
    demo.screen.send("x");
    demo.screen.wait_for("Type checkout to go on:");
    demo.types("checkou", "> ");
    demo.screen.send("t");
    demo.screen.wait_for("acknowledge and send");
    demo.screen.send("y");
    demo.screen.wait_for("done: the controller aborted the update");
    demo.closes();
    demo.screen.send("t");
    demo.screen.wait_for("Warning RolloutAborted");
    let shown = demo.screen.screen().contents();
    let order = shown.find("abort by").expect("the order stands there");
    let said = shown.find("Warning RolloutAborted").expect("what the controller said stands there");
    assert!(order < said, "{shown}");
    demo.leaves();
}

//! Orders that are chosen from lists, by keys alone: what is sent, what comes of it, and that Escape sends nothing.

use std::time::Duration;

use super::Demo;

impl Demo {
    /// Presses keys one by one, each after the words that the one before brought about.
    pub(super) fn walks(&mut self, steps: &[(&str, &str)]) {
        for (keys, words) in steps {
            // Keys that follow each other at once are taken for a paste.
            self.screen.read_for(Duration::from_millis(20));
            self.screen.send(keys);
            self.screen.wait_for(words);
        }
    }

    /// Types the name, acknowledges, waits until the controller was seen to act, and returns the last words.
    fn acknowledges(mut self) -> String {
        self.types("searc", "> ");
        self.walks(&[("h", "acknowledge and send"), ("y", "done: ")]);
        self.closes();
        self.leaves()
    }
}

fn opened() -> Demo {
    let mut demo = Demo::start(&["--speed", "4"]);
    demo.begins();
    demo.opens("search");
    demo
}

#[test]
fn a_person_promotes_to_a_chosen_weight_by_keys_alone_and_sees_it_done() {
    let mut demo = opened();
    demo.walks(&[("o", "order  shop/search"), ("m", "weight 60 %"), ("o", "Type search to go on:")]);
    assert!(demo.screen.screen().contents().contains("skips"));
    let words = demo.acknowledges();
    assert!(words.contains("promote-to shop/search: done: the controller was seen to act on it"), "{words}");
}

#[test]
fn a_revision_is_put_back_after_its_differences_were_read() {
    let mut demo = opened();
    demo.walks(&[
        ("o", "order  shop/search"),
        ("v", "order this"),
        ("j", "changes"),
        ("o", "Type search to go on:"),
    ]);
    let shown = demo.screen.screen().contents();
    assert!(shown.contains("changes") && shown.contains(".image"), "{shown}");
    let words = demo.acknowledges();
    assert!(words.contains("undo shop/search: done: the controller was seen to act on it"), "{words}");
}

#[test]
fn a_container_gets_the_image_that_was_typed() {
    let mut demo = opened();
    demo.walks(&[
        ("o", "order  shop/search"),
        ("i", "name its image"),
        ("o", "Name the image"),
        ("9", "5.2.09"),
        ("\r", "order this"),
        ("o", "Type search to go on:"),
    ]);
    let words = demo.acknowledges();
    assert!(words.contains("set-image shop/search: done: the controller was seen to act on it"), "{words}");
}

#[test]
fn escape_at_every_stage_of_an_order_sends_nothing() {
    let mut demo = opened();
    demo.walks(&[
        ("o", "order  shop/search"),
        ("m", "weight 60 %"),
        ("\x1b", "close: nothing is sent"),
        ("v", "order this"),
        ("\x1b", "close: nothing is sent"),
        ("i", "name its image"),
        ("o", "Name the image"),
        ("\r", "order this"),
        ("\x1b", "Name the image"),
        ("\x1b", "name its image"),
        ("\x1b", "close: nothing is sent"),
        ("s", "Type search to go on:"),
        ("\x1b", "withdrawn"),
    ]);
    let words = demo.leaves();
    assert!(words.contains("What happened, in the demo's time:\n  nothing"), "{words}");
    let ledger = words.split("What stood in the ledger:").nth(1).unwrap();
    let ledger = ledger.split("What was done:").next().unwrap();
    assert!(ledger.contains("cancel shop/search: withdrawn") && !ledger.contains("acknowledged"), "{words}");
}

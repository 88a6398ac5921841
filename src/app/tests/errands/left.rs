//! An order to the policy service that an earlier run of the program left.

use super::*;

/// An order to the policy service that another run of the program left, as the ledger tells of it.
fn left(word: &str, uid: &str) -> Unsettled {
    Unsettled {
        id: Id("left".into()),
        standing: Standing::InDoubt,
        owner: Owner::Ended,
        known: "sent; the answer was lost".into(),
        order: Ok(Ordered {
            word: word.into(),
            kind: None,
            context: "prod".into(),
            server: "https://127.0.0.1:6443".into(),
            key: web(),
            uid: uid.into(),
            consequence: "The policy service begins a run.".into(),
            facts: Vec::new(),
            request: Vec::new(),
            digest: "d".into(),
        }),
        user: "ada".into(),
        person: "ada at desk".into(),
        at: None,
        records: Vec::new(),
    }
}

#[test]
fn one_that_was_left_is_staged_anew_from_the_runs_as_they_are_now() {
    for word in ["run", "rerun"] {
        let mut world = offered(Terms::default());
        world.press("d");
        world.event(Event::Orders(Told::Listed(Ok(vec![left(word, "uid-web")]))));
        world.draw();
        assert_eq!(world.press("a"), [Effect::ReadRuns { key: web(), workflow: "refunds".into() }]);
        world.event(told(Ok(runs())));
        assert!(world.app.modal.is_none(), "a person chooses again");
        world.press("o");
        assert!(matches!(world.app.choosing.as_ref().unwrap().stage(), Stage::Steps(..)));
    }
}

#[test]
fn one_of_a_rollout_that_is_gone_or_of_an_unknown_word_is_not_staged_anew() {
    for (word, uid, why) in
        [("run", "uid-of-another", "is gone"), ("ship", "uid-web", "knows no order called ship")]
    {
        let mut world = offered(Terms::default());
        world.press("d");
        world.event(Event::Orders(Told::Listed(Ok(vec![left(word, uid)]))));
        world.draw();
        assert_eq!(world.press("a"), []);
        assert!(world.notice().contains(why) && world.app.choosing.is_none(), "{}", world.notice());
    }
}

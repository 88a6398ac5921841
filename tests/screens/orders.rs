//! The orders that need a person: listed, one whole, being closed; and what is said where no ledger can be written.

use rollgate::app::Event;
use rollgate::app::orders::Told as Answer;
use rollgate::keymap::Spelling;
use rollgate::operation::unsettled::{Ordered, Owner, Standing, Told, Unsettled};
use rollgate::operation::{Id, Kind, Shown};
use rollgate::rollout::Key;
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, styles, text};

fn record(number: i64, at: &str, event: &str, says: &[(&str, &str)]) -> Told {
    Told {
        number,
        at: format!("2026-11-21T{at}Z").as_str().into(),
        event: event.into(),
        says: says.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        hash: format!("{number:02x}").repeat(32).as_str().into(),
    }
}

fn order(id: &str, kind: &str, name: &str, (standing, owner): (Standing, Owner)) -> Unsettled {
    let body = r#"[{"op":"test","path":"/metadata/uid","value":"u-1"},{"op":"replace","path":"/spec/paused","value":true}]"#;
    let request = [
        "PATCH /apis/argoproj.io/v1alpha1/namespaces/demo/rollouts/x?fieldManager=rollgate-1",
        "application/json-patch+json",
    ];
    Unsettled {
        id: Id(id.into()),
        standing,
        owner,
        known: match standing {
            Standing::Dead => {
                "not delivered: connection refused; tried 6 times until its time was over".into()
            }
            Standing::Open => "accepted; the controller was not seen to act".into(),
            _ => "sent; the answer was lost".into(),
        },
        order: Ok(Ordered {
            word: kind.into(),
            kind: Kind::ALL.into_iter().find(|known| known.word() == kind),
            context: "prod-eu".into(),
            server: "https://10.1.2.3:6443".into(),
            key: Key { namespace: "demo".into(), name: name.into() },
            uid: "u-1".into(),
            consequence: "Ends the pause at step 1: the controller goes on to step 2, weight 40.".into(),
            facts: vec![
                Shown { name: "step index".into(), value: "1".into() },
                Shown { name: "pause".into(), value: "CanaryPauseStep since 2026-11-21T08:00:00Z".into() },
            ],
            request: request.into_iter().chain(body.split_inclusive("},")).map(Into::into).collect(),
            digest: "ab".repeat(32).as_str().into(),
        }),
        user: "ada@example.org".into(),
        person: "ada at desk".into(),
        at: Some("2026-11-21T08:50:00Z".parse().unwrap()),
        records: vec![
            record(17, "08:50:00", "acknowledged", &[("reason", "graphs are flat"), ("channel", "keyboard")]),
            record(
                18,
                "08:50:12",
                "in-doubt",
                &[("answer.unknown.why", "the connection was cut\u{1b}[31m\u{202e}")],
            ),
        ],
    }
}

fn all() -> Vec<Unsettled> {
    let mut all = vec![
        order("0-1", "promote", "paused-at-step", (Standing::InDoubt, Owner::Ended)),
        order("0-2", "abort", "routed", (Standing::Dead, Owner::Ended)),
        order(
            "0-3",
            "promote-full",
            "a-rollout-with-a-name-that-is-long-enough",
            (Standing::Left, Owner::Ended),
        ),
        order("0-4", "pause", "routed", (Standing::Open, Owner::Here)),
        order("0-5", "pause", "canary", (Standing::Open, Owner::Beside(4711))),
        order("0-6", "resume", "canary", (Standing::Open, Owner::Unknown("bastion-7".into()))),
    ];
    all[1].at = Some("2026-11-19T08:50:00Z".parse().unwrap());
    all[5].order = Err("record 3 does not say what was ordered: EOF".into());
    all
}

fn world() -> World {
    let mut world = World::fixture();
    world.event(Event::Orders(Answer::Listed(Ok(all()))));
    world
}

fn listed() -> World {
    let mut world = world();
    world.press("d");
    world
}

#[test]
fn the_fleet_says_that_orders_need_a_person() {
    let drawn = world().text((80, 24));
    assert!(drawn.lines().next().unwrap().contains("2 orders need you: d"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn they_are_listed_the_newest_first_with_what_to_do() {
    insta::assert_snapshot!(listed().text((80, 24)));
}

#[test]
fn the_same_at_120_by_40() {
    insta::assert_snapshot!(listed().text((120, 40)));
}

#[test]
fn the_same_in_ascii_without_colour() {
    let buffer = listed().drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    let drawn = text(&buffer);
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(format!("{drawn}\n{}", styles(&buffer)));
}

#[test]
fn one_whole_with_its_request_and_its_records() {
    let mut world = listed();
    world.press("enter");
    let drawn = world.text((120, 40));
    assert!(drawn.contains("sha-256 1212") && !drawn.contains('\u{1b}'), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn one_whole_at_80_by_24() {
    let mut world = listed();
    world.press("enter");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn a_reason_is_typed_to_close_one() {
    let mut world = listed();
    world.press("e n o t space a p p l i e d");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("reason: not applied"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn one_that_cannot_be_read_is_listed_all_the_same() {
    let mut world = listed();
    world.press("G");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("record 3 does not say what was ordered"), "{drawn}");
    assert!(drawn.contains("where its program may still run"), "{drawn}");
}

#[test]
fn where_no_order_needs_anybody_a_sentence_says_so() {
    let mut world = World::fixture();
    world.press("d");
    assert!(world.text((80, 24)).contains("The ledger is being read."));
    world.event(Event::Orders(Answer::Listed(Ok(Vec::new()))));
    insta::assert_snapshot!(world.text((80, 24)));
    world.event(Event::Orders(Answer::Listed(Err("the ledger /l is damaged".into()))));
    assert!(world.text((80, 24)).contains("The ledger cannot be read: the ledger /l is damaged."));
}

#[test]
fn orders_of_other_clusters_are_counted_and_not_listed() {
    let mut world = World::fixture();
    let mut elsewhere = all();
    for ordered in elsewhere.iter_mut().filter_map(|order| order.order.as_mut().ok()) {
        ordered.context = "prod-us".into();
    }
    elsewhere.truncate(2);
    world.event(Event::Orders(Answer::Listed(Ok(elsewhere))));
    assert!(!world.text((80, 24)).contains("need you:"), "they are no matter of this cluster's");
    world.press("d");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("No order needs you") && drawn.contains("2 orders on other clusters"), "{drawn}");
}

fn without_ledger() -> World {
    let mut world = World::fixture();
    let why = "Nothing can be ordered, only read: the disk (or the quota) is full: nothing could be added to the ledger \
               /home/ada/.local/state/rollgate/ledger.sqlite3; make space and try again. Start rollgate again once that is mended.";
    world.app.unrecorded = Some(why.into());
    world
}

#[test]
fn without_a_ledger_the_header_says_so_and_a_key_says_why() {
    let mut world = without_ledger();
    world.open("paused-at-step");
    world.press("esc p");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn an_abort_without_a_ledger_shows_the_line_to_type() {
    let mut world = without_ledger();
    world.open("paused-at-step");
    world.press("x");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("copy the first line"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn the_same_abort_at_120_by_40() {
    let mut world = without_ledger();
    world.open("paused-at-step");
    world.press("x");
    insta::assert_snapshot!(world.text((120, 40)));
}

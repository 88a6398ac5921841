//! What agents propose: listed, one whole, one being denied, one in a confirmation; and that no words of an agent look like the program's.

use rollgate::app::Event;
use rollgate::app::inbox::Told;
use rollgate::keymap::Spelling;
use rollgate::operation::Shown;
use rollgate::proposal::{Draft, Id, Intent, Kept, Proposed, State, Target, facts};
use rollgate::rollout::Key;
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, styles, text};

fn kept(world: &World, (id, intent, name): (&str, Intent, &str), draft: &Draft<'_>) -> Kept {
    let key = Key { namespace: "demo".into(), name: name.into() };
    let rollout = world.app.store.rollout(&key);
    let seen: Vec<Shown> = rollout.map(|rollout| facts::told(rollout)).unwrap_or_default();
    let target = Target {
        context: (&*world.app.session.context).into(),
        server: world.app.session.server.clone(),
        key,
        uid: rollout.map_or_else(|| "gone".into(), |rollout| rollout.meta.uid.clone()),
    };
    let proposed = Proposed::new(Id(id.into()), (intent, target), draft, seen, world.now().wall).unwrap();
    Kept { proposed, state: State::Open }
}

const HOSTILE: &str =
    "safe\u{1b}[2J\u{1b}[31m\nnow      all gates pass\" \u{202e}press y to go on, ada approved this already";

fn world() -> World {
    let mut world = World::fixture();
    let plain = Draft {
        reason: Some("error rate is flat for 10 minutes"),
        client: "claude-code",
        version: "2.1",
        ..Draft::default()
    };
    let old = Draft {
        saw: vec![("step index", "0"), ("phase", "Progressing"), ("weight", "20"), ("mood", "good\u{1b}[0m")],
        evidence: vec!["https://grafana.example/d/canary", "prometheus: errors 0.1 %"],
        ..plain.clone()
    };
    let hostile = Draft { reason: Some(HOSTILE), client: "rollgate\u{7}", ..Draft::default() };
    let all = vec![
        kept(&world, ("0-1", Intent::Promote, "paused-at-step"), &old),
        kept(&world, ("0-2", Intent::Abort, "routed"), &hostile),
        kept(&world, ("0-3", Intent::Undo { revision: Some(2) }, "was-there-once"), &plain),
    ];
    world.event(Event::Proposals(Told::Listed(Ok(all))));
    world
}

fn listed() -> World {
    let mut world = world();
    world.press("i");
    world
}

#[test]
fn the_fleet_says_that_agents_propose_something() {
    let drawn = world().text((80, 24));
    assert!(drawn.lines().next().unwrap().contains("3 proposals: i"), "{drawn}");
}

#[test]
fn they_are_listed_with_what_differs_and_the_agents_words_marked() {
    insta::assert_snapshot!(listed().text((80, 24)));
}

#[test]
fn the_same_at_160_by_50() {
    insta::assert_snapshot!(listed().text((160, 50)));
}

#[test]
fn the_same_in_ascii_without_colour() {
    let buffer = listed().drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    let drawn = text(&buffer);
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(format!("{drawn}\n{}", styles(&buffer)));
}

#[test]
fn one_whole_with_the_facts_as_they_are_beside_what_the_agent_saw() {
    let mut world = listed();
    world.press("enter");
    insta::assert_snapshot!(world.text((160, 50)));
}

#[test]
fn one_whole_at_80_by_24() {
    let mut world = listed();
    world.press("enter");
    insta::assert_snapshot!(world.text((80, 24)));
}

#[test]
fn hostile_words_stand_in_quotes_behind_a_label_and_move_nothing() {
    let mut world = listed();
    world.press("j enter");
    let drawn = world.text((80, 24));
    assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{202e}'), "{drawn}");
    // Its own lines begin in the column of labels; none of an agent's does.
    let forged = drawn.lines().filter(|line| line.trim_start_matches(' ').starts_with("all gates pass"));
    assert!(forged.clone().all(|line| line.starts_with("          ")), "{drawn}");
    assert!(drawn.contains("agent says, unverified: \"safe"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn the_facts_are_the_same_whatever_the_agent_says() {
    let facts = |reason: &str, client: &str| {
        let mut world = World::fixture();
        let draft = Draft { reason: Some(reason), client, ..Draft::default() };
        let one = kept(&world, ("0-1", Intent::Promote, "paused-at-step"), &draft);
        world.event(Event::Proposals(Told::Listed(Ok(vec![one]))));
        world.press("i enter");
        let drawn = world.text((80, 40));
        drawn.lines().take_while(|line| !line.contains("proposed ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let plain = facts("it is fine", "claude");
    assert!(plain.len() > 8, "{plain:?}");
    assert_eq!(plain, facts(HOSTILE, "rollgate"));
}

#[test]
fn one_is_being_denied() {
    let mut world = listed();
    world.press("x n o t space n o w");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("reason: not now"), "{drawn}");
}

#[test]
fn where_there_is_none_it_says_so() {
    let mut world = World::fixture();
    world.event(Event::Proposals(Told::Listed(Ok(Vec::new()))));
    world.press("i");
    let drawn = world.text((80, 24));
    assert!(drawn.contains("No agent proposes anything on this cluster."), "{drawn}");
}

#[test]
fn the_confirmation_of_one_says_that_an_agent_proposed_it_below_its_facts() {
    let mut world = listed();
    world.press("a");
    let drawn = world.text((160, 50));
    let at = |words: &str| {
        drawn.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}\n{drawn}"))
    };
    assert!(at("will ") < at("proposed") && at("uid ") < at("proposed"), "{drawn}");
    assert!(drawn.contains("agent says, unverified: \"error rate is flat"), "{drawn}");
    insta::assert_snapshot!(drawn);
}

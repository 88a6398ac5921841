//! One Rollout.

use std::path::Path;

use rollgate::dump::Dump;
use rollgate::keymap::Spelling;
use rollgate::rollout::delta::{Delta, Kind, Object};
use rollgate::text::Printable;
use rollgate::theme::{Charset, Depth};

use crate::world::{World, looks, text};

/// Has pods of a ReplicaSet, as many as there are troubles, be in trouble.
fn trouble(world: &mut World, set: &str, troubles: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fleet.json");
    let pods = Dump::read(&path, &mut std::io::empty()).unwrap().pods;
    let concerned = pods.into_iter().filter(|pod| pod.meta.key.name.starts_with(set));
    for (mut pod, status) in concerned.zip(troubles) {
        (pod.status, pod.ready, pod.restarts) = (Printable::from(*status), 0, 12);
        pod.meta.resource_version = "999999999".into();
        world.tell(Delta::Seen(World::source(Kind::Pods), Object::Pod(Box::new(pod))));
    }
}

fn opened(name: &str) -> World {
    let mut world = World::fixture();
    world.open(name);
    world
}

#[test]
fn a_canary_that_waits_for_a_person() {
    insta::assert_snapshot!(opened("paused-at-step").text((80, 24)));
}

#[test]
fn the_same_at_120_by_40() {
    insta::assert_snapshot!(opened("paused-at-step").text((120, 40)));
}

#[test]
fn the_same_at_200_by_60() {
    insta::assert_snapshot!(opened("paused-at-step").text((200, 60)));
}

#[test]
fn the_same_in_ascii() {
    let drawn =
        text(&opened("paused-at-step").drawn((80, 24), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii));
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn a_blue_green_that_waits_for_the_switch() {
    insta::assert_snapshot!(opened("blue-green-paused").text((80, 24)));
}

#[test]
fn an_aborted_canary() {
    insta::assert_snapshot!(opened("aborted").text((80, 24)));
}

#[test]
fn a_canary_under_analysis() {
    insta::assert_snapshot!(opened("analysis-running").text((120, 40)));
}

#[test]
fn a_canary_behind_a_router() {
    insta::assert_snapshot!(opened("routed").text((80, 24)));
}

#[test]
fn a_pod_in_trouble_moves_no_column() {
    for size in [(80, 24), (160, 50)] {
        let mut world = opened("paused-at-step");
        let calm = world.text(size);
        let troubles = ["CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError"];
        trouble(&mut world, "paused-at-step-684fcc59d8", &troubles);
        let drawn = world.text(size);
        let head = |drawn: &str| drawn.lines().find(|line| line.contains("REVISIONS")).unwrap().to_owned();
        assert_eq!(head(&drawn), head(&calm));
        let age = head(&drawn).split("AGE").next().unwrap().chars().count() + 3;
        for (status, shown) in
            troubles.iter().zip(["CrashLoopBackOff ", "ImagePullBackOff ", "CreateContainer… "])
        {
            let row = drawn.lines().find(|line| line.contains(shown));
            let row = row.unwrap_or_else(|| panic!("{status} is not in:\n{drawn}"));
            let (before, after): (Vec<char>, Vec<char>) =
                (row.chars().take(age).collect(), row.chars().skip(age).collect());
            assert!(matches!(before.last(), Some('s' | 'm' | 'h' | 'd')), "{row}");
            assert!(after.starts_with(&[' ', '0', '/', '1', ' ']), "{row}");
        }
    }
}

#[test]
fn a_canary_whose_pods_never_become_ready() {
    insta::assert_snapshot!(opened("stuck").text((80, 24)));
}

#[test]
fn one_that_is_gone() {
    let mut world = opened("healthy");
    let key = world.app.subject().cloned().unwrap();
    let source = World::source(rollgate::rollout::delta::Kind::Rollouts);
    world.tell(rollgate::rollout::delta::Delta::Gone(source, key));
    insta::assert_snapshot!(world.text((80, 24)));
}

//! Text from a hostile cluster, through every screen: nothing reaches the terminal but what was meant to be drawn.

use rollgate::dump::Dump;
use rollgate::rollout::delta::{Kind, Object};
use rollgate::rollout::parse::{self, Interner};
use serde_json::json;

use crate::world::World;

const ATTACKS: &[&str] = &[
    "\u{1b}[31mred\u{1b}[0m",
    "\u{1b}]52;c;aGk=\u{7}",
    "\u{9b}2J",
    "a\u{202e}gpj.exe",
    "a\u{2066}b\u{2069}c",
    "zero\u{200b}width\u{feff}",
    "tag\u{e0041}\u{e007f}",
    "Z\u{0300}\u{0301}\u{0302}\u{0303}\u{0304}\u{0305}\u{0306}algo",
    "line\r\nfeed\u{2028}sep",
    "tab\tbell\u{7}back\u{8}",
    "\u{0}nul",
];

fn attacked(text: &str) -> World {
    let value = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": format!("web{text}"), "namespace": format!("demo{text}"), "uid": text, "generation": 1,
            "resourceVersion": "7", "annotations": {"argocd.argoproj.io/tracking-id": text}},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": text, "image": format!("img:{text}")}]}},
            "strategy": {"canary": {"steps": [{"plugin": {"name": text}}, {"pause": {"duration": text}}]}}},
        "status": {"phase": text, "message": text, "observedGeneration": "1", "currentPodHash": text, "stableRS": text,
            "currentStepIndex": 0, "pauseConditions": [{"reason": text, "startTime": text}],
            "conditions": [{"type": text, "status": text, "reason": text, "message": text}]},
    });
    let object = parse::from_value(value, &mut Interner::default()).unwrap();
    let mut world = World::of(Dump::default());
    world.list(Kind::Rollouts, std::iter::once::<Object>(object));
    world
}

fn check(drawn: &str, attack: &str) {
    for character in drawn.chars().filter(|character| *character != '\n') {
        let shown = !character.is_control()
            && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            && !matches!(character, '\u{feff}' | '\u{e0000}'..='\u{e007f}' | '\u{80}'..='\u{9f}');
        assert!(shown, "{attack:?} drew {character:?}");
    }
}

#[test]
fn no_attack_reaches_the_terminal() {
    for attack in ATTACKS {
        let mut world = attacked(attack);
        check(&world.text((120, 40)), attack);
        world.press("enter");
        check(&world.text((120, 40)), attack);
        world.press("p");
        check(&world.text((120, 40)), attack);
        assert!(world.app.modal.is_none(), "an object with such a name took an order");
    }
}

#[test]
fn a_giant_text_is_cut_and_breaks_no_column() {
    let giant = "x".repeat(1_000_000);
    let mut world = attacked(&giant);
    for line in world.text((80, 24)).lines() {
        assert!(line.chars().count() <= 80);
    }
    world.press("enter");
    world.text((80, 24));
}

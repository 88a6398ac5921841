//! What the gate says in each scenario, asked over loopback by the program's own client and judged by its own policy.

use jiff::SignedDuration;

use super::*;
use crate::evidence::Evidence;
use crate::gate::judge::metric::Class;
use crate::gate::judge::score::Word;
use crate::gate::stage::Outcome;
use crate::gate::verdict::{self, Verdict};
use crate::gate::wish::{Canary, Gathered};
use crate::rollout::Key;
use crate::sim::objects::Place;
use crate::sim::objects::kind::ROLLOUT;
use crate::sim::scenario::Scenario;
use crate::sim::world::World;

/// Gathers for a Rollout of a scenario so many minutes after it began, by the policy that is meant for it.
async fn gathered(
    scenario: &str,
    (namespace, name): (&str, &str),
    (seed, after): (u64, i64),
) -> (Arc<Policy>, Gathered) {
    let scenario = Scenario::find(scenario).unwrap();
    let mut world = scenario.assemble(seed).unwrap();
    let told = super::super::told(&scenario, &world, seed).unwrap();
    let now = world.now() + SignedDuration::from_mins(after);
    world.advance(now);
    let canary = canary(&world, (namespace, name));
    let (key, _file) = key();
    let beside = Beside::start((Arc::new(Mutex::new(world)), Clock::Still(now)), told, key).await.unwrap();
    let shelf = beside.gates().shelf;
    let is_meant = |policy: &&Arc<Policy>| policy.applies_to.names.iter().any(|known| known == name);
    let policy = shelf.policies().iter().find(is_meant).unwrap().clone();
    let canary = Canary { policy: policy.clone(), ..canary };
    (policy, Evidence::new(beside.services(), Clock::Still(now)).gather(&canary, now).await)
}

/// Judges a Rollout of a scenario so many minutes after it began.
async fn judged(scenario: &str, whose: (&str, &str), seed: u64, after: i64) -> Verdict {
    let (policy, gathered) = gathered(scenario, whose, (seed, after)).await;
    verdict::judge(&policy, &gathered.evidence, gathered.at)
}

fn canary(world: &World, (namespace, name): (&str, &str)) -> Canary {
    let stored = world.objects.get(&Place::new(&ROLLOUT, namespace, name)).unwrap();
    let text = |path: &str| stored.value.pointer(path).unwrap().as_str().unwrap();
    let policy = file::read(POLICIES[0].1, NAME).unwrap();
    Canary {
        key: Key { namespace: namespace.into(), name: name.into() },
        uid: stored.uid().into(),
        hash: text("/status/currentPodHash").into(),
        stable: text("/status/stableRS").into(),
        policy: Arc::new(policy),
        runs: Vec::new(),
    }
}

/// A key of the policy service, in a file.
fn key() -> (ServiceKey, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "of the tests").unwrap();
    (ServiceKey { text: "of the tests".into(), file: file.path().to_owned() }, file)
}

fn classes(verdict: &Verdict) -> Vec<Class> {
    verdict.parts.iter().map(|part| part.class).collect()
}

#[tokio::test]
async fn the_bad_canary_fails_at_once_whatever_chance_does() {
    for seed in [1, 7, 42] {
        let verdict = judged("gate-bad", ("shop", "checkout"), seed, 0).await;
        assert_eq!(verdict.word, Word::Fail, "{verdict:?}");
        assert_eq!(classes(&verdict), [Class::High, Class::High], "{verdict:?}");
        assert!(verdict.parts[0].critical && verdict.parts[0].points.0 >= 50, "{verdict:?}");
    }
}

#[tokio::test]
async fn the_good_canaries_pass_at_once_whatever_chance_does() {
    for seed in [1, 7, 42] {
        for (scenario, whose) in [("gate-good", ("shop", "search")), ("gate-unclear", ("shop", "cart"))] {
            let verdict = judged(scenario, whose, seed, 0).await;
            assert_eq!((verdict.word, verdict.score), (Word::Pass, Some(100.0)), "{verdict:?}");
        }
    }
}

#[tokio::test]
async fn the_unclear_canary_is_held_at_the_beginning_and_half_an_hour_later() {
    for (seed, after) in [(1, 0), (7, 0), (42, 0), (7, 30)] {
        let verdict = judged("gate-unclear", ("pay", "invoice"), seed, after).await;
        assert_eq!(verdict.word, Word::Hold, "{verdict:?}");
        assert!(classes(&verdict).contains(&Class::Unclear), "{verdict:?}");
        assert!(verdict.earliest.is_some(), "more points can tell");
    }
}

#[tokio::test]
async fn the_policy_service_allows_one_shadow_and_denies_the_other_a_step() {
    let (policy, assistant) = gathered("gate-shadow", ("shop", "assistant"), (7, 0)).await;
    assert_eq!(assistant.simulation, Some(Outcome::Met));
    assert_eq!(verdict::judge(&policy, &assistant.evidence, assistant.at).word, Word::Pass);
    let reasons = assistant.reasons.unwrap().unwrap();
    assert_eq!(reasons.len(), 1, "fewer than an overload that lasts: {reasons:?}");
    assert_eq!(assistant.approvals.unwrap().unwrap().waiting, 1);
    let (_, cashier) = gathered("gate-shadow", ("pay", "cashier"), (7, 0)).await;
    let Some(Outcome::Failed(why)) = cashier.simulation else { panic!("{:?}", cashier.simulation) };
    assert!(why.as_str().starts_with("step pay is denied"), "{why}");
}

#[tokio::test]
async fn a_scenario_whose_workflow_breaks_off_changes_nothing_of_its_verdict() {
    let (policy, gathered) = gathered("gate-bad", ("shop", "checkout"), (7, 0)).await;
    assert_eq!(gathered.simulation, Some(Outcome::Met));
    assert_eq!(gathered.reasons, Some(Ok(Vec::new())), "what fails there is no overload");
    assert_eq!(policy.simulation.as_ref().unwrap().workflow.as_deref(), Some("refunds"));
}

#[tokio::test]
async fn a_scenario_that_tells_of_no_series_has_neither_provider_nor_policy() {
    let world = Scenario::find("bad-canary").unwrap().assemble(7).unwrap();
    let clock = Clock::Still(world.now());
    let beside = (Arc::new(Mutex::new(world)), clock);
    let beside = Beside::start(beside, Told::default(), key().0).await.unwrap();
    assert_eq!((beside.services(), beside.gates().shelf.policies().len()), (Services::default(), 0));
}

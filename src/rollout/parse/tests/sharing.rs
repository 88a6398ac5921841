use std::sync::Arc;

use super::lenience::full;
use super::*;

fn ladder(rollout: &Rollout) -> &Arc<[Step]> {
    match &rollout.spec.strategy {
        Strategy::Canary(canary) => &canary.steps,
        other => panic!("no canary: {other:?}"),
    }
}

#[test]
fn equal_ladders_images_and_namespaces_share_one_allocation() {
    let mut interner = Interner::new();
    let mut read = || RolloutObject::deserialize(full()).unwrap().into_rollout(&mut interner);
    let (one, two) = (read(), read());
    assert!(Arc::ptr_eq(ladder(&one), ladder(&two)));
    assert!(Arc::ptr_eq(&one.meta.key.namespace, &two.meta.key.namespace));
    let image = |rollout: &Rollout| rollout.spec.containers[0].image.as_str().as_ptr();
    assert_eq!(image(&one), image(&two));
}

#[test]
fn a_rollout_at_rest_holds_its_hash_once() {
    let status = rollout(json!({"status": {"currentPodHash": "abc", "stableRS": "abc"}})).status;
    assert!(Arc::ptr_eq(&status.current_pod_hash.unwrap(), &status.stable_hash.unwrap()));
}

#[test]
fn what_nobody_holds_is_let_go() {
    let mut interner = Interner::new();
    let kept = interner.name("kept");
    for n in 0..100_000 {
        interner.name(&format!("passing-{n}"));
        interner.text(format!("passing-{n}").into());
        interner.ladder(&[Step::SetWeight(n)]);
    }
    assert!(interner.held() <= 3 * 1024, "{} held", interner.held());
    assert!(Arc::ptr_eq(&kept, &interner.name("kept")));
}

#[test]
fn what_is_held_stays_shared_while_the_pool_grows() {
    let mut interner = Interner::new();
    let held: Vec<_> = (0..5_000).map(|n| interner.text(format!("text-{n}").into())).collect();
    let again = interner.text("text-0".into());
    assert_eq!(again.as_str().as_ptr(), held[0].as_str().as_ptr());
}

//! Each scenario played by a good operator, by one who does nothing, and by some who do worse.

use super::*;

/// Plays a scenario with a play, and says for each thing whether it was done.
fn judged(name: &str, play: impl FnOnce(&mut World)) -> Vec<bool> {
    let scenario = scenario(name);
    let mut world = scenario.begin(7).unwrap();
    play(&mut world);
    assert_eq!(world.history().fault(), None);
    scenario.judge(&world).into_iter().map(|finding| finding.done).collect()
}

/// What a good operator does, by request and time.
fn well(name: &str, world: &mut World) {
    match name {
        "first-shift" | "bad-canary" => {
            run(world, 45);
            abort(world, "shop/checkout");
            run(world, 200);
        }
        "healthy-canary" => {
            run(world, 40);
            assert_eq!(standing(world, "shop/search").step, Some((2, 5)), "it waits");
            promote(world, "shop/search");
            run(world, 60);
        }
        "stuck-pods" => {
            run(world, 60);
            abort(world, "shop/catalog");
            run(world, 30);
        }
        "controller-down" => {
            run(world, 10);
            promote(world, "shop/search");
            run(world, 30);
            assert_eq!(standing(world, "shop/search").step, Some((1, 4)), "nobody acts");
            run(world, 60);
            assert_eq!(standing(world, "shop/search").step, Some((3, 4)), "somebody does");
        }
        "lost-right" => {
            run(world, 80);
            promote(world, "shop/search");
            run(world, 40);
        }
        "change-freeze" => after_the_freeze(world),
        "lost-watch" => {
            run(world, 90);
            abort(world, "shop/checkout");
        }
        "colleague" => after_grace(world),
        "gateway-timeout" => {
            run(world, 5);
            promote(world, "shop/search");
            run(world, 30);
        }
        "gate-bad" | "gate-good" | "gate-unclear" | "gate-shadow" => by_the_gate(name, world),
        "release-day" => one_after_the_other(world),
        "ten-thousand" => {
            run(world, 40);
            abort(world, "platform/identity-core");
            run(world, 30);
        }
        other => panic!("nobody has said what a good operator does in {other}"),
    }
}

/// Does what the gate says: it was judged before anything happens.
fn by_the_gate(name: &str, world: &mut World) {
    match name {
        "gate-bad" => abort(world, "shop/checkout"),
        "gate-good" => {
            assert_eq!(standing(world, "shop/search").weight, 10, "it waits");
            promote(world, "shop/search");
        }
        "gate-shadow" => promote(world, "shop/assistant"),
        _ => promote(world, "shop/cart"),
    }
    run(world, 60);
}

fn promotion(place: &Place) -> Order<'_> {
    let body = br#"{"status":{"pauseConditions":null}}"#;
    Order::Patch { place, part: Part::Status, patch: Patch { kind: PatchKind::Merge, body } }
}

fn after_the_freeze(world: &mut World) {
    run(world, 10);
    assert!(world.rehearse(promotion(&rollout("pay/billing"))).is_err(), "the freeze is on");
    run(world, 50);
    assert!(world.rehearse(promotion(&rollout("pay/billing"))).is_ok(), "it is over");
    promote(world, "pay/billing");
    run(world, 40);
}

fn after_grace(world: &mut World) {
    run(world, 5);
    world.looked_at(&rollout("shop/search"));
    run(world, 30);
    assert_eq!(standing(world, "shop/search").weight, 50, "Grace was there");
    promote(world, "shop/search");
    run(world, 30);
    assert_eq!(standing(world, "shop/search").weight, 80);
}

fn one_after_the_other(world: &mut World) {
    run(world, 40);
    abort(world, "pay/payment");
    abort(world, "shop/cart");
    for name in ["shop/search", "pay/billing", "web/storefront"] {
        promote(world, name);
    }
    run(world, 60);
    for name in ["shop/search", "pay/billing", "web/storefront"] {
        assert_eq!(&*standing(world, name).phase, "Healthy", "{name}");
    }
}

#[test]
fn a_good_operator_has_done_all_and_who_does_nothing_has_not() {
    for (name, _) in SHIPPED {
        let good = judged(name, |world| well(name, world));
        assert!(good.iter().all(|done| *done), "{name}: {good:?}");
        let nothing = judged(name, |world| run(world, 400));
        assert!(nothing.iter().any(|done| !done), "{name}: {nothing:?}");
    }
}

#[test]
fn the_same_play_makes_the_same_history_byte_for_byte() {
    for (name, _) in SHIPPED {
        let told = || {
            let scenario = scenario(name);
            let mut world = scenario.begin(7).unwrap();
            well(name, &mut world);
            (world.history().to_string(), scenario.account(&world))
        };
        assert_eq!(told(), told(), "{name}");
    }
}

#[test]
fn an_abort_that_comes_late_is_said_to() {
    let late = judged("bad-canary", |world| {
        run(world, 100);
        assert_eq!(standing(world, "shop/checkout").weight, 25);
        abort(world, "shop/checkout");
        run(world, 60);
    });
    assert_eq!(late, [false, true, true]);
}

#[test]
fn who_promotes_a_bad_canary_is_told() {
    let pushed = judged("first-shift", |world| {
        run(world, 30);
        promote(world, "shop/checkout");
        run(world, 5);
        abort(world, "shop/checkout");
    });
    assert_eq!(pushed.last(), Some(&false), "{pushed:?}");
}

#[test]
fn a_second_order_after_a_lost_answer_is_one_too_many() {
    let twice = judged("gateway-timeout", |world| {
        run(world, 5);
        promote(world, "shop/search");
        run(world, 30);
        promote(world, "shop/search");
        run(world, 30);
    });
    assert_eq!(twice, [false, false]);
}

#[test]
fn who_promotes_before_the_colleague_does_is_told() {
    let hasty = judged("colleague", |world| {
        run(world, 2);
        promote(world, "shop/search");
        run(world, 60);
    });
    assert_eq!(hasty, [false, true]);
}

#[test]
fn what_happened_is_told_from_the_first_step_to_the_last_word() {
    let scenario = scenario("bad-canary");
    let mut world = scenario.begin(7).unwrap();
    well("bad-canary", &mut world);
    let account = scenario.account(&world);
    let said = |words: &str| {
        let found = account.iter().position(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("{words}: {account:#?}"))
    };
    let order = [
        said("pipeline: rolls out registry.example/shop/checkout:2.8.0 on shop/checkout"),
        said("shop/checkout: Paused, 10 % to the new version, step 1 of 6"),
        said("you: abort shop/checkout (HTTP 200)"),
        said("shop/checkout: Degraded, 0 % to the new version, step 0 of 6: RolloutAborted"),
    ];
    assert!(order.is_sorted(), "{account:#?}");
    assert!(account.len() < 20, "{account:#?}");
}

#[test]
fn what_the_story_tells_waits_until_it_has_been_read_and_is_judged_from_then_on() {
    let scenario = scenario("bad-canary");
    let mut world = scenario.assemble(7).unwrap();
    run(&mut world, 600);
    assert!(scenario.account(&world).is_empty(), "nothing happens while somebody reads");
    world.follow(scenario.script().unwrap());
    well("bad-canary", &mut world);
    assert!(scenario.judge(&world).iter().all(|finding| finding.done));
}

#[test]
fn the_error_rate_doubles_with_the_first_tenth_and_is_seen_by_the_analysis() {
    let mut world = scenario("bad-canary").begin(7).unwrap();
    run(&mut world, 50);
    let run = world.objects.list(&crate::sim::objects::kind::ANALYSIS_RUN, Some("shop")).next().unwrap();
    let results = run.value.pointer("/status/metricResults/0/measurements").unwrap().as_array().unwrap();
    let values: Vec<f64> = results
        .iter()
        .map(|measured| measured["value"].as_str().unwrap().trim_matches(['[', ']']).parse().unwrap())
        .collect();
    assert!(values.len() >= 3, "{values:?}");
    assert!(values.iter().skip(1).all(|value| (1.9..2.3).contains(value)), "{values:?}");
    assert_eq!(run.value.pointer("/status/phase").unwrap(), "Running", "it stops nothing");
}

//! The form of a scenario: what is read, what is refused, how the cast stands when it begins.

use super::*;

const SMALL: &str = r#"
title = "Small"
begins = "2026-11-17T14:02:00Z"
story = "One."
good = "Two."

[[service]]
name = "web"
namespaces = ["shop"]
replicas = 2
image = "registry.example/{name}:1"
age = "10d"
[service.strategy.canary]
steps = [{ setWeight = 50 }, { pause = {} }]

[[verdict]]
done = "Done."
missed = "Missed."
rule = { never = { deed = "abort", on = "shop/web" } }
"#;

fn refusal(text: &str) -> String {
    match Scenario::parse("small", text).and_then(|scenario| scenario.begin(1).map(drop)) {
        Ok(()) => panic!("it was taken: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_shipped_scenario_can_be_read_and_is_listed_with_its_title() {
    let listed = listed();
    for (name, text) in SHIPPED {
        let scenario = Scenario::parse(name, text).unwrap();
        assert!(listed.contains(&format!("{name:<16} {}\n", scenario.title)), "{name}");
        assert!(scenario.title.len() <= 60, "{name}: a title is short");
        assert!(!scenario.story.contains("\n\n"), "{name}: a story is one paragraph");
        assert!(!scenario.good.is_empty());
    }
    assert!(SHIPPED.iter().any(|(name, _)| *name == DEFAULT));
}

#[test]
fn a_name_that_nobody_has_lists_those_that_are() {
    let why = Scenario::find("bad-canery").unwrap_err().to_string();
    assert!(why.starts_with("There is no scenario `bad-canery`: did you mean `bad-canary`?"), "{why}");
    assert!(why.contains("bad-canary") && why.contains("ten-thousand"), "{why}");
    let why = Scenario::find("/nowhere/own.toml").unwrap_err().to_string();
    assert!(why.contains("/nowhere/own.toml cannot be read"), "{why}");
}

#[test]
fn a_scenario_of_ones_own_is_found_by_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, SMALL).unwrap();
    let scenario = Scenario::find(path.to_str().unwrap()).unwrap();
    assert_eq!((&*scenario.name, &*scenario.title), ("mine", "Small"));
}

#[test]
fn a_key_that_is_not_known_is_refused_with_its_place() {
    let cases = [
        ("title = \"Small\"", "title = \"Small\"\nsubtitle = \"x\"", "subtitle"),
        ("replicas = 2", "replica = 2", "replica"),
        ("never = {", "nevver = {", "nevver"),
        ("deed = \"abort\"", "deed = \"aborted\"", "aborted"),
        ("age = \"10d\"", "age = \"10 days\"", "no length of time"),
    ];
    for (was, is, named) in cases {
        let why = refusal(&SMALL.replace(was, is));
        assert!(why.starts_with("The scenario small.toml is not one:") && why.contains(named), "{why}");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    let cases = [
        ("replicas = 2", "replicas = 2\ncount = 3", "needs {word} or {n}"),
        ("[\"shop\"]", "[]", "needs a namespace"),
        (
            "age = \"10d\"",
            "age = \"1h\"\npast = [{ ago = \"2h\", order = \"abort\" }]",
            "before it was there",
        ),
        ("{ setWeight = 50 }", "{ setWeight = \"half\" }", "setWeight"),
        (
            "[[verdict]]",
            "[[script]]\nby = \"x\"\nevent = \"compact\"\n[[verdict]]",
            "neither `at` nor `when`",
        ),
        ("[[verdict]]", "[[script]]\nat = \"1s\"\nby = \"x\"\n[[verdict]]", "one `order` or one `event`"),
    ];
    for (was, is, words) in cases {
        let why = refusal(&SMALL.replace(was, is));
        assert!(why.contains(words), "{is}: {why}");
    }
}

#[test]
fn the_cast_stands_still_until_the_script_or_a_person_stirs_it() {
    for (name, _) in SHIPPED.iter().filter(|(name, _)| *name != "release-day") {
        let mut world = scenario(name).begin(7).unwrap();
        // Every controller looks at everything at once, as after a restart.
        let all: Vec<Place> = crate::sim::objects::KINDS
            .iter()
            .flat_map(|kind| world.objects.list(kind, None))
            .map(|stored| stored.place.clone())
            .collect();
        for place in all {
            world.look_at(place, world.now());
        }
        world.advance(world.now() + SignedDuration::from_millis(1_900));
        let stirred = |what: &What| matches!(what, What::Changed { .. } | What::Fault(_));
        let moved: Vec<String> = world
            .history()
            .moments()
            .iter()
            .filter(|it| stirred(&it.what))
            .map(|it| it.what.to_string())
            .collect();
        assert!(moved.is_empty(), "{name}: {moved:#?}");
    }
}

#[test]
fn many_are_dealt_out_each_with_a_name_an_owner_and_pods_of_its_own() {
    let text = SMALL.replace(
        "name = \"web\"\nnamespaces = [\"shop\"]",
        "name = \"{word}\"\ncount = 12\nnamespaces = [\"one\", \"two\", \"three\"]\nspread = \"90d\"",
    );
    let world = Scenario::parse("many", &text).unwrap().begin(3).unwrap();
    let rollouts: Vec<_> = world.objects.list(&ROLLOUT, None).collect();
    assert_eq!(rollouts.len(), 12);
    let mut ages = std::collections::BTreeSet::new();
    for rollout in rollouts {
        let standing = Standing::of(&rollout.value);
        assert_eq!((&*standing.phase, standing.observed), ("Healthy", true));
        let image = rollout.value.pointer("/spec/template/spec/containers/0/image").unwrap();
        assert_eq!(image, &format!("registry.example/{}:1", rollout.place.name));
        let sets: Vec<_> = world.objects.owned_by(&crate::sim::objects::kind::REPLICA_SET, rollout).collect();
        assert_eq!(sets.len(), 1);
        assert_eq!(world.objects.owned_by(&POD, sets[0]).count(), 2);
        let version = rollout.value.pointer("/metadata/resourceVersion").unwrap();
        assert_eq!(version, &rollout.version.to_string());
        assert_eq!(
            rollout.value.to_string(),
            *rollout.json,
            "the text is what the server would have written"
        );
        assert!(world.objects.by_uid(rollout.uid()).is_some_and(|found| found.place == rollout.place));
        ages.insert(rollout.value.pointer("/metadata/creationTimestamp").unwrap().to_string());
    }
    assert!(ages.len() > 9, "they are not all of the same age: {ages:?}");
    assert_eq!(world.objects.list(&ROLLOUT, Some("two")).count(), 4);
}

#[test]
fn the_words_for_many_are_all_different() {
    let names: std::collections::BTreeSet<String> = (0..10_000).map(|nth| name::of("{word}", nth)).collect();
    assert_eq!(names.len(), 10_000);
    let longest = names.iter().map(String::len).max().unwrap();
    assert!(longest < 40, "{longest}: hashes and suffixes must still fit into a name of 63 letters");
}

#[test]
fn the_past_of_a_service_has_left_its_traces() {
    let world = scenario("first-shift").begin(7).unwrap();
    let told = |name: &str| standing(&world, name).to_string();
    assert_eq!(told("shop/search"), "Paused step 1/4 20 % (CanaryPauseStep)");
    assert_eq!(told("pay/invoice"), "Paused step 2/2 100 % (manually paused)");
    assert!(told("pay/payment").contains("RolloutAborted: Rollout aborted update to revision 2"));
    assert!(told("pay/fraud").contains("ProgressDeadlineExceeded"));
    assert!(told("web/storefront").contains("BlueGreenPause"));
    let pause = world.objects.get(&rollout("shop/search")).unwrap();
    let since = pause.value.pointer("/status/pauseConditions/0/startTime").unwrap();
    assert!(since.as_str().unwrap().starts_with("2026-11-17T13:37"), "25 minutes before: {since}");
}

#[test]
fn a_scenario_can_begin_at_another_time() {
    let begins = "2027-01-02T03:04:05Z".parse().unwrap();
    let world = scenario("first-shift").at(begins).begin(7).unwrap();
    assert_eq!((world.begins(), world.now()), (begins, begins));
    assert_eq!(&*standing(&world, "shop/search").phase, "Paused");
}

#[test]
fn a_name_that_the_api_would_refuse_is_refused_where_it_is_read() {
    for (name, namespace) in [("we\\\"b", "shop"), ("Web", "shop"), ("web", "sh/op")] {
        let text = SMALL.replace("name = \"web\"", &format!("name = \"{name}\""));
        let text = text.replace("namespaces = [\"shop\"]", &format!("namespaces = [\"{namespace}\"]"));
        let error = Scenario::parse("odd", &text).unwrap_err().to_string();
        assert!(error.contains("is no name"), "{error}");
    }
}

#[test]
fn a_workflow_is_about_a_rollout_of_the_cast_and_has_its_steps_in_the_order_of_their_names() {
    let workflow = |on: &str, steps: &str, more: &str| {
        let told = format!(
            "[[workflow]]\nname = \"w\"\non = \"{on}\"\ntopic = \"job.w\"\nsteps = {steps}\n{more}\n[[verdict]]"
        );
        let scenario = Scenario::parse("small", &SMALL.replace("[[verdict]]", &told)).unwrap();
        let world = scenario.begin(1).unwrap();
        scenario.workflows(&world).map_err(|error| error.to_string())
    };
    let steps = r#"[{ name = "a", takes = "1s" }, { name = "b", takes = "2s" }]"#;
    let told = workflow("shop/web", steps, r#"runs = [{ ago = "5m", failed = "b" }]"#).unwrap();
    let began = "2026-11-17T13:57:00Z".parse().unwrap();
    assert_eq!((told[0].past[0].at, told[0].steps.len()), (began, 2));
    for (on, steps, more, words) in [
        ("shop/other", steps, "", "there is no Rollout shop/other"),
        ("shop/web", "[]", "", "in the order of their names"),
        ("shop/web", r#"[{ name = "b", takes = "1s" }, { name = "a", takes = "1s" }]"#, "", "in the order"),
        ("shop/web", steps, r#"runs = [{ ago = "5m", failed = "c" }]"#, "it has no step `c`"),
        ("shop/web", steps, r#"approvals = [{ ago = "5m", step = "c" }]"#, "it has no step `c`"),
    ] {
        let why = workflow(on, steps, more).unwrap_err();
        assert!(why.contains("workflow `w`") && why.contains(words), "{why}");
    }
}

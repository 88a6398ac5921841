//! Rules and their terms, case by case.

use super::*;

#[test]
fn a_star_stands_for_any_run_of_characters_and_for_nothing_else() {
    for (pattern, text, matches) in [
        ("prod", "prod", true),
        ("prod", "prod-eu", false),
        ("prod", "Prod", false),
        ("prod-*", "prod-", true),
        ("prod-*", "prod-eu-1", true),
        ("prod-*", "staging-prod-1", false),
        ("*-eu", "prod-eu", true),
        ("*-eu", "prod-eu-1", false),
        ("p*-*1", "prod-eu-1", true),
        ("p*-*1", "prod-eu-2", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("*ab*ab*", "abab", true),
        ("*ab*ab*", "aab", false),
        ("*", "", true),
        ("**", "anything", true),
        ("a.c", "abc", false),
        ("é*", "été", true),
    ] {
        assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} on {text}");
    }
}

#[test]
fn the_last_rule_that_covers_an_order_counts_alone() {
    let reason = Terms { reason: true, ..Terms::default() };
    let rules = vec![
        allow(scope("prod*", &[]), Terms::default()),
        allow(scope("prod", &["promote"]), reason),
        deny(scope("prod", &["abort", "resume"])),
        allow(scope("prod", &["abort"]), Terms::default()),
        deny(scope("other", &[])),
    ];
    let policy = Policy::new(rules, Vec::new());
    let key = key();
    let judged = |kind| policy.judge(&ask(kind, &key, WEDNESDAY));
    assert_eq!(judged(Kind::Promote).unwrap().needs(), [Need::Reason]);
    assert_eq!(judged(Kind::Pause).unwrap().needs(), []);
    assert_eq!(judged(Kind::Abort).unwrap().rule(), "prod/* abort");
    assert_eq!(
        why(judged(Kind::Resume)),
        "The rule prod/* abort,resume (line 9) denies resume here. \
         Change the configuration file, if that is yours to decide."
    );
}

#[test]
fn a_rule_names_rollouts_and_namespaces_too() {
    let scope = Scope {
        contexts: patterns(&["prod"]),
        namespaces: patterns(&["shop", "pay-*"]),
        rollouts: patterns(&["web*"]),
        ..Scope::default()
    };
    let policy = Policy::new(vec![allow(scope, Terms::default())], Vec::new());
    for (namespace, name, allowed) in
        [("shop", "web", true), ("pay-eu", "web-2", true), ("pay", "web", false), ("shop", "api", false)]
    {
        let key = Key { namespace: namespace.into(), name: name.into() };
        assert_eq!(policy.judge(&ask(Kind::Promote, &key, WEDNESDAY)).is_ok(), allowed, "{key:?}");
        assert_eq!(policy.may_allow("prod", &key), allowed);
        assert!(!policy.may_allow("staging", &key));
    }
}

#[test]
fn without_a_rule_it_says_how_to_get_one() {
    let said = why(Policy::default().judge(&ask(Kind::Promote, &key(), WEDNESDAY)));
    assert!(said.contains("only read in prod/shop") && said.contains("--allow prod/shop"), "{said}");
    assert!(Policy::default().is_read_only());
    assert!(Policy::new(vec![deny(Scope::default())], Vec::new()).is_read_only());
    assert!(!only(Terms::default()).is_read_only());
}

#[test]
fn the_short_form_is_a_rule_for_every_operation_in_one_place() {
    let rule: Rule = "arn:aws:eks:eu:1:cluster/prod/pay".parse().unwrap();
    assert_eq!(rule.to_string(), "arn:aws:eks:eu:1:cluster/prod/pay");
    assert_eq!(rule.scope.contexts, patterns(&["arn:aws:eks:eu:1:cluster/prod"]));
    assert_eq!(rule.terms, Some(Terms::default()));
    assert_eq!("prod/*".parse::<Rule>().unwrap().to_string(), "prod/*");
    for wrong in ["", "prod", "/shop", "prod/", "*/shop", "prod-*/shop"] {
        let refused = wrong.parse::<Rule>().unwrap_err();
        assert!(refused.contains("is not CONTEXT/NAMESPACE"), "{wrong}: {refused}");
    }
}

#[test]
fn an_approval_lives_as_long_as_its_rule_says_and_120_seconds_by_default() {
    let lives = |terms| only(terms).judge(&ask(Kind::Promote, &key(), WEDNESDAY)).unwrap().expires_after();
    assert_eq!(lives(Terms::default()), SignedDuration::from_secs(120));
    let terms = Terms { expiry: SignedDuration::from_secs(30), ..Terms::default() };
    assert_eq!(lives(terms), SignedDuration::from_secs(30));
}

#[test]
fn what_sets_more_weight_than_one_approval_may_is_refused() {
    let policy = only(Terms { max_weight: Some(25), ..Terms::default() });
    let key = key();
    for (kind, weight_after, allowed) in [
        (Kind::Promote, Some(25), true),
        (Kind::Promote, Some(26), false),
        (Kind::Promote, None, false),
        (Kind::Abort, None, true),
        (Kind::Abort, Some(100), true),
        (Kind::Pause, Some(50), true),
        (Kind::Resume, Some(50), true),
    ] {
        let asked = Ask { weight_after, ..ask(kind, &key, WEDNESDAY) };
        assert_eq!(policy.judge(&asked).is_ok(), allowed, "{kind:?} {weight_after:?}");
    }
    let asked = Ask { weight_after: Some(60), ..ask(Kind::Promote, &key, WEDNESDAY) };
    let said = why(policy.judge(&asked));
    assert!(said.contains("set 60 % of the traffic") && said.contains("allows 25 % by one"), "{said}");
}

#[test]
fn between_two_promotions_of_a_rollout_time_must_pass() {
    let policy = only(Terms { cool_down: Some(SignedDuration::from_mins(10)), ..Terms::default() });
    let key = key();
    for (kind, ago, allowed) in [
        (Kind::Promote, 600, true),
        (Kind::Promote, 599, false),
        (Kind::Promote, 0, false),
        // A clock that was set back makes nothing shorter.
        (Kind::Promote, -60, false),
        (Kind::Abort, 0, true),
        (Kind::Resume, 0, true),
    ] {
        let last = time(WEDNESDAY) - SignedDuration::from_secs(ago);
        let asked = Ask { last_promotion: Some(last), ..ask(kind, &key, WEDNESDAY) };
        assert_eq!(policy.judge(&asked).is_ok(), allowed, "{kind:?} {ago} s ago");
    }
    let last = time(WEDNESDAY) - SignedDuration::from_secs(240);
    let said = why(policy.judge(&Ask { last_promotion: Some(last), ..ask(Kind::Promote, &key, WEDNESDAY) }));
    assert!(said.contains("promoted 4m ago") && said.contains("wants 10m between"), "{said}");
    assert!(said.contains("Wait another 6m"), "{said}");
    assert!(policy.judge(&ask(Kind::Promote, &key, WEDNESDAY)).is_ok(), "never promoted");
}

#[test]
fn a_role_that_is_wanted_must_be_claimed() {
    let policy =
        only(Terms { roles: vec!["release captain".to_owned(), "sre".to_owned()], ..Terms::default() });
    let key = key();
    for (role, allowed) in [(Some("sre"), true), (Some("SRE"), false), (Some("dev"), false), (None, false)] {
        let asked = Ask { role, ..ask(Kind::Promote, &key, WEDNESDAY) };
        assert_eq!(policy.judge(&asked).is_ok(), allowed, "{role:?}");
    }
    let said = why(policy.judge(&Ask { role: Some("dev"), ..ask(Kind::Promote, &key, WEDNESDAY) }));
    assert!(said.contains("the role release captain or sre; you claim dev"), "{said}");
}

#[test]
fn a_weighty_order_wants_the_name_first_whatever_the_rule_says() {
    let judged = |terms| only(terms).judge(&ask(Kind::Abort, &key(), WEDNESDAY)).unwrap();
    assert_eq!(judged(Terms::default()).with_name(true).needs(), [Need::Name]);
    assert_eq!(judged(Terms::default()).with_name(false).needs(), []);
    let both = Terms { name: true, reason: true, ..Terms::default() };
    assert_eq!(judged(both).with_name(true).needs(), [Need::Name, Need::Reason]);
    let reason = Terms { reason: true, ..Terms::default() };
    assert_eq!(judged(reason).with_name(true).needs(), [Need::Name, Need::Reason]);
}

//! Rules and freezes as they are written, and what is said where they are not.

use jiff::SignedDuration;

use super::*;
use crate::operation::policy::freeze::{Begin, Grip};
use crate::operation::policy::{Pattern, Terms};

const RULE: &str = "[[rule]]\ncontext = 'prod-*'\nnamespace = '*'\neffect = 'allow'\n";
const FREEZE: &str =
    "[[freeze]]\nname = 'weekend'\nat = '0 18 * * fri'\nlasts = '62h'\nzone = 'Europe/Berlin'\n";

fn patterns(written: &[&str]) -> Vec<Pattern> {
    written.iter().map(|one| Pattern::new(*one)).collect()
}

#[test]
fn every_setting_of_a_rule_is_read() {
    let file = parse(
        "theme = 'dark'\n\n[[rule]]\ncontext = 'prod-*'\nnamespace = ['shop', 'pay-*']\nrollout = 'web'\n\
         operation = ['promote', 're*']\neffect = 'allow'\nwith = ['name', 'reason']\nexpiry = '1m 30s'\n\
         max-weight = 25\ncool-down = '2h'\nrole = ['sre', 'dev']\napprovals = 1\n\
         [[rule]]\noperation = 'abort'\neffect = 'deny'\n",
    )
    .unwrap();
    let [rule, denial] = file.rules.as_slice() else { panic!("{:?}", file.rules) };
    assert_eq!(rule.line, Some(3));
    assert_eq!(rule.scope.contexts, patterns(&["prod-*"]));
    assert_eq!(rule.scope.namespaces, patterns(&["shop", "pay-*"]));
    assert_eq!(rule.scope.rollouts, patterns(&["web"]));
    assert_eq!(rule.scope.operations, patterns(&["promote", "re*"]));
    let terms = Terms {
        name: true,
        reason: true,
        expiry: SignedDuration::from_secs(90),
        max_weight: Some(25),
        cool_down: Some(SignedDuration::from_hours(2)),
        roles: vec!["sre".to_owned(), "dev".to_owned()],
    };
    assert_eq!(rule.terms, Some(terms));
    assert_eq!((denial.line, &denial.terms), (Some(15), &None));
    assert!(denial.scope.contexts.is_empty());
}

#[test]
fn a_rule_denies_unless_it_says_allow_and_then_wants_nothing_more_than_it_says() {
    assert_eq!(parse("[[rule]]\ncontext = 'prod'\n").unwrap().rules[0].terms, None);
    assert_eq!(parse(RULE).unwrap().rules[0].terms, Some(Terms::default()));
    assert_eq!(Terms::default().expiry, SignedDuration::from_secs(120));
}

#[test]
fn every_setting_of_a_freeze_is_read() {
    let text = format!(
        "{FREEZE}[[freeze]]\nname = 'year end'\nat = '2026-12-19 12:00'\nlasts = '16d'\nzone = 'UTC'\n\
         context = 'prod-*'\nnamespace = 'shop'\nrollout = 'web'\noperation = 'promote'\noverride = 'never'\n"
    );
    let file = parse(&text).unwrap();
    let [weekend, year_end] = file.freezes.as_slice() else { panic!("{:?}", file.freezes) };
    assert_eq!((weekend.name.as_str(), weekend.grip), ("weekend", Grip::Yields));
    assert!(matches!(weekend.begins, Begin::Each(_)));
    assert_eq!(weekend.zone.iana_name(), Some("Europe/Berlin"));
    assert_eq!((year_end.begins.to_string().as_str(), year_end.grip), ("2026-12-19 12:00", Grip::Holds));
    assert_eq!(year_end.scope.operations, patterns(&["promote"]));
    assert_eq!(year_end.lasts.get_days(), 16);
}

#[test]
fn a_wrong_rule_is_refused_with_its_line_and_what_would_be_right() {
    for (added, line, said) in [
        ("max_weight = 5", 5, "there is no setting `max_weight`: did you mean `max-weight`?"),
        ("colour = 'red'", 5, "there is no setting `colour`"),
        ("max-weight = 0", 5, "rule: max-weight: must be a share of the traffic in percent, from 1 to 100"),
        ("max-weight = 101", 5, "rule: max-weight: must be a share"),
        ("max-weight = '25'", 5, "rule: max-weight: must be a whole number"),
        (
            "expiry = '5s'",
            5,
            "rule: expiry: `5s` is no duration from 10s to 1h: write for example 90s or 10m",
        ),
        ("expiry = '2h'", 5, "rule: expiry: `2h` is no duration"),
        ("expiry = 90", 5, "rule: expiry: must be a text in quotes"),
        ("expiry = '-90s'", 5, "rule: expiry: `-90s` is no duration"),
        ("cool-down = 'soon'", 5, "rule: cool-down: `soon` is no duration from 1s to 168h"),
        ("with = 'password'", 5, "rule: with: `password` cannot be asked for: write name, reason or both"),
        ("with = ['name',\n 'seal']", 6, "rule: with: `seal` cannot be asked for"),
        (
            "approvals = 2",
            5,
            "rule: approvals: 2 approvals cannot be asked for yet: leave it out, or write 1",
        ),
        (
            "operation = 'promot'",
            5,
            "rule: operation: there is no operation `promot`: did you mean `promote`?",
        ),
        (
            "operation = 'delete'",
            5,
            "rule: operation: there is no operation `delete`: there are promote, promote-to",
        ),
        ("operation = 'reruns'", 5, "rule: operation: there is no operation `reruns`: did you mean `rerun`?"),
        (
            "operation = 'rer*'",
            5,
            "rule: operation: `rer*` allows nothing: write run or rerun as a whole word",
        ),
        (
            "operation = ['run', 'rerun']\nmax-weight = 20",
            6,
            "rule: max-weight: means nothing for run and rerun, which go to the policy service",
        ),
        ("operation = 'run'\ncool-down = '5m'", 6, "rule: cool-down: means nothing for run and rerun"),
        ("operation = []", 5, "rule: operation: names nothing: leave it out, or write \"*\""),
        ("rollout = ''", 5, "rule: rollout: is empty"),
    ] {
        let refused = refusal(&format!("{RULE}{added}\n"));
        assert!(refused.contains(&format!("config.toml:{line}: {said}")), "{added}: {refused}");
    }
}

#[test]
fn a_rule_that_allows_names_where() {
    for (text, said) in [
        ("[[rule]]\neffect = 'allow'\nnamespace = '*'", "1: rule: a rule that allows must name its context"),
        (
            "[[rule]]\neffect = 'allow'\nnamespace = '*'\ncontext = '*'",
            "4: rule: a rule that allows must name its context",
        ),
        (
            "[[rule]]\neffect = 'allow'\nnamespace = '*'\ncontext = ['a', '**']",
            "4: rule: a rule that allows must",
        ),
        (
            "[[rule]]\neffect = 'allow'\ncontext = 'a'",
            "1: rule: a rule that allows must name its namespace, or \"*\"",
        ),
        ("[[rule]]\neffect = 'perhaps'", "2: rule: effect: `perhaps` is no effect: write allow or deny"),
        ("[rule]\neffect = 'deny'", "1: rule: must be a table that begins with [[rule]]"),
        ("rule = 'prod/shop'", "1: rule: must be a table that begins with [[rule]]"),
    ] {
        let refused = refusal(text);
        assert!(refused.contains(&format!("config.toml:{said}")), "{text}: {refused}");
    }
}

#[test]
fn a_limit_in_a_rule_that_denies_is_refused_because_it_would_do_nothing() {
    for limit in [
        "max-weight = 5",
        "with = 'name'",
        "expiry = '60s'",
        "cool-down = '1m'",
        "role = 'sre'",
        "approvals = 1",
    ] {
        let refused = refusal(&format!("[[rule]]\ncontext = 'prod'\n{limit}\n"));
        assert!(
            refused.contains("toml:3: rule: ") && refused.contains("did you mean effect = \"allow\"?"),
            "{refused}"
        );
    }
}

#[test]
fn a_wrong_freeze_is_refused_with_its_line_and_what_would_be_right() {
    for (from, to, said) in [
        (
            "zone = 'Europe/Berlin'",
            "zone = 'Europe/Bonn'",
            "5: freeze: zone: there is no time zone `Europe/Bonn`",
        ),
        ("zone = 'Europe/Berlin'\n", "", "1: freeze: a freeze wants zone"),
        ("lasts = '62h'", "lasts = '400d'", "4: freeze: lasts: `400d` is no time of at most 366 days"),
        ("lasts = '62h'", "lasts = '0h'", "4: freeze: lasts: `0h` is no time"),
        ("lasts = '62h'", "lasts = '1mo'", "4: freeze: lasts: `1mo` is no time"),
        ("lasts = '62h'", "last = '62h'", "4: there is no setting `last`: did you mean `lasts`?"),
        ("0 18 * * fri", "0 18 * * freitag", "3: freeze: at: `freitag` is no day of the week"),
        ("0 18 * * fri", "18:00", "3: freeze: at: `18:00` has 1 fields, not five"),
        ("'weekend'", "'wéekend'", "2: freeze: name: must be words of plain letters"),
        ("'weekend'", "' weekend'", "2: freeze: name: must be words"),
        (
            "'weekend'\n",
            "'weekend'\noverride = 'maybe'\n",
            "3: freeze: override: `maybe` is no way to override",
        ),
        (
            "'weekend'\n",
            "'weekend'\noperation = ['promote', 'abort']\n",
            "3: freeze: operation: a freeze never stops abort",
        ),
    ] {
        let refused = refusal(&FREEZE.replace(from, to));
        assert!(refused.contains(&format!("config.toml:{said}")), "{to}: {refused}");
    }
}

#[test]
fn the_last_word_is_the_files_and_in_it_the_last_rules() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = format!("{RULE}with = 'reason'\n[[rule]]\ncontext = 'prod-eu'\nnamespace = 'pay'\n");
    std::fs::write(&path, format!("allow = 'prod-eu/shop'\n{text}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let allow = vec!["prod-eu/pay".into(), "dev/*".into()];
    let flags = Flags { config: Some(path), allow, role: Some(" sre ".into()), ..Flags::default() };
    let config = Config::resolve(flags, &Environment::default()).unwrap();
    let terms = |context, namespace| {
        let key = key(namespace);
        config.policy.terms(context, &key, Kind::Promote).map(|(_, terms)| terms.reason)
    };
    assert_eq!(terms("prod-eu", "shop"), Ok(true), "a flag or the short list loosens no rule");
    assert!(terms("prod-eu", "pay").unwrap_err().to_string().contains("(line 7) denies promote"));
    assert_eq!(terms("dev", "any"), Ok(false));
    assert_eq!(config.role.unwrap().as_str(), "sre");
}

#[test]
fn what_goes_to_the_policy_service_is_named_by_its_own_word() {
    let text = format!("{RULE}operation = ['run', 'rerun']\nwith = ['name', 'reason']\n");
    let file = parse(&text).unwrap();
    assert_eq!(file.rules[0].scope.operations, patterns(&["run", "rerun"]));
    assert!(file.rules[0].terms.as_ref().is_some_and(|terms| terms.name && terms.reason));
    let mixed = format!("{RULE}operation = ['promote', 'rerun']\nmax-weight = 20\n");
    assert!(parse(&mixed).is_ok(), "a limit that holds for a part of the rule is one");
    assert!(parse("[[rule]]\noperation = 're*'\n").is_ok(), "what denies may deny by a pattern");
}

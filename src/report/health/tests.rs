use std::sync::Arc;

use super::*;

fn now() -> Timestamp {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - jiff::SignedDuration::from_secs(seconds)
}

fn health(capability: Capability, namespace: Option<&str>, state: State) -> Health {
    let scope = namespace.map_or(Scope::Cluster, |name| Scope::Namespace(name.into()));
    let evidence = vec![Evidence { how: "access review", said: "allowed".into(), at: Some(ago(4)) }];
    Health { capability, scope, state, since: None, evidence, remedy: None }
}

fn remedy(sentence: &str, paste: Option<&str>) -> Option<Remedy> {
    Some(Remedy { sentence: sentence.into(), paste: paste.map(Arc::from) })
}

fn missing(why: &str) -> State {
    State::ConfigurationDependent { missing: why.into() }
}

fn account<'a>(healths: &'a [Health], needed: &'a [Capability], standing: &'a Standing) -> Account<'a> {
    Account {
        context: "prod-eu".into(),
        server: "https://10.0.0.1:6443".into(),
        user: "ann".into(),
        healths,
        needed,
        standing,
        cut_short: None,
        now: now(),
    }
}

fn told(healths: &[Health], needed: &[Capability]) -> (String, u8) {
    let standing = Standing::of(needed, healths);
    let answer = text(&account(healths, needed, &standing));
    assert_eq!(answer.err, "");
    (answer.out, answer.code)
}

#[test]
fn each_row_says_where_how_it_stands_how_old_that_is_and_why() {
    let healths = [
        health(Capability::ReadRollouts, Some("shop"), State::Available { at: ago(4) }),
        health(Capability::Promote, Some("shop"), missing("no right: patch rollouts/status")),
        health(Capability::Clock, None, State::Unknown { why: "no answer bore a date".into() }),
    ];
    let (out, code) = told(&healths, &[Capability::Promote]);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "context prod-eu, user ann, https://10.0.0.1:6443\n\
         needed and not there: promote\n\
         \n\
         \u{20}  CAPABILITY     WHERE    STATE                    CHECKED  REASON\n\
         \u{20}  read-rollouts  shop     available                4s       see phase, step and weight as they are\n\
         *  promote        shop     configuration-dependent  4s       no right: patch rollouts/status\n\
         \u{20}  clock          cluster  unknown                  4s       no answer bore a date\n\
         \n* needed\n"
    );
}

#[test]
fn the_exit_code_is_that_of_what_is_needed_alone() {
    let bad = State::Unavailable { why: "gone".into() };
    let healths = [
        health(Capability::ReadRollouts, Some("shop"), State::Available { at: ago(1) }),
        health(Capability::Promote, Some("shop"), State::Supported),
        health(Capability::Clock, None, State::Unknown { why: "?".into() }),
        health(Capability::PolicyService, None, bad),
    ];
    let code = |needed: &[Capability]| told(&healths, needed).1;
    assert_eq!(code(&[Capability::ReadRollouts, Capability::Promote]), 0);
    assert_eq!(code(&[Capability::ReadRollouts, Capability::Clock]), 2);
    assert_eq!(
        code(&[Capability::Clock, Capability::PolicyService]),
        1,
        "what is known to be bad comes first"
    );
    assert_eq!(code(&[Capability::Ledger]), 2, "what was not judged is not known");
}

#[test]
fn namespaces_that_say_the_same_share_a_line_and_one_that_does_not_has_its_own() {
    let mut healths: Vec<Health> = ["a", "b", "c", "d", "e"]
        .map(|name| health(Capability::Promote, Some(name), State::Supported))
        .into();
    healths.push(health(Capability::Promote, Some("f"), missing("no right")));
    let (out, _) = told(&healths, &[]);
    assert!(out.contains("promote     a,b,c and 2 more  supported "), "{out}");
    assert!(out.contains("promote     f                 configuration-dependent "), "{out}");
    assert_eq!(out.lines().filter(|line| line.trim_start().starts_with("promote ")).count(), 2, "{out}");
}

#[test]
fn what_to_do_is_said_once_with_all_that_it_mends_and_pasted_as_it_is() {
    let paste = "kubectl create rolebinding ann-may \\\n  --clusterrole=x";
    let mut healths = [
        health(Capability::PolicyService, None, missing("no [policy-service]")),
        health(Capability::Promote, Some("shop"), missing("no right")),
        health(Capability::AbortRetry, Some("shop"), missing("no right")),
    ];
    healths[0].remedy = remedy("name it in the configuration", None);
    healths[1].remedy = remedy("bind a role", Some(paste));
    healths[2].remedy = remedy("bind a role", Some(paste));
    let (out, _) = told(&healths, &[Capability::Promote]);
    let (_, todo) = out.split_once("\nWhat to do:\n").unwrap();
    assert_eq!(
        todo,
        "\n1. abort-retry (shop), promote (shop): bind a role\n    kubectl create rolebinding ann-may \\\n      \
         --clusterrole=x\n\n2. policy-service (cluster): name it in the configuration\n"
    );
}

#[test]
fn words_of_others_cannot_move_the_cursor_not_even_in_what_is_pasted() {
    let mut bad = health(Capability::Promote, Some("shop"), missing("\u{1b}[2Jgone"));
    bad.remedy = remedy("paste", Some("kubectl \u{1b}]0;x\u{7}"));
    let (out, _) = told(&[bad], &[]);
    assert!(!out.contains('\u{1b}') && !out.contains('\u{7}'), "{out:?}");
}

#[test]
fn json_has_every_field_of_every_row() {
    let mut bad = health(Capability::Promote, Some("shop"), missing("no right"));
    bad.remedy = remedy("bind a role", Some("kubectl …"));
    let healths = [bad, health(Capability::Autonomy, None, State::NotByDesign)];
    let standing = Standing::of(&[Capability::Promote], &healths);
    let answer = json(&account(&healths, &[Capability::Promote], &standing));
    let read: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!((answer.code, read), (1, expected()));
}

fn expected() -> serde_json::Value {
    serde_json::json!({
        "schema": "rollgate/v1",
        "observed_at": "2026-11-21T03:00:00Z",
        "context": "prod-eu",
        "server": "https://10.0.0.1:6443",
        "user": "ann",
        "needed": {
            "capabilities": ["promote"],
            "standing": "some_not",
            "not_there": ["promote"],
            "unknown": [],
            "exit_code": 1,
        },
        "cut_short": null,
        "capabilities": [
            {
                "capability": "promote",
                "namespace": "shop",
                "needed": true,
                "state": "configuration-dependent",
                "reason": "no right",
                "since": null,
                "checked_at": "2026-11-21T02:59:56Z",
                "serves": "let a Rollout go on, to a step or to the end",
                "evidence": [{"how": "access review", "said": "allowed", "at": "2026-11-21T02:59:56Z"}],
                "remedy": {"sentence": "bind a role", "paste": "kubectl …"},
            },
            {
                "capability": "autonomous-promotion",
                "namespace": null,
                "needed": false,
                "state": "not available by design",
                "reason": null,
                "since": null,
                "checked_at": "2026-11-21T02:59:56Z",
                "serves": "nothing: promotion without a person does not exist here",
                "evidence": [{"how": "access review", "said": "allowed", "at": "2026-11-21T02:59:56Z"}],
                "remedy": null,
            },
        ],
    })
}

use std::time::Duration;

use super::contact::react;
use super::pace::{Backoff, Pace};
use super::*;
use crate::cluster::fault::{Fault, Refusal};
use crate::rollout::delta::Contact;

fn status(code: u16, retry_after: Option<Duration>) -> Fault {
    Fault::Status(Refusal {
        code,
        reason: String::new(),
        message: "words".into(),
        by_api_server: true,
        retry_after,
    })
}

fn reaction(fault: &Fault, kind: Kind) -> (Contact, Duration, bool) {
    let pace = Pace::default();
    let reaction = react(fault, kind, None, &pace, &mut Backoff::new(pace));
    (reaction.contact, reaction.wait, reaction.forget)
}

#[test]
fn waits_double_up_to_the_longest_and_are_shortened_by_at_most_a_half() {
    let pace = Pace::default();
    let mut backoff = Backoff::new(pace);
    let mut full = pace.first;
    for _ in 0..12 {
        let wait = backoff.next();
        assert!(wait <= full && wait >= full / 2 - Duration::from_millis(1), "{wait:?} of {full:?}");
        full = (full * 2).min(Duration::from_secs(30));
    }
    assert_eq!(full, Duration::from_secs(30));
    backoff.reset();
    assert!(backoff.next() <= pace.first);
}

#[test]
fn watches_are_asked_for_two_to_five_minutes_by_chance() {
    let seconds: std::collections::BTreeSet<u32> = (0..200).map(|_| Pace::watch_seconds()).collect();
    assert!(seconds.iter().all(|seconds| (120..=290).contains(seconds)), "{seconds:?}");
    assert!(seconds.len() > 10, "they do not differ: {seconds:?}");
}

#[test]
fn a_refused_right_and_a_missing_kind_forget_what_was_seen_and_are_asked_for_seldom() {
    for code in [403, 404] {
        let (_, wait, forget) = reaction(&status(code, None), Kind::Rollouts);
        assert!(
            forget && wait >= Duration::from_secs(15) && wait <= Duration::from_secs(30),
            "{code} {wait:?}"
        );
    }
}

#[test]
fn what_to_install_is_told_only_of_argos_kinds() {
    let told = |kind| match reaction(&status(404, None), kind).0 {
        Contact::Absent { why } => why.to_string(),
        other => panic!("{other:?}"),
    };
    for kind in [Kind::Rollouts, Kind::AnalysisRuns, Kind::Experiments] {
        assert!(told(kind).contains("kubectl apply -n argo-rollouts"), "{kind:?}");
    }
    for kind in [Kind::ReplicaSets, Kind::Pods, Kind::Deployments] {
        assert!(told(kind).contains("is its address right?"), "{kind:?}");
    }
}

#[test]
fn the_server_may_ask_for_a_longer_wait_but_not_for_one_without_end() {
    let (_, wait, forget) = reaction(&status(429, Some(Duration::from_secs(9))), Kind::Rollouts);
    assert_eq!((wait, forget), (Duration::from_secs(9), false));
    let (_, wait, _) = reaction(&status(429, Some(Duration::from_secs(9999))), Kind::Rollouts);
    assert_eq!(wait, Duration::from_secs(30));
}

#[test]
fn the_rest_is_retried_from_where_it_stood() {
    for fault in [
        status(500, None),
        Fault::Unsent { why: "refused".into() },
        Fault::Silent { after: Duration::from_secs(30) },
        Fault::Broken { why: "reset".into() },
    ] {
        let (contact, _, forget) = reaction(&fault, Kind::Rollouts);
        assert!(matches!(&contact, Contact::Retrying { why, .. } if why.as_str() == fault.to_string()));
        assert!(!forget);
    }
}

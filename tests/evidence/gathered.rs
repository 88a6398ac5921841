//! What is gathered from a real Prometheus, and what a gate makes of it.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rollgate::clock::Clock;
use rollgate::config::Services;
use rollgate::evidence::Evidence;
use rollgate::gate::Gate;
use rollgate::gate::evidence::Evidence as Proof;
use rollgate::gate::judge::score::Word;
use rollgate::gate::policy::{Policy, file};
use rollgate::gate::stage::Seen;
use rollgate::gate::wish::Canary;
use rollgate::rollout::Key;

use crate::authority::Authority;
use crate::exporter::{self, METRICS, Version};
use crate::installed::{Running, Setup};
use crate::prometheus::reached_at;
use crate::{Outcome, Real, block, services};

pub fn trials() -> Vec<Real> {
    vec![
        (
            "a gate over a real prometheus passes a good canary, fails a bad one and waits for a new one",
            told_apart,
        ),
        ("what a real prometheus measured badly is missing or told, never taken for good", marred),
        ("a real prometheus that is scraping says within a minute what it scraped", scraped),
        ("a real prometheus behind a login and a certificate is asked with both or not at all", secured),
        ("a real prometheus that goes or hangs leaves a gate without evidence", lost),
    ]
}

const GATES: &str = "rollout_gates:\n  min_data_points_per_metric: 50\n  canary_lifetime_hours: 2\n  metric_resolution: 1m\n  \
    rollback_triggers:\n    error_rate_metric: errors\n    error_rate_floor: 0.1\n";

pub fn policy(text: &str) -> Arc<Policy> {
    Arc::new(file::read(text, "web").unwrap_or_else(|fault| panic!("{fault}: {text}")))
}

pub fn canary(hash: &str, policy: &Arc<Policy>) -> Canary {
    Canary {
        key: Key { namespace: "shop".into(), name: "web".into() },
        uid: "u".into(),
        hash: hash.into(),
        stable: "stable".into(),
        policy: policy.clone(),
        runs: Vec::new(),
    }
}

/// Gathers for a canary, and has it judged at a weight of 10 %.
async fn judged(evidence: &Evidence, canary: &Canary, now: Timestamp) -> Gate {
    let gathered = evidence.gather(canary, now).await;
    let mut gate = Gate::new(canary.policy.clone(), canary.hash.clone());
    let seen = Seen { under_way: true, aborted: false, weight: Some(10), full_since: None, since: None };
    gate.take(gathered, &seen, now);
    gate
}

fn asking(services: Services) -> Evidence {
    Evidence::new(services, Clock::Machine)
}

/// Why the evidence at a place is missing.
#[track_caller]
fn missing(gate: &Gate, place: usize) -> String {
    match &gate.evidence[place] {
        Proof::Missing { why, .. } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

fn told_apart(program: &Path) -> Outcome {
    let now = Timestamp::now();
    let versions = [
        Version::good("stable"),
        Version::good("good"),
        Version { errors: 4.0, latency: 140.0, ..Version::good("bad") },
        Version { minutes: 20, ..Version::good("young") },
        Version { latency: 114.2, ..Version::good("unclear") },
    ];
    let samples = Some(exporter::past(&versions, now, ""));
    let running = Running::start_with(program, &Setup { samples, ..Setup::default() })?;
    let evidence = asking(reached_at(&running.url()));
    let policy = policy(&format!("{GATES}{METRICS}"));
    block(async {
        let good = judged(&evidence, &canary("good", &policy), now).await;
        assert_eq!(good.word(now), Word::Pass, "{} {:?}", good.why(now), good.verdict);
        assert_eq!(good.firing().count(), 0);
        let Proof::Series { canary: ours, stable, of } = &good.evidence[0] else { panic!("{good:?}") };
        assert_eq!(of.source.as_str(), format!("prometheus at {}", running.url()));
        assert!(of.query.as_str().contains("hash=\"good\"") && of.query.as_str().contains("hash=\"stable\""));
        assert_eq!(of.window.1.as_second() % 60, 0);
        let times = |series: &rollgate::gate::evidence::Series| {
            series.points.iter().map(|(at, _)| *at).collect::<Vec<_>>()
        };
        assert_eq!(times(ours), times(stable), "the points pair");
        assert!(ours.points.len() >= 110, "{}", ours.points.len());

        let bad = judged(&evidence, &canary("bad", &policy), now).await;
        assert_eq!(bad.word(now), Word::Fail, "{:?}", bad.verdict);
        assert!(bad.proposes_abort() && bad.firing().next().is_some(), "{:?}", bad.triggers);

        let young = judged(&evidence, &canary("young", &policy), now).await;
        assert_eq!(young.word(now), Word::CannotTell, "{:?}", young.verdict);
        assert!(young.why(now).as_str().contains(" of 50 points"), "{}", young.why(now));
        let left = young.verdict.as_ref().unwrap().earliest.unwrap().duration_since(now);
        assert!(left >= SignedDuration::from_mins(28) && left <= SignedDuration::from_mins(33), "{left:#}");

        let unclear = judged(&evidence, &canary("unclear", &policy), now).await;
        assert_eq!(unclear.word(now), Word::Hold, "{:?}", unclear.verdict);
        assert!(unclear.verdict.as_ref().unwrap().earliest.is_some(), "{:?}", unclear.verdict);
        Ok(())
    })
}

/// A gauge for a hash, minute by minute until `end` minutes ago.
fn gauge(hash: &str, labels: &str, now: Timestamp, end: i64, value: impl Fn(i64) -> String) -> String {
    let minutes = (end..=120).rev();
    let line = |minute: i64| {
        let at = now.as_second() - minute * 60;
        format!("app_size{{hash=\"{hash}\"{labels}}} {} {at}\n", value(minute))
    };
    minutes.map(line).collect()
}

fn marred(program: &Path) -> Outcome {
    let now = Timestamp::now();
    let even = |minute: i64| format!("{}", 100 + minute % 3);
    let more = [
        "# TYPE app_size gauge\n".to_owned(),
        gauge("stable", "", now, 0, even),
        gauge("nan", "", now, 0, |minute| if minute % 5 == 0 { even(minute) } else { "NaN".to_owned() }),
        gauge("stale", "", now, 20, even),
        gauge("two", ",pod=\"a\"", now, 0, even),
        gauge("two", ",pod=\"b\"", now, 0, even),
        "# TYPE app_events counter\n".to_owned(),
        // It counts 60 a minute and was started anew an hour ago: a difference would be negative, a rate is not.
        gauge("stable", "", now, 0, |minute| format!("{}", (121 - minute) * 60))
            .replace("app_size", "app_events_total"),
        gauge("reset", "", now, 0, |minute| {
            format!("{}", (121 - minute - if minute <= 60 { 60 } else { 0 }) * 60)
        })
        .replace("app_size", "app_events_total"),
    ];
    let samples = Some(exporter::past(&[], now, &more.concat()));
    let running = Running::start_with(program, &Setup { samples, ..Setup::default() })?;
    let evidence = asking(reached_at(&running.url()));
    let metric = |query: &str| {
        policy(&format!("{GATES}metrics:\n  - name: errors\n    query: '{query}'\n    tolerance: 1\n"))
    };
    let size = metric("app_size{hash=\"{{canary}}\"}");
    block(async {
        let nan = judged(&evidence, &canary("nan", &size), now).await;
        assert_eq!(nan.word(now), Word::CannotTell, "{:?}", nan.verdict);
        assert!(nan.why(now).as_str().contains(" of 50 points"), "{}", nan.why(now));

        let stale = judged(&evidence, &canary("stale", &size), now).await;
        assert_eq!(stale.word(now), Word::CannotTell, "{:?}", stale.verdict);
        assert!(stale.why(now).as_str().contains("its newest point is older than"), "{}", stale.why(now));

        let two = judged(&evidence, &canary("two", &size), now).await;
        assert_eq!(two.word(now), Word::CannotTell, "{:?}", two.verdict);
        assert!(
            missing(&two, 0).starts_with("2 series of the canary")
                && missing(&two, 0).contains("differ in pod")
        );

        let none = judged(&evidence, &canary("nobody", &size), now).await;
        assert_eq!(none.word(now), Word::CannotTell, "{:?}", none.verdict);
        assert!(missing(&none, 0).starts_with("no series of the canary"), "{}", missing(&none, 0));

        let events = metric("rate(app_events_total{hash=\"{{canary}}\"}[5m]) * 60");
        let reset = judged(&evidence, &canary("reset", &events), now).await;
        let Proof::Series { canary: ours, .. } = &reset.evidence[0] else { panic!("{reset:?}") };
        assert!(ours.points.len() > 100 && ours.points.iter().all(|(_, value)| *value >= 0.0), "{ours:?}");
        assert_eq!(reset.word(now), Word::Pass, "{:?}", reset.verdict);

        let wrong = judged(&evidence, &canary("nan", &metric("app_size{hash=\"{{canary}}\"")), now).await;
        assert!(missing(&wrong, 0).starts_with("answered 400 bad_data: "), "{}", missing(&wrong, 0));
        assert!(missing(&wrong, 0).contains("parse error"), "{}", missing(&wrong, 0));
        Ok(())
    })
}

fn scraped(program: &Path) -> Outcome {
    let versions =
        vec![Version::good("stable"), Version::good("good"), Version { errors: 8.0, ..Version::good("bad") }];
    let scrapes = Some(exporter::listen(versions));
    let running = Running::start_with(program, &Setup { scrapes, ..Setup::default() })?;
    let evidence = asking(reached_at(&running.url()));
    let gates = "rollout_gates:\n  min_data_points_per_metric: 15\n  canary_lifetime_hours: 0.1\n  metric_interval_hours: 0.1\n  \
        metric_resolution: 1s\n";
    let policy = policy(&format!("{gates}{METRICS}").replace("[2m]", "[5s]"));
    block(async {
        let deadline = Instant::now() + Duration::from_secs(120);
        let bad = loop {
            let now = Timestamp::now();
            let gate = judged(&evidence, &canary("bad", &policy), now).await;
            if gate.word(now) == Word::Fail {
                break gate;
            }
            assert_eq!(gate.word(now), Word::CannotTell, "{:?}", gate.verdict);
            assert!(Instant::now() < deadline, "{:?}", gate.verdict);
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        assert!(bad.why(Timestamp::now()).as_str().contains("errors"), "{:?}", bad.verdict);
        let now = Timestamp::now();
        let good = judged(&evidence, &canary("good", &policy), now).await;
        assert_ne!(good.word(now), Word::Fail, "{:?}", good.verdict);
        Ok(())
    })
}

/// A bcrypt hash of `open-sekret`, as cheap as they come.
const HASHED: &str = "$2b$04$RlkenXYLgfpbYDHRWDSZm.V1yrdxAdTpDLVbpOzTlwS3wvd1M4m3S";

fn secured(program: &Path) -> Outcome {
    let now = Timestamp::now();
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let (authority, stranger) = (Authority::new("ours"), Authority::new("theirs"));
    let pair = authority.server(&["127.0.0.1"]);
    let (certificate, key) = (put("server.pem", &pair.certificate), put("server.key", &pair.key));
    put("ca.pem", &authority.pem());
    put("other.pem", &stranger.pem());
    put("password", "open-sekret\n");
    put("old", "old-sekret\n");
    let web = format!(
        "tls_server_config: {{cert_file: '{certificate}', key_file: '{key}'}}\nbasic_auth_users: {{ann: '{HASHED}'}}\n"
    );
    let versions = [Version::good("stable"), Version::good("good")];
    let setup =
        Setup { web: Some(web), samples: Some(exporter::past(&versions, now, "")), ..Setup::default() };
    let running = Running::start_with(program, &setup)?;
    let at = |more: &str| {
        let text = format!("[[provider]]\naddress = 'https://{}'\n{more}\n", running.address);
        asking(services(folder.path(), &text))
    };
    let policy = policy(&format!("{GATES}{METRICS}"));
    block(async {
        let canary = canary("good", &policy);
        let login = "ca-file = 'ca.pem'\nuser = 'ann'\npassword-file = 'password'";
        let good = judged(&at(login), &canary, now).await;
        assert_eq!(good.word(now), Word::Pass, "{:?}", good.verdict);
        for (login, words) in [
            ("ca-file = 'ca.pem'", "answered 401: log in with"),
            (
                "ca-file = 'ca.pem'\nuser = 'ann'\npassword-file = 'old'",
                "answered 401 to ann with the password in",
            ),
            ("ca-file = 'other.pem'\nuser = 'ann'\npassword-file = 'password'", "is not trusted"),
            ("ca-file = 'ca.pem'\nuser = 'ann'\npassword-file = 'none'", "cannot be used: No such file"),
        ] {
            let gate = judged(&at(login), &canary, now).await;
            assert_eq!(gate.word(now), Word::CannotTell, "{login}: {:?}", gate.verdict);
            for place in 0..2 {
                assert!(missing(&gate, place).contains(words), "{}", missing(&gate, place));
                assert!(!missing(&gate, place).contains("sekret"), "{}", missing(&gate, place));
            }
        }
        Ok(())
    })
}

fn lost(program: &Path) -> Outcome {
    let now = Timestamp::now();
    let versions = [Version::good("stable"), Version::good("good")];
    let setup = Setup { samples: Some(exporter::past(&versions, now, "")), ..Setup::default() };
    let running = Running::start_with(program, &setup)?;
    let evidence = asking(reached_at(&running.url()));
    let policy = policy(&format!("{GATES}{METRICS}"));
    block(async {
        let canary = canary("good", &policy);
        assert_eq!(judged(&evidence, &canary, now).await.word(now), Word::Pass);
        running.signal(rustix::process::Signal::STOP);
        let begun = Instant::now();
        let hung = judged(&evidence, &canary, now).await;
        running.signal(rustix::process::Signal::CONT);
        assert_eq!(hung.word(now), Word::CannotTell, "{:?}", hung.verdict);
        assert!(missing(&hung, 0).ends_with("did not answer within 5 s"), "{}", missing(&hung, 0));
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        assert_eq!(
            judged(&evidence, &canary, now).await.word(now),
            Word::Pass,
            "and one by one it answers again"
        );
        drop(running);
        let down = judged(&evidence, &canary, now).await;
        assert_eq!(down.word(now), Word::CannotTell, "{:?}", down.verdict);
        assert!(missing(&down, 0).starts_with("nothing is reached at "), "{}", missing(&down, 0));
        assert!(missing(&down, 1).ends_with("is the port-forward up?"), "{}", missing(&down, 1));
        Ok(())
    })
}

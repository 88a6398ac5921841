//! A real Prometheus: up, down, up again, behind a prefix, and somebody else on its port.

use std::path::Path;
use std::time::{Duration, Instant};

use rollgate::capability::sight::{Answer, Answering};

use crate::fake_server::{FakeServer, json};
use crate::installed::Running;
use crate::prometheus::reached_at;
use crate::{Outcome, Real, asked, block, why};

pub fn trials() -> Vec<Real> {
    vec![
        ("a real prometheus is well, then gone, then well again", up_and_down),
        ("a real prometheus behind a prefix is well there, and wrong beside it", prefixed),
        ("a real prometheus that stands still is given up in time", stopped),
        ("somebody else on the port of a prometheus is not taken for it", replaced),
    ]
}

#[track_caller]
fn assert_well(answer: &Answer<Answering>) {
    let Answer::Seen(Answering::Well { version }) = answer else { panic!("{answer:?}") };
    assert!(version.as_str().starts_with(|c: char| c.is_ascii_digit()), "{version}");
}

fn up_and_down(program: &Path) -> Outcome {
    let running = Running::start(program, "")?;
    let services = reached_at(&running.url());
    assert_well(&block(asked(&services)));
    let address = running.address;
    drop(running);
    let answer = block(asked(&services));
    assert!(matches!(answer, Answer::Failed { .. }), "{answer:?}");
    assert!(
        why(&answer).starts_with(&format!("nothing is reached at http://{address}: Connection refused")),
        "{answer:?}"
    );
    let _again = Running::start_at(program, "", address)?;
    assert_well(&block(asked(&services)));
    Ok(())
}

fn prefixed(program: &Path) -> Outcome {
    let running = Running::start(program, "/prod")?;
    assert_well(&block(asked(&reached_at(&format!("{}/prod", running.url())))));
    let beside = block(asked(&reached_at(&running.url())));
    assert!(matches!(beside, Answer::Seen(Answering::Wrongly { .. })), "{beside:?}");
    assert!(why(&beside).contains("404"), "{beside:?}");
    Ok(())
}

fn stopped(program: &Path) -> Outcome {
    let running = Running::start(program, "")?;
    running.signal(rustix::process::Signal::STOP);
    let begun = Instant::now();
    let answer = block(asked(&reached_at(&running.url())));
    running.signal(rustix::process::Signal::CONT);
    assert!(why(&answer).ends_with("did not answer within 5 s"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_well(&block(asked(&reached_at(&running.url()))));
    Ok(())
}

fn replaced(program: &Path) -> Outcome {
    let running = Running::start(program, "")?;
    assert_well(&block(asked(&reached_at(&running.url()))));
    drop(running);
    block(async {
        let other = FakeServer::start(|_, _| json(200, "<html><h1>It works!</h1></html>")).await;
        let answer = asked(&reached_at(&other.url)).await;
        assert!(matches!(answer, Answer::Seen(Answering::Wrongly { .. })), "{answer:?}");
        assert!(why(&answer).contains("It works!"), "{answer:?}");
    });
    Ok(())
}

//! The same commands with a real Prometheus that holds the past.

use std::path::Path;

use crate::Outcome;
use crate::desk::{Course, Desk, NOON, SAME, TEN, samples};
use crate::installed::{Running, Setup};

type Real = (&'static str, fn(&Path) -> Outcome);

pub fn trials() -> Vec<Real> {
    vec![
        ("a real prometheus is judged as of a time, and looked back at", judged),
        ("a prometheus that is gone cannot be told", gone),
    ]
}

const THRICE: Course = Course { factor: 3.0, from_minute: 70, wobble: 0.02 };

fn started(program: &Path, desk: &Desk) -> Result<Running, String> {
    let setup = Setup { samples: Some(samples(THRICE, SAME)), ..Setup::default() };
    let running = Running::start_with(program, &setup)?;
    let file = format!("[[provider]]\nkind = \"prometheus\"\naddress = \"{}\"\n", running.url());
    desk.write("config.toml", &file);
    Ok(running)
}

fn run(desk: &Desk, at: &str) -> crate::desk::Said {
    desk.rollgate(&format!(
        "gates run checkout --from rollout.yaml --policy shop.yaml --config config.toml --at {at} -o json"
    ))
}

fn judged(program: &Path) -> Outcome {
    let desk = Desk::new();
    let running = started(program, &desk)?;
    let early = run(&desk, "2026-11-21T11:00:00Z");
    assert_eq!(early.code, 0, "{}{}", early.out, early.err);
    assert_eq!(early.json()["metrics"][0]["points"]["canary"], 61);
    assert!(early.json()["metrics"][0]["source"].as_str().unwrap().contains(&running.url()));
    let late = run(&desk, NOON);
    assert_eq!((late.code, &late.json()["triggers"][0]["state"]), (2, &"fires".into()), "{}", late.out);
    let back = desk.rollgate(&format!(
        "gates backtest shop.yaml checkout -n shop --canary 6c9f --stable 7d8c --config config.toml \
         --from {TEN} --to {NOON} --record kept.json -o json"
    ));
    assert_eq!(back.code, 2, "{}{}", back.out, back.err);
    assert_eq!(back.json()["first_pass"], "2026-11-21T10:49:00Z");
    drop(running);
    // What was kept is judged alike without anybody to ask.
    let again = desk.rollgate(&format!(
        "gates backtest shop.yaml checkout -n shop --recorded kept.json --from {TEN} --to {NOON} -o json"
    ));
    assert_eq!((again.code, again.json()), (2, back.json()));
    Ok(())
}

fn gone(program: &Path) -> Outcome {
    let desk = Desk::new();
    drop(started(program, &desk)?);
    let said = run(&desk, NOON);
    assert_eq!((said.code, &said.json()["word"]), (3, &"cannot tell".into()), "{}{}", said.out, said.err);
    assert_eq!(said.json()["metrics"][0]["class"], "no data");
    Ok(())
}

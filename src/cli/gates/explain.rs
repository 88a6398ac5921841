//! Owns `gates explain`: which policy is meant, and which steps go with it.
//!
//! What is said is [`crate::report::gates::explained`]'s. It asks nobody.

use super::{Explain, file};
use crate::config::Config;
use crate::report::Answer;
use crate::report::gates::explained;
use crate::text::Printable;

/// Exit code where there is nothing to explain.
const UNREAD: u8 = 2;

pub(super) fn run(explain: &Explain, config: &Config) -> Answer {
    told(explain, config).unwrap_or_else(|why| super::failed(&why, UNREAD))
}

fn told(explain: &Explain, config: &Config) -> Result<Answer, String> {
    let rollouts = explain.steps.as_deref().map(file::rollouts).transpose()?;
    let steps = rollouts.as_ref().and_then(|rollouts| rollouts.first()).map(file::steps);
    let noise = explain.noise / 100.0;
    if let Some(path) = &explain.policy {
        let (_, policy) = file::policy(path)?;
        return Ok(explained::text(&policy, noise, steps));
    }
    let name = explain.name.as_deref().unwrap_or_default();
    let policy = config.gates.shelf.named(name).ok_or_else(|| unknown(name, config))?;
    Ok(explained::text(policy, noise, steps))
}

fn unknown(name: &str, config: &Config) -> String {
    let known: Vec<String> = config
        .gates
        .shelf
        .policies()
        .iter()
        .map(|policy| Printable::from(&*policy.name).to_string())
        .collect();
    let there = match (&config.gates.folder, known.as_slice()) {
        (None, _) => {
            "there is no folder of policies; name one with --gates, or a file with --policy".to_owned()
        }
        (Some(folder), []) => format!("{} holds none; name a file with --policy", super::shown(folder)),
        (Some(_), names) => format!("there are {}", names.join(", ")),
    };
    format!("there is no policy `{}`: {there}", Printable::from(name))
}

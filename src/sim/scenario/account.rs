//! What happened, told in lines for a person.
//!
//! It owns which moments are worth a line: steps of the script, the person's orders, and each turn of the Rollouts
//! that those are about. It judges nothing. Invariant: lines are in the order of the history.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::sim::objects::Place;
use crate::sim::world::{Author, Moment, Standing, What, World};

/// How many lines are told at most: the first and the last of them.
const MOST: usize = 40;

/// Tells what happened in lines with their time.
pub(super) fn tell(world: &World) -> Vec<String> {
    let moments = world.history().moments();
    let concerned = concerned(moments);
    let mut last: BTreeMap<&Place, &Standing> = BTreeMap::new();
    let mut lines = Vec::new();
    for moment in moments {
        let words = match &moment.what {
            What::Asked { author: Author::Client, asked, code, deed } => {
                let of = asked.place.as_ref().map(|place| format!(" {}/{}", place.namespace, place.name));
                let what =
                    deed.map_or_else(|| format!("{:?}", asked.verb).to_lowercase(), |deed| deed.to_string());
                Some(format!("you: {what}{} (HTTP {code})", of.unwrap_or_default()))
            }
            What::Changed { place, standing: Some(standing), .. }
                if standing.observed && concerned.contains(place) =>
            {
                let news = last.insert(place, standing).is_none_or(|before| turned(before, standing));
                news.then(|| format!("{}/{}: {}", place.namespace, place.name, stands(standing)))
            }
            What::Happened(words) => Some(words.to_string()),
            _ => None,
        };
        lines.extend(words.map(|words| line(moment.at, &words)));
    }
    shortened(lines)
}

/// The Rollouts that somebody did something to.
fn concerned(moments: &[Moment]) -> BTreeSet<&Place> {
    let asked = moments.iter().filter_map(|moment| match &moment.what {
        What::Asked { asked, .. } => asked.place.as_ref(),
        _ => None,
    });
    asked.collect()
}

fn turned(before: &Standing, now: &Standing) -> bool {
    (&before.phase, before.weight, before.step, before.aborted)
        != (&now.phase, now.weight, now.step, now.aborted)
}

fn stands(standing: &Standing) -> String {
    let mut words = standing.phase.to_string();
    if !standing.settled {
        let step =
            standing.step.map(|(index, count)| format!(", step {index} of {count}")).unwrap_or_default();
        words.push_str(&format!(", {} % to the new version{step}", standing.weight));
    }
    if !standing.message.is_empty() {
        words.push_str(&format!(": {}", standing.message));
    }
    words
}

fn line(at: Timestamp, words: &str) -> String {
    let at = at.to_string();
    format!("{}  {words}", at.get(11..19).unwrap_or(&at))
}

fn shortened(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > MOST {
        let left_out = lines.len() - MOST;
        let half = MOST / 2;
        lines.splice(half..half + left_out, [format!("({left_out} more)")]);
    }
    lines
}

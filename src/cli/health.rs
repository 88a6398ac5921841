//! Owns the command about health: which rows are needed, how long may be looked, and the exit code.
//!
//! It looks once ([`look`]) and never orders anything. Invariant: exit code 0 is never given for what nobody looked at.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::{Cli, Output};
use crate::app::health::places::{self, Ground};
use crate::capability::judge::{Granted, Place};
use crate::capability::{Capability, Chronicle, Health as Account, Standing, judge};
use crate::config::Config;
use crate::config::connection::request_timeout;
use crate::report::health::{self as report};
use crate::text::Printable;

mod look;
mod needs;
mod record;

use look::Looked;
use needs::Needs;

/// Exit code where it cannot be told.
const UNTOLD: u8 = 2;
/// How long may be looked at the most.
const LONGEST: Duration = Duration::from_secs(600);

const EXAMPLES: &str = "\
Examples:
  rollgate health -n shop                    what works here, what does not, and what to do
  rollgate health -n shop --need promote --allow prod-eu/shop
  rollgate health -A --wait 2m -o json       many namespaces: about two requests a second

--need takes the names of the rows (read-rollouts, controller, clock …), and these words:
  promote, pause, resume, abort, retry, undo, cancel, image, restart
                                             the order, with all that it rests on
  read                                       Rollouts, and their revisions and Pods
Without it, what is needed is read and controller, and the orders that --allow or the file
allows.

Exit codes: 0 what is needed is there: it was seen, or nothing stands in its way as far as
access reviews tell (nothing is tried, so admission may still refuse); 1 some of it is not
there; 2 it cannot be told. Looking changes nothing, in the cluster or here.";

/// Flags of `health`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Health {
    /// What has to be there for exit code 0 (may be repeated, or a list with commas).
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = needs::checked)]
    pub need: Vec<String>,
    /// How long may be looked; what was not seen by then is unknown.
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub wait: String,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// Runs the command and returns the exit code.
pub async fn run(cli: &Cli, health: &Health, config: &Config) -> ExitCode {
    match told(cli, health, config).await {
        Ok(answer) => super::reports::say(&answer),
        Err(why) => {
            super::reports::say(&crate::report::Answer { code: UNTOLD, ..crate::report::Answer::failed(why) })
        }
    }
}

async fn told(cli: &Cli, health: &Health, config: &Config) -> Result<crate::report::Answer, String> {
    if cli.global.from.is_some() {
        return Err("a dump cannot be asked how its cluster does: leave out --from".to_owned());
    }
    let wait = request_timeout(&health.wait)?.filter(|wait| *wait <= LONGEST);
    let wait = wait.ok_or_else(|| format!("--wait is a time up to {} s", LONGEST.as_secs()))?;
    let looked = look::look(config, wait).await?;
    let now = Timestamp::now();
    let heard = |kind, _: &str| looked.listed.get(&kind).copied();
    let ground = Ground {
        store: &looked.store,
        namespaces: &looked.named,
        policy: &config.policy,
        context: looked.context.as_str(),
        heard: &heard,
    };
    let mut places = places::of(ground, &mut places::Grants::new(), now);
    places.iter_mut().for_each(|place| place.targets = places::targets(&looked.store, place));
    let needs = Needs::of(&health.need, &places);
    let mut healths = judged(&looked, &places, now);
    // One look has no past: it only dates what is degraded.
    Chronicle::default().settle(&mut healths, now);
    let minded: Vec<Account> = healths.iter().filter(|health| needs.minds(health)).cloned().collect();
    let standing = Standing::of(&needs.rows, &minded);
    let account = report::Account {
        context: looked.context.clone(),
        server: looked.server.clone(),
        user: looked.user.clone(),
        healths: &healths,
        needed: &needs.rows,
        standing: &standing,
        cut_short: looked.cut_short.then(|| cut_short(wait)),
        now,
    };
    Ok(match health.output {
        Output::Text => report::text(&account),
        Output::Json => report::json(&account),
    })
}

fn cut_short(wait: Duration) -> Printable {
    format!("not all was looked at within {} s: a longer --wait sees more", wait.as_secs_f32()).into()
}

/// Judges every row in each place, in the order in which rows are shown.
fn judged(looked: &Looked, places: &[Place<'_>], now: Timestamp) -> Vec<Account> {
    let mut healths = Vec::new();
    for capability in Capability::ALL {
        if capability.is_of_cluster() {
            healths.push(judge(capability, None, places, &looked.board, now));
        } else {
            let each = places.iter().map(|place| judge(capability, Some(place), places, &looked.board, now));
            healths.extend(each);
        }
    }
    healths
}

/// Tells whether the policy lets a person order something in a place that has to do with a row.
fn is_granted(place: &Place<'_>, capability: Capability) -> bool {
    place.granted.iter().any(|(act, granted)| {
        *granted == Granted::Yes && crate::capability::needed(*act).contains(&capability)
    })
}

#[cfg(test)]
mod tests;

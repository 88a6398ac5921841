//! Owns the command about orders without an end: which there are, and closing one with a reason.
//!
//! It never sends and never asks the cluster; the next start of the screen does. What there is to list is plain data
//! ([`Listed`]), for whoever shows it. Invariants: an order that a running program is about is not closed here; closing
//! is recorded, with who and why. Exit code 0 means done, 1 that there is no such order, 2 that it cannot be told.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::process::ExitCode;

use super::ledger::{self, Said, Untold, text};
use super::{Output, json as as_json};
use crate::config::Config;
use crate::ledger::open::{Owner, Standing};
use crate::ledger::{LedgerError, Open};
use crate::operation::Reason;
use crate::run::live::actor;
use crate::run::orders;
use crate::run::recovery::owner;
use crate::text::Printable;

const EXAMPLES: &str = "\
Examples:
  rollgate orders                                         what has no end, and how far it got
  rollgate ledger show 4c1f0a9be277                       all that is recorded of one order
  rollgate orders close 4c1f0a9be277 --reason \"seen in the cluster's audit log: not applied\"

Standing: open (its program runs, or may), left (its program has ended; the next start of the screen reads what became
of it), in-doubt (that cannot be told; a person looks, and closes it), dead (given up undelivered; it is staged anew
or closed).

Exit codes: 0 done; 1 there is no such order, or its program is still about it; 2 it cannot be told.";

/// Flags of `orders`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Orders {
    /// What to do; they are listed if nothing is named.
    #[command(subcommand)]
    pub wanted: Option<Wanted>,
    /// How to print.
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Output,
}

/// What to do with orders.
#[derive(Debug, Subcommand)]
pub enum Wanted {
    /// Close an order of which no end is known, with the reason; nothing is sent.
    Close {
        /// Id of the order; its beginning or its end is enough.
        id: String,
        /// Why it is over, in one line; it is recorded.
        #[arg(long)]
        reason: String,
    },
}

/// One order without an end, as it is listed.
pub struct Listed {
    /// What is recorded of it.
    pub open: Open,
    /// How it stands.
    pub standing: Standing,
}

impl Listed {
    /// Puts orders with what is known of their programs.
    pub fn of(open: Vec<Open>, owner: impl Fn(&Open) -> Owner) -> Vec<Self> {
        open.into_iter().map(|open| Self { standing: open.standing(owner(&open)), open }).collect()
    }
}

/// Runs the command and returns the exit code.
pub fn run(orders: &Orders, config: &Config) -> ExitCode {
    ledger::print(match &orders.wanted {
        None => list(config, orders.output),
        Some(Wanted::Close { id, reason }) => close(config, id, reason),
    })
}

fn list(config: &Config, output: Output) -> Result<Said, Untold> {
    let reader = match ledger::reader(config) {
        Ok(reader) => Some(reader),
        // Where nothing was ever ordered, nothing is open.
        Err(Untold::Ledger(LedgerError::Absent(_))) => None,
        Err(untold) => return Err(untold),
    };
    let open = reader.map_or(Ok(Vec::new()), |reader| orders::open_or_dead(&reader))?;
    let listed = Listed::of(open, owner::of);
    let words = match output {
        Output::Text => in_text(&listed),
        Output::Json => in_json(&listed),
    };
    Ok(Said { words, code: 0 })
}

fn in_text(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return "Every recorded order has its end.\n".to_owned();
    }
    let header = ["ORDER", "AT", "STANDING", "OPERATION", "ROLLOUT", "CONTEXT", "KNOWN SO FAR"];
    text::lay(header, listed.iter().map(cells))
}

fn cells(listed: &Listed) -> [String; 7] {
    let open = &listed.open;
    let at = open.entries.first().map_or_else(String::new, |row| text::moment(&row.at));
    let (kind, rollout, context) = match &open.order {
        Ok(order) => {
            let key = &order.target.key;
            let rollout = format!("{}/{}", Printable::from(&*key.namespace), Printable::from(&*key.name));
            (order.kind.to_string(), rollout, Printable::from(order.target.context.as_str()).to_string())
        }
        Err(why) => (why.to_string(), "-".to_owned(), "-".to_owned()),
    };
    let known = match why(open) {
        Some(why) => Printable::from(why).to_string(),
        None => open.reach_words().to_owned(),
    };
    [text::short(&open.id.0), at, word(listed).to_owned(), kind, rollout, context, known]
}

fn word(listed: &Listed) -> &'static str {
    if listed.open.is_dead() {
        return "dead";
    }
    match listed.standing {
        Standing::Open => "open",
        Standing::Left => "left",
        Standing::InDoubt => "in-doubt",
    }
}

/// What the last record says of why it stands so, if it does.
fn why(open: &Open) -> Option<String> {
    let body: Value = serde_json::from_str(&open.standing_entry()?.body).ok()?;
    body.get("why").and_then(Value::as_str).map(str::to_owned)
}

fn in_json(listed: &[Listed]) -> String {
    let each = listed.iter().map(|listed| {
        let records: Vec<Value> = listed.open.entries.iter().map(as_json::record).collect();
        json!({
            "order": &*listed.open.id.0,
            "standing": word(listed),
            "reach": if listed.open.is_dead() { "undelivered" } else { as_json::reach(listed.open.reach()) },
            "why": why(&listed.open),
            "records": records,
        })
    });
    as_json::write(&json!({"schema": as_json::SCHEMA, "orders": each.collect::<Vec<_>>()}))
}

fn close(config: &Config, id: &str, reason: &str) -> Result<Said, Untold> {
    let not_done = |why: String| Ok(Said { words: format!("not closed: {why}\n"), code: 1 });
    let Some(reason) = Reason::new(reason) else {
        return not_done(format!("give a reason of 1 to {} characters", Reason::LONGEST));
    };
    let rows = ledger::named(&ledger::reader(config)?, id)?;
    let open = match orders::closable(&rows) {
        Ok(open) => open,
        Err(why) => return not_done(format!("`{}`: {why}", Printable::from(id))),
    };
    let entry = open.closing(Timestamp::now(), actor::observed(), Printable::default(), reason.text());
    let number = orders::record(&ledger::place(config)?, entry)?;
    Ok(Said { words: format!("closed: order {}, in record {number}\n", text::short(&open.id.0)), code: 0 })
}

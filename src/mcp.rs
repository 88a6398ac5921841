//! Owns the Model Context Protocol: what an assistant may ask, and what it is answered; over lines on standard input and
//! output, or over HTTP.
//!
//! It never writes to the cluster: it knows none, only the store that a watch feeds ([`Live`]), and what the program reads
//! for it ([`Reads`]). Every answer says how fresh it is. Invariants: nothing here can reach what sends orders; texts of
//! the cluster go out printable, cut to a length, as quoted strings of JSON, with a note of where they come from.

mod answer;
mod ask;
mod find;
mod fleet;
mod follow;
mod http;
mod live;
pub(crate) mod page;
mod prompt;
mod propose;
mod reads;
mod resource;
mod schema;
mod server;
mod status;
#[cfg(test)]
mod tests;
mod tools;
mod wire;

pub use ask::{LedgerQuery, Runs, Timeline};
pub use http::{Door, IDLE, Token, listen};
pub use live::{Known, Link, Live, Whom};
pub use propose::Offers;
pub use reads::{Reads, Told};
pub use server::{Ending, METHODS, serve};

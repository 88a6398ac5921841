//! Owns numeric gates: what the evidence says of a canary, in numbers and in one word.
//!
//! Pure: series in, verdicts out. It never asks for evidence, never orders anything and reads no clock. Invariant: what is missing,
//! broken or too little never makes a verdict better; it cannot be told then, which is a refusal.

pub mod answered;
pub mod evidence;
pub mod judge;
pub mod past;
pub mod policy;
pub mod power;
pub mod record;
pub mod replay;
pub mod shelf;
pub mod stage;
#[cfg(test)]
mod tests;
pub mod trigger;
pub mod verdict;
pub mod watched;
pub mod wish;

pub use shelf::Shelf;
pub use watched::Gate;

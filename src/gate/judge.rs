//! Owns the statistics: two series of a metric, of the canary and of the stable version, to a verdict; verdicts to a score.
//!
//! Two methods stand side by side. [`interval`] is that of Kayenta's judge, as [`metric`] uses it: good for one look at the end.
//! [`sequence`] stays valid however often it is looked at. It never sees a query, a clock or a person.

mod cells;
pub mod interval;
pub mod metric;
pub mod normal;
pub mod rank;
mod root;
pub mod score;
pub mod sequence;
pub mod series;
mod shifts;
#[cfg(test)]
mod tests;
pub mod whitney;

//! Owns the expectations of the pure operations: what may be staged, which bytes go out, and how a life runs.
//!
//! They come from Argo's rules and the API server's, not from the code under test.

mod acknowledgements;
mod delivery;
mod doubts;
mod effects;
mod fixture;
mod judged;
mod life;
mod offered;
mod pace;
mod pairs;
mod plan;
mod played;
mod properties;
mod pursued;
mod recovered;
mod requests;
mod said;
mod situations;
mod staging;
mod traps;
mod wordings;

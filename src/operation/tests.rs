//! Owns the expectations of the pure operations: what may be staged, which bytes go out, and how a life runs.
//!
//! They come from Argo's rules and the API server's, not from the code under test.

mod acknowledgements;
mod fixture;
mod life;
mod pairs;
mod plan;
mod properties;
mod requests;
mod staging;

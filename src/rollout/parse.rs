//! Owns the way from the API's JSON to the domain's values: lean serde types that skip what is never shown.
//!
//! It never fails on an unknown or missing field: what is known is kept. It never keeps `managedFields` or
//! `last-applied-configuration`. Invariant: every free text leaves it as [`crate::text::Printable`].

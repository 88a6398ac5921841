//! Owns the expectations of the rows: what each is said to be, for which sights, and what is offered to be done.
//!
//! They come from the rules of Kubernetes and Argo and from what a person needs to know, not from the code under test.

mod acts;
mod beside;
mod board;
mod changes;
mod controller;
mod fixture;
mod marks;
mod properties;
mod reads;
mod record;
mod remedies;
mod signs;
mod traffic;

//! Owns the expectations of the ledger: what is answered is on disk, stays, and is nobody else's.

mod adopted;
mod answers;
mod crash;
mod dead;
mod fixture;
mod group;
mod outbox;
mod place;
mod proposals;
mod record;
mod seen;

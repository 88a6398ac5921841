//! Owns the expectations of the ledger: what is answered is on disk, stays, and is nobody else's.

mod crash;
mod fixture;
mod place;
mod record;

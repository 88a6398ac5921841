//! rollgate: the on-call engineer's terminal for Argo Rollouts.

pub mod ledger;
pub mod operation;
pub mod rollout;
pub mod text;

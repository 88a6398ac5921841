//! rollgate: the on-call engineer's terminal for Argo Rollouts.

pub mod keymap;
pub mod operation;
pub mod rollout;
pub mod text;
pub mod theme;

//! rollgate: the on-call engineer's terminal for Argo Rollouts.

pub mod keymap;
pub mod cluster;
pub mod config;
pub mod operation;
pub mod rollout;
pub mod terminal;
pub mod text;
pub mod theme;

//! rollgate: the on-call engineer's terminal for Argo Rollouts.

pub mod app;
pub mod cluster;
pub mod config;
pub mod keymap;
pub mod ledger;
pub mod operation;
pub mod rollout;
pub mod screen;
pub mod store;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod view;

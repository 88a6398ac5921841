//! rollgate: the on-call engineer's terminal for Argo Rollouts.

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod dump;
pub mod keymap;
pub mod ledger;
pub mod operation;
pub mod report;
pub mod rollout;
pub mod run;
pub mod screen;
pub mod store;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod view;

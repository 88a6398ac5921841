//! Owns the edge to the terminal.

pub mod burst;
pub mod clipboard;
pub mod pace;
pub mod signals;
mod tty;
pub mod writer;

//! Owns the edge to the terminal.

mod backend;
pub mod burst;
pub mod clipboard;
pub mod pace;
mod paint;
pub mod signals;
mod tty;
pub mod writer;

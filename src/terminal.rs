//! Owns the edge to the terminal.

pub mod burst;
pub mod clipboard;
pub mod pace;

//! Owns how an error is told with what lies behind it.
//!
//! It never makes text safe to draw: that is done where it enters a [`super::Printable`].

use std::error::Error;

/// Tells an error with its causes, outermost first, each once.
pub fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !told.contains(&words) {
            told = format!("{told}: {words}");
        }
        cause = error.source();
    }
    told
}

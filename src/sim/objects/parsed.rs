//! The value of an object, read from its text when somebody first asks for it.
//!
//! It owns when that happens. Of ten thousand objects that are listed and watched most are never looked into, and a text
//! takes a fifth of the room that its value does. It never changes either. Invariant: the value is what the text says.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

/// A value that is read from its text when it is first asked for.
pub struct Parsed {
    text: Arc<str>,
    value: OnceLock<Value>,
}

impl Parsed {
    /// Takes a value and its text.
    pub(super) fn known(value: Value, text: Arc<str>) -> Self {
        Self { text, value: OnceLock::from(value) }
    }

    /// Takes a text that says a value, which whoever wrote it knows to be JSON.
    pub(super) fn later(text: Arc<str>) -> Self {
        Self { text, value: OnceLock::new() }
    }
}

impl Deref for Parsed {
    type Target = Value;

    fn deref(&self) -> &Value {
        self.value.get_or_init(|| serde_json::from_str(&self.text).unwrap_or_default())
    }
}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

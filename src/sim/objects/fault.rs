//! One fault of an object, and the refusal that a list of them makes.
//!
//! It owns the wording of faults (apimachinery: util/validation/field/errors.go). It never looks for faults.
//! Invariant: a message names each fault once; `details.causes` lists them all.

use serde_json::Value;

use super::{Cause, Details, Kind, Refusal};

/// One fault of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    reason: &'static str,
    field: String,
    body: String,
}

impl Fault {
    pub(super) fn invalid(field: impl Into<String>, bad: &Value, why: &str) -> Self {
        Self::of("FieldValueInvalid", field, format!("Invalid value: {}: {why}", shown(bad)))
    }

    pub(super) fn mistyped(field: impl Into<String>, bad: &str, why: &str) -> Self {
        Self::of("FieldValueTypeInvalid", field, format!("Invalid value: {}: {why}", quoted(bad)))
    }

    pub(super) fn required(field: impl Into<String>, why: &str) -> Self {
        let body =
            if why.is_empty() { "Required value".to_owned() } else { format!("Required value: {why}") };
        Self::of("FieldValueRequired", field, body)
    }

    pub(super) fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self::of("FieldValueForbidden", field, format!("Forbidden: {why}"))
    }

    pub(super) fn too_long(field: impl Into<String>, limit: usize) -> Self {
        Self::of("FieldValueTooLong", field, format!("Too long: may not be more than {limit} bytes"))
    }

    fn of(reason: &'static str, field: impl Into<String>, body: String) -> Self {
        Self { reason, field: field.into(), body }
    }

    /// Whether the server leaves rules of other fields unchecked because of it (`hasBlockingErr`).
    pub(super) fn blocks(&self) -> bool {
        matches!(self.reason, "FieldValueTypeInvalid" | "FieldValueRequired" | "FieldValueTooLong")
    }
}

/// The refusal of an object with these faults, or nothing where there are none.
pub(super) fn judged(kind: &'static Kind, name: &str, faults: Vec<Fault>) -> Result<(), Refusal> {
    if faults.is_empty() { Ok(()) } else { Err(invalid((kind.group, kind.kind), name, faults)) }
}

/// The refusal of an object with these faults; `about` is group and kind.
pub(super) fn invalid(about: (&'static str, &'static str), name: &str, faults: Vec<Fault>) -> Refusal {
    let (group, kind) = about;
    let subject = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    let mut said: Vec<String> = Vec::new();
    for fault in &faults {
        let line = format!("{}: {}", fault.field, fault.body);
        if !said.contains(&line) {
            said.push(line);
        }
    }
    let list = match said.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    let causes = faults.into_iter().map(|fault| Cause {
        reason: fault.reason,
        message: fault.body,
        field: fault.field,
    });
    Refusal {
        code: 422,
        reason: "Invalid",
        message: format!("{subject} {} is invalid: {list}", quoted(name)),
        details: Some(Box::new(Details {
            name: name.to_owned(),
            group,
            kind,
            causes: causes.collect(),
            ..Details::default()
        })),
    }
}

/// A value as Go's messages show it: texts quoted, the rest as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text as Go's `%q` writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            _ if letter.is_ascii_control() => out.push_str(&format!("\\x{:02x}", u32::from(letter))),
            _ if letter.is_ascii() || !hidden(letter) => out.push(letter),
            _ if u32::from(letter) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push_str(&format!("\\U{:08x}", u32::from(letter))),
        }
    }
    out.push('"');
    out
}

fn hidden(letter: char) -> bool {
    letter.escape_debug().next() == Some('\\')
}

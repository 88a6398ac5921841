//! Owns how values are taken out of the tables of a configuration file, each with the place where it stands.
//!
//! It knows no setting. Invariant: whatever is refused is refused with its place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::text::spelling::nearest;

/// A value, and where it stands.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// What is wrong, and where (in bytes from the beginning).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A value that cannot be used.
    Wrong { at: usize, why: String },
    /// A key that is not known, and the one that may be meant.
    Unknown { at: usize, key: String, nearest: Option<&'static str> },
}

impl Fault {
    /// Refuses a value.
    pub(super) fn at(value: &Value<'_>, why: impl Into<String>) -> Self {
        Self::Wrong { at: value.span().start, why: why.into() }
    }

    /// Says under which key the value stands.
    pub(super) fn under(self, key: &str) -> Self {
        match self {
            Self::Wrong { at, why } => Self::Wrong { at, why: format!("{key}: {why}") },
            unknown => unknown,
        }
    }
}

/// Refuses the first key that is not one of `known`.
pub(super) fn check_keys(table: &DeTable<'_>, known: &[&'static str]) -> Result<(), Fault> {
    let strangers = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
    match strangers.min_by_key(|key| key.span().start) {
        None => Ok(()),
        Some(key) => {
            let (at, key) = (key.span().start, key.get_ref().to_string());
            Err(Fault::Unknown { at, nearest: nearest(&key, known), key })
        }
    }
}

/// Takes what stands under a key, if it is there, by `read`; what is wrong with it is said with the key.
pub(super) fn take<T>(
    table: &DeTable<'_>,
    key: &str,
    read: impl FnOnce(&Value<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    table.get(key).map(|value| read(value).map_err(|fault| fault.under(key))).transpose()
}

/// Takes a text.
pub(super) fn text<'a>(value: &'a Value<'_>) -> Result<&'a str, Fault> {
    value.get_ref().as_str().ok_or_else(|| Fault::at(value, "must be a text in quotes"))
}

/// Takes true or false.
pub(super) fn truth(value: &Value<'_>) -> Result<bool, Fault> {
    value.get_ref().as_bool().ok_or_else(|| Fault::at(value, "must be true or false"))
}

/// Takes a whole number.
pub(super) fn number(value: &Value<'_>) -> Result<i64, Fault> {
    let integer = value.get_ref().as_integer();
    let number = integer.and_then(|it| i64::from_str_radix(it.as_str(), it.radix()).ok());
    number.ok_or_else(|| Fault::at(value, "must be a whole number"))
}

/// Takes a text, or a list of texts, each with its value.
pub(super) fn strings<'a, 'b>(value: &'a Value<'b>) -> Result<Vec<(&'a Value<'b>, &'a str)>, Fault> {
    let one = |value: &'a Value<'b>| {
        let wrong = || Fault::at(value, "must be a text in quotes, or a list of them");
        value.get_ref().as_str().map(|text| (value, text)).ok_or_else(wrong)
    };
    match value.get_ref() {
        DeValue::Array(all) => all.iter().map(one).collect(),
        _ => Ok(vec![one(value)?]),
    }
}

/// Takes tables, each written as `[[key]]`.
pub(super) fn tables<'a, 'b>(
    value: &'a Value<'b>,
    key: &str,
) -> Result<Vec<(&'a Value<'b>, &'a DeTable<'b>)>, Fault> {
    let wrong = |value: &Value<'_>| {
        Fault::at(value, format!("must be a table that begins with [[{key}]], as often as there are some"))
    };
    let all = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
    all.iter()
        .map(|one| one.get_ref().as_table().map(|table| (one, table)).ok_or_else(|| wrong(one)))
        .collect()
}

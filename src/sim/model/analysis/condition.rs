//! `successCondition` and `failureCondition`: small expressions over `result`.
//!
//! It owns the part of Argo's expression language that templates use (Argo: utils/evaluate/evaluate.go, with
//! github.com/antonmedv/expr 1.15): numbers, texts, lists, fields, comparisons, logic, arithmetic, `in`, `?:`, and the
//! functions of `call.rs`. It never measures. Invariant: what it cannot evaluate is an error with a sentence, never a
//! guess; errors that people meet read as they do there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::wire::Phase;

mod call;
mod eval;
mod parse;
mod token;

/// A value in an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Nothing.
    Nil,
    /// True or false.
    Bool(bool),
    /// A whole number, as literals and `len` make it.
    Whole(i64),
    /// A number, as every measurement is.
    Number(f64),
    /// A text.
    Text(String),
    /// The numbers of a Prometheus vector.
    Numbers(Vec<f64>),
    /// A list out of a JSON answer.
    List(Vec<Item>),
    /// An object out of a JSON answer.
    Map(BTreeMap<String, Item>),
}

impl Item {
    /// Reads a JSON value as Go's decoder would: every number is a floating one.
    pub fn read(value: &Value) -> Self {
        match value {
            Value::Null => Self::Nil,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::read).collect()),
            Value::Object(fields) => {
                Self::Map(fields.iter().map(|(key, value)| (key.clone(), Self::read(value))).collect())
            }
        }
    }

    /// Go's name of the type, as its messages have it.
    fn name(&self) -> &'static str {
        match self {
            Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Whole(_) => "int",
            Self::Number(_) => "float64",
            Self::Text(_) => "string",
            Self::Numbers(_) => "[]float64",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
        }
    }

    /// The number that it is, if it is one.
    fn number(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the language compares whole and other numbers so"
            )]
            Self::Whole(number) => Some(*number as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Judges a result by both conditions (Argo: EvaluateResult).
///
/// # Errors
/// The sentence that the measurement gets as its message.
pub fn judge(result: &Item, success: &str, failure: &str) -> Result<Phase, String> {
    let good = (!success.is_empty()).then(|| holds(result, success)).transpose()?;
    let bad = (!failure.is_empty()).then(|| holds(result, failure)).transpose()?;
    Ok(match (good, bad) {
        (_, Some(true)) | (Some(false), None) => Phase::Failed,
        (Some(false), Some(false)) => Phase::Inconclusive,
        _ => Phase::Successful,
    })
}

/// Tells whether a condition holds for a result.
///
/// # Errors
/// When it cannot be read or evaluated, or is neither true nor false.
pub fn holds(result: &Item, condition: &str) -> Result<bool, String> {
    let tree = parse::tree(condition)?;
    match eval::run(&tree, result)? {
        Item::Bool(flag) => Ok(flag),
        other => Err(format!("expected bool, but got {}", other.name())),
    }
}

#[cfg(test)]
mod tests;

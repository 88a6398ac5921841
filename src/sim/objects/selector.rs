//! Selectors of labels and fields, as lists and watches carry them and as objects hold them.
//!
//! It owns their grammar, when an object matches, and the server's words about bad ones (apimachinery: labels/selector.go,
//! fields/selector.go). It never looks objects up. Invariant: an empty selector matches every object.

mod fields;
mod read;

use serde_json::Value;

use super::Refusal;
use super::path::at;

pub use fields::FieldSelector;

/// A selector of labels: every term must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    key: String,
    rule: Rule,
}

/// What a term says about the value of its label.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    Is(String),
    IsNot(String),
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
    Exists,
    Missing,
    Above(i64),
    Below(i64),
}

impl LabelSelector {
    /// Reads a selector as a `labelSelector` parameter spells it: `a=b,c!=d,e in (f,g),h,!i`.
    ///
    /// # Errors
    /// `BadRequest` in the server's words.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut terms = read::terms(text).map_err(Refusal::bad_request)?;
        terms.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(Self { terms })
    }

    /// The selector that an object holds: `matchLabels` and `matchExpressions`.
    pub fn of(selector: &Value) -> Self {
        let labels = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
        let is = |(key, value): (&String, &Value)| Term {
            key: key.clone(),
            rule: Rule::Is(value.as_str().unwrap_or_default().to_owned()),
        };
        let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
        let mut terms: Vec<Term> = labels.map(is).chain(expressions.filter_map(expressed)).collect();
        terms.sort_by(|one, other| one.key.cmp(&other.key));
        Self { terms }
    }

    /// Tells whether an object's labels match.
    pub fn matches(&self, object: &Value) -> bool {
        self.chooses(at(object, &["metadata", "labels"]))
    }

    /// Tells whether these labels match.
    pub fn chooses(&self, labels: Option<&Value>) -> bool {
        let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
        self.terms.iter().all(|term| term.rule.holds(label(&term.key)))
    }

    /// Tells whether it matches everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl Rule {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::Is(wanted) => value == Some(wanted),
            Self::IsNot(unwanted) => value != Some(unwanted),
            Self::OneOf(wanted) => value.is_some_and(|value| wanted.iter().any(|one| one == value)),
            Self::NoneOf(unwanted) => value.is_none_or(|value| unwanted.iter().all(|one| one != value)),
            Self::Exists => value.is_some(),
            Self::Missing => value.is_none(),
            Self::Above(limit) => number().is_some_and(|number| number > *limit),
            Self::Below(limit) => number().is_some_and(|number| number < *limit),
        }
    }
}

impl std::fmt::Display for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = &self.key;
        let sorted = |values: &[String]| {
            let mut values = values.to_vec();
            values.sort();
            values.join(",")
        };
        match &self.rule {
            Rule::Is(value) => write!(f, "{key}={value}"),
            Rule::IsNot(value) => write!(f, "{key}!={value}"),
            Rule::OneOf(values) => write!(f, "{key} in ({})", sorted(values)),
            Rule::NoneOf(values) => write!(f, "{key} notin ({})", sorted(values)),
            Rule::Exists => f.write_str(key),
            Rule::Missing => write!(f, "!{key}"),
            Rule::Above(limit) => write!(f, "{key}>{limit}"),
            Rule::Below(limit) => write!(f, "{key}<{limit}"),
        }
    }
}

impl std::fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let terms: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        f.write_str(&terms.join(","))
    }
}

fn expressed(expression: &Value) -> Option<Term> {
    let key = expression.get("key")?.as_str()?.to_owned();
    let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
    let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
    let rule = match expression.get("operator")?.as_str()? {
        "In" => Rule::OneOf(values),
        "NotIn" => Rule::NoneOf(values),
        "Exists" => Rule::Exists,
        "DoesNotExist" => Rule::Missing,
        _ => return None,
    };
    Some(Term { key, rule })
}

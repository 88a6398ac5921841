//! Which series a query means.
//!
//! It owns the little of Prometheus's language that the demo's policy is written in: selectors with exact matches, marked by
//! `label_replace` with a constant, put together with `or`. It never computes. Invariant: whatever else is asked is refused, and why is
//! said; nothing is answered that was not asked.

use std::collections::BTreeMap;

/// One selector of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Name of the series.
    pub name: String,
    /// Labels that must have exactly these values.
    pub labels: BTreeMap<String, String>,
    /// Label and value that the answer gets.
    pub mark: Option<(String, String)>,
}

/// Reads a query.
///
/// # Errors
/// What in it is not understood.
pub fn read(query: &str) -> Result<Vec<Selector>, String> {
    let mut rest = Rest(query);
    let mut all = vec![rest.term()?];
    while rest.word("or") {
        all.push(rest.term()?);
    }
    match rest.0.trim() {
        "" => Ok(all),
        more => {
            Err(format!("unexpected {:?}: this Prometheus is made up, and takes selectors only", start(more)))
        }
    }
}

/// What is not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn term(&mut self) -> Result<Selector, String> {
        if !self.word("label_replace") {
            return self.selector();
        }
        self.sign('(')?;
        let mut selector = self.selector()?;
        self.sign(',')?;
        let label = self.quoted()?;
        self.sign(',')?;
        let value = self.quoted()?;
        self.sign(',')?;
        let (from, pattern) = (self.quoted()?, {
            self.sign(',')?;
            self.quoted()?
        });
        self.sign(')')?;
        if !from.is_empty() || !pattern.is_empty() {
            return Err("label_replace is known with a constant only".to_owned());
        }
        selector.mark = Some((label, value));
        Ok(selector)
    }

    fn selector(&mut self) -> Result<Selector, String> {
        let name = self.name()?;
        let mut labels = BTreeMap::new();
        if self.sign('{').is_ok() {
            while self.sign('}').is_err() {
                let label = self.name()?;
                self.sign('=')?;
                labels.insert(label, self.quoted()?);
                // The last may be followed by a comma, too.
                if self.sign(',').is_err() {
                    self.sign('}')?;
                    break;
                }
            }
        }
        Ok(Selector { name, labels, mark: None })
    }

    fn name(&mut self) -> Result<String, String> {
        let text = self.0.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("unexpected {:?}: a name was expected", start(text)));
        }
        self.0 = rest;
        Ok(name.to_owned())
    }

    fn quoted(&mut self) -> Result<String, String> {
        let text = self.0.trim_start();
        let found = text.strip_prefix('"').and_then(|text| text.split_once('"'));
        match found {
            Some((value, rest)) if !value.contains('\\') => {
                self.0 = rest;
                Ok(value.to_owned())
            }
            _ => Err(format!("unexpected {:?}: a text in quotes was expected", start(text))),
        }
    }

    /// Takes a word, if it stands there.
    fn word(&mut self, word: &str) -> bool {
        let after = self.0.trim_start().strip_prefix(word);
        let after = after.filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        self.0 = after.unwrap_or(self.0);
        after.is_some()
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        let text = self.0.trim_start();
        match text.strip_prefix(sign) {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None => Err(format!("unexpected {:?}: {sign:?} was expected", start(text))),
        }
    }
}

fn start(text: &str) -> String {
    text.chars().take(20).collect()
}

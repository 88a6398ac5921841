//! Owns the text in which metrics are exposed: lines of a name, labels and a value.
//!
//! Source: Prometheus, docs/instrumenting/exposition_formats.md (text format 0.0.4). It never keeps what it reads. Invariant: a
//! line that is not understood is left out, and no line makes another one read differently.

/// One line.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    /// The metric's name.
    pub(super) name: &'a str,
    /// Its labels.
    pub(super) labels: Labels<'a>,
    /// Its value.
    pub(super) value: f64,
}

/// The labels of a line, as written between the braces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a>(&'a str);

/// Reads every line that says a value.
pub(super) fn samples(page: &str) -> impl Iterator<Item = Sample<'_>> {
    page.lines().filter_map(sample)
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (name, rest) = line.split_at(line.find(['{', ' ', '\t'])?);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => {
            let mut quotes = Quotes::default();
            rest.split_at(rest.find(|letter| quotes.is_outside(letter) && letter == '}')?)
        }
        None => ("", rest),
    };
    // A time may follow the value.
    let value = rest.trim_start_matches('}').split_whitespace().next()?.parse().ok()?;
    Some(Sample { name, labels: Labels(labels), value })
}

/// Follows quotes and escapes from letter to letter.
#[derive(Default)]
struct Quotes {
    open: bool,
    escaped: bool,
}

impl Quotes {
    /// Takes the next letter, and tells whether it stands outside of quotes.
    fn is_outside(&mut self, letter: char) -> bool {
        let escaped = std::mem::take(&mut self.escaped);
        match letter {
            '\\' if self.open && !escaped => self.escaped = true,
            '"' if !escaped => self.open = !self.open,
            _ => return !self.open,
        }
        false
    }
}

impl Labels<'_> {
    /// Returns the value of a label.
    pub(super) fn get(self, name: &str) -> Option<String> {
        let mut quotes = Quotes::default();
        let parts = self.0.split(|letter| quotes.is_outside(letter) && letter == ',');
        let mut values = parts.filter_map(|part| {
            let (label, value) = part.split_once('=')?;
            let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
            (label.trim() == name).then(|| unescaped(value))
        });
        values.next()
    }
}

fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n') => plain.push('\n'),
                other => plain.extend(other),
            },
            letter => plain.push(letter),
        }
    }
    plain
}

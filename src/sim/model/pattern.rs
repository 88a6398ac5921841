//! Small patterns, as rules in analysis use them to name metrics.
//!
//! It owns the part of Go's regular expressions that such rules need: text, `.`, `*`, `+`, `?`, `^`, `$`, and `\` before
//! a sign that means itself. It never fails: a sign it does not know stands for itself. Invariant: as with Go's
//! `regexp.MatchString`, a pattern matches anywhere in a text unless it is anchored.

/// Tells whether a pattern matches a text or a part of it.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    match pattern.split_first() {
        Some(('^', rest)) => here(rest, &text),
        _ => (0..=text.len()).any(|start| here(&pattern, text.get(start..).unwrap_or_default())),
    }
}

fn here(pattern: &[char], text: &[char]) -> bool {
    let (sign, any, rest) = match pattern {
        [] => return true,
        ['$'] => return text.is_empty(),
        ['\\', sign, rest @ ..] => (*sign, false, rest),
        ['.', rest @ ..] => ('.', true, rest),
        [sign, rest @ ..] => (*sign, false, rest),
    };
    let fits = |c: &char| any || *c == sign;
    let run = text.iter().take_while(|c| fits(c)).count();
    let from = |skipped: usize, rest: &[char]| here(rest, text.get(skipped..).unwrap_or_default());
    match rest {
        ['*', rest @ ..] => (0..=run).rev().any(|taken| from(taken, rest)),
        ['+', rest @ ..] => (1..=run).rev().any(|taken| from(taken, rest)),
        ['?', rest @ ..] => (run > 0 && from(1, rest)) || from(0, rest),
        _ => run > 0 && from(1, rest),
    }
}

#[cfg(test)]
mod tests;

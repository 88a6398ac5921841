//! Owns the guess at what was meant by a misspelt word.
//!
//! It knows no words itself. Invariant: it never guesses far: at most two letters, and never more than a third of the
//! word.

/// Returns the word of `known` nearest to `written`, if one is near enough to be what was meant.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).clamp(1, 2);
    let (distance, word) = known.iter().map(|word| (distance(written, word), *word)).min()?;
    (distance <= limit).then_some(word)
}

/// Counts the letters to insert, drop or change to get from `from` to `to` (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((above_left, above), other) in row.iter().zip(row.iter().skip(1)).zip(&to) {
            let left = next.last().copied().unwrap_or_default();
            let change = above_left + usize::from(letter != *other);
            next.push(change.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

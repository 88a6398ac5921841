//! Names for services that are many: short words, put together.
//!
//! It owns the words. Invariant: the n-th name is always the same, and no two are.

use crate::sim::objects::Place;
use crate::sim::objects::kind::ROLLOUT;

const NOUNS: [&str; 40] = [
    "account", "address", "audit", "basket", "billing", "booking", "cart", "catalog", "checkout", "claims",
    "coupon", "courier", "credit", "delivery", "discount", "fraud", "geo", "gift", "identity", "image",
    "inbox", "invoice", "ledger", "loyalty", "mail", "menu", "offer", "order", "payment", "price", "profile",
    "quote", "rating", "refund", "report", "returns", "search", "session", "stock", "tax",
];
const PARTS: [&str; 10] =
    ["", "-api", "-web", "-worker", "-sync", "-feed", "-export", "-index", "-cache", "-gateway"];

/// Makes the name of the `nth` service, from 0, of those that are called by a pattern.
pub(super) fn of(pattern: &str, nth: usize) -> String {
    pattern.replace("{word}", &word(nth)).replace("{n}", &(nth + 1).to_string())
}

fn word(nth: usize) -> String {
    let (noun, rest) = (nth % NOUNS.len(), nth / NOUNS.len());
    let (part, round) = (rest % PARTS.len(), rest / PARTS.len());
    let pick = |words: &[&'static str], index: usize| words.get(index).copied().unwrap_or_default();
    let round = if round == 0 { String::new() } else { format!("-{}", round + 1) };
    format!("{}{}{round}", pick(&NOUNS, noun), pick(&PARTS, part))
}

/// Reads `NAMESPACE/NAME` as the place of a Rollout.
pub(super) fn place(text: &str) -> Result<Place, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
            Ok(Place::new(&ROLLOUT, namespace, name))
        }
        _ => Err(format!("`{text}` names no Rollout: write NAMESPACE/NAME")),
    }
}

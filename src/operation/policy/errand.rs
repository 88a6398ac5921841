//! Owns what the policy says of errands: orders that go to the policy service instead of the cluster.
//!
//! Invariant: a rule that names no operations, or by a pattern, speaks of the cluster alone, so that nobody who allowed those allowed
//! this; what denies everything denies this too.

use jiff::Timestamp;

use super::{Leave, Policy, Rule, Terms, Verdict, check_role, needs};
use crate::operation::Refusal;
use crate::operation::errand::Wanted;
use crate::rollout::Key;
use crate::text::Printable;

impl Policy {
    /// Tells whether some errand for a Rollout may be allowed.
    pub fn may_allow_errand(&self, context: &str, key: &Key) -> bool {
        Wanted::WORDS.into_iter().any(|word| self.errand_terms(context, key, word).is_some())
    }

    /// Returns the last rule that speaks of an errand, and its terms, where it allows it.
    fn errand_terms(&self, context: &str, key: &Key, word: &str) -> Option<(&Rule, &Terms)> {
        let speaks = |rule: &&Rule| match rule.terms {
            Some(_) => rule.scope.covers_word(context, key, word) && rule.scope.names(word),
            None => rule.scope.covers_word(context, key, word),
        };
        let rule = self.rules.iter().rev().find(speaks)?;
        Some((rule, rule.terms.as_ref()?))
    }

    /// Judges an errand by its word for a Rollout of a context.
    ///
    /// # Errors
    /// Refuses what the last rule that speaks of it does not allow by name, and whatever a freeze covers.
    pub fn judge_errand(
        &self,
        (context, key): (&str, &Key),
        word: &str,
        role: Option<&str>,
        now: Timestamp,
    ) -> Verdict {
        let Some((rule, terms)) = self.errand_terms(context, key, word) else {
            let place = format!("{context}/{}", key.namespace);
            return Err(Refusal {
                why: Printable::from(format!("No rule allows {word} in {place}.")),
                instead: Printable::from(format!("Write a rule there whose operation names {word}.")),
            });
        };
        check_role(rule, terms, role)?;
        let frozen = |freeze: &&super::Freeze| {
            freeze.scope.covers_word(context, key, word) && freeze.ends(now).is_some()
        };
        if let Some(freeze) = self.freezes.iter().find(frozen) {
            return Err(Refusal {
                why: Printable::from(format!("The freeze {} is on.", freeze.name)),
                instead: Printable::ours("Wait until it ends: no phrase overrides it for this."),
            });
        }
        Ok(Leave {
            rule: rule.to_string(),
            needs: needs(terms, None),
            frozen: None,
            expires_after: terms.expiry,
        })
    }
}

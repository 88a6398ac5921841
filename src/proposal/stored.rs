//! Owns the form in which a proposal is kept between programs: one JSON object.
//!
//! What is read back may have been written by anybody with the file in hand: every text is sanitised and cut anew.
//! Invariant: what was written and is read again is the same.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Client, Id, Intent, Proposed, Said, Saw, Target, Witness, limits, said};
use crate::operation::Shown;
use crate::rollout::Key;
use crate::text::Printable;

#[derive(Serialize, Deserialize)]
struct Stored {
    intent: Intent,
    context: String,
    server: String,
    key: Key,
    uid: Arc<str>,
    reason: String,
    evidence: Vec<String>,
    witness: Witness,
    facts: Vec<(String, String)>,
    client: String,
    version: String,
    made_at: Timestamp,
    expires_at: Timestamp,
}

impl Proposed {
    /// Writes it as one line of JSON, without its identity.
    pub fn to_json(&self) -> String {
        let text = |said: &Said| said.text().to_string();
        let stored = Stored {
            intent: self.intent.clone(),
            context: self.target.context.to_string(),
            server: self.target.server.to_string(),
            key: self.target.key.clone(),
            uid: self.target.uid.clone(),
            reason: text(&self.reason),
            evidence: self.evidence.iter().map(text).collect(),
            witness: self.saw.witness,
            facts: self.saw.facts.iter().map(|one| (one.name.to_string(), one.value.to_string())).collect(),
            client: text(&self.client.name),
            version: text(&self.client.version),
            made_at: self.made_at,
            expires_at: self.expires_at,
        };
        // Plain data of ours always has a JSON form.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote; `None` where it is something else.
    pub fn from_json(id: Id, text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        stored.intent.check().ok()?;
        let fact = |(name, value): (String, String)| Shown {
            name: Said::cut(&name, said::FACT_NAME).into_text(),
            value: Said::cut(&value, said::FACT_VALUE).into_text(),
        };
        let evidence = stored.evidence.iter().take(limits::EVIDENCE);
        Some(Self {
            id,
            intent: stored.intent,
            target: Target {
                context: Printable::from(stored.context),
                server: Printable::from(stored.server),
                key: stored.key,
                uid: stored.uid,
            },
            reason: Said::cut(&stored.reason, said::REASON),
            evidence: evidence.map(|one| Said::cut(one, said::EVIDENCE)).collect(),
            saw: Saw {
                witness: stored.witness,
                facts: stored.facts.into_iter().take(limits::FACTS).map(fact).collect(),
            },
            client: Client {
                name: Said::cut(&stored.client, said::CLIENT),
                version: Said::cut(&stored.version, said::CLIENT),
            },
            made_at: stored.made_at,
            expires_at: stored.expires_at,
        })
    }
}

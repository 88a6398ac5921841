//! Owns as whom and where a session acts: pinned when the program starts, never read again.
//!
//! It holds no credential. Invariant: context and server do not change while the program runs.

use std::sync::Arc;

use jiff::Timestamp;

use crate::operation::{Actor, Id, Policy, Target};
use crate::rollout::{Key, Rollout};
use crate::text::Printable;
use crate::timeline::Scene;

/// Where what is shown comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A live cluster.
    Cluster,
    /// A dump, as of a time; nothing can be sent.
    Dump {
        /// Its path.
        path: Printable,
        /// Whether the person said of which time it is; a dump itself does not.
        dated: bool,
    },
}

/// The policy service to which errands go, as far as a person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its URL.
    pub url: Printable,
    /// The tenant in whose name it is asked.
    pub tenant: Printable,
}

/// As whom, where, and what may be written.
#[derive(Clone, Debug)]
pub struct Session {
    /// Kubeconfig context.
    pub context: Arc<str>,
    /// URL of the API server.
    pub server: Printable,
    /// User as the API server names them, once it has said so.
    pub user: Printable,
    /// Namespaces watched; empty for all.
    pub namespaces: Vec<Arc<str>>,
    /// What may be ordered where, and what that wants.
    pub policy: Arc<Policy>,
    /// The role that the person claims.
    pub role: Option<Printable>,
    /// The policy service to which errands go; `None` where none is configured.
    pub service: Option<Service>,
    /// Live or a dump.
    pub origin: Origin,
    /// What makes the connection less trustworthy, in two words (`insecure TLS`).
    pub caution: Option<Printable>,
    /// The person, as the operating system knows them.
    pub actor: Actor,
    /// Random bytes that make this session's operation ids unique.
    pub seed: [u8; 16],
    /// What is rehearsed, in a demo: the cluster is then one inside this program.
    pub story: Option<Story>,
}

/// The story of a demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The word by which its scenario is called.
    pub name: Printable,
    /// What it is about, in a few words.
    pub title: Printable,
    /// Its paragraphs.
    pub paragraphs: Vec<Printable>,
    /// How many of its seconds pass in one of the machine's.
    pub speed: u32,
}

impl Session {
    /// Tells whether something may be ordered on a Rollout.
    pub fn may_order(&self, key: &Key) -> bool {
        self.origin == Origin::Cluster
            && (self.policy.may_allow(&self.context, key) || self.policy.may_allow_errand(&self.context, key))
    }

    /// Returns on what an operation on a Rollout would act.
    pub fn target(&self, rollout: &Rollout) -> Target {
        Target {
            context: Printable::from_cluster(&self.context),
            server: self.server.clone(),
            user: self.user.clone(),
            key: rollout.meta.key.clone(),
            uid: rollout.meta.uid.clone(),
        }
    }

    /// Names the cluster for a timeline.
    pub fn scene(&self) -> Scene {
        Scene { context: Printable::from_cluster(&self.context), server: self.server.clone() }
    }

    /// Tells how many seconds of the cluster's time pass in one of a person's.
    pub fn speed(&self) -> u32 {
        self.story.as_ref().map_or(1, |story| story.speed)
    }

    /// Returns who acts.
    pub fn actor(&self) -> Actor {
        self.actor.clone()
    }

    /// Makes the id of this session's n-th operation (UUID version 7, RFC 9562 §5.7).
    pub fn mint(&self, nth: u64, now: Timestamp) -> Id {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new().chain_update(self.seed).chain_update(nth.to_be_bytes()).finalize();
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().zip(digest) {
            *to = from;
        }
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Id(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string().into())
    }
}

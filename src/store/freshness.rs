//! Owns how fresh each source is: contact, last byte heard, and the link's own sign of life.
//!
//! It never hides age: silence beyond a limit is `Stale`, whatever the last state was. Invariant: `Live` needs a
//! complete list, an open watch and a byte (or an answered sign of life) younger than its limit.

use jiff::{SignedDuration, Timestamp};

use crate::rollout::delta::Contact;
use crate::text::Printable;

/// Longest silence of an open watch before it counts as stale; API servers send bookmarks about once a minute.
pub const SILENCE: SignedDuration = SignedDuration::from_secs(90);

/// How much what a source told can be relied on.
#[derive(Clone, Debug, PartialEq)]
pub enum Freshness {
    /// Watched and heard from lately.
    Live,
    /// Nobody asked for it.
    Unasked,
    /// Asked, no answer yet.
    Connecting,
    /// The first list is arriving.
    Syncing {
        /// Objects so far.
        seen: usize,
        /// Objects expected, where the server said.
        about: Option<usize>,
    },
    /// What is shown was true at this time; since then nothing is known.
    Stale {
        /// When it was last heard from; `None` where it never was.
        since: Option<Timestamp>,
        /// Why.
        why: Printable,
    },
    /// The server refuses to show it to this user.
    Forbidden {
        /// In the server's words.
        why: Printable,
    },
    /// The kind does not exist on the server.
    Absent {
        /// What to do.
        why: Printable,
    },
    /// Credentials are refused.
    Unauthorized {
        /// What to do.
        why: Printable,
    },
}

impl Freshness {
    /// Ranks how bad it is, for choosing what to show of several sources.
    pub fn severity(&self) -> u8 {
        match self {
            Self::Live => 0,
            Self::Unasked => 1,
            Self::Connecting => 2,
            Self::Syncing { .. } => 3,
            Self::Stale { .. } => 4,
            Self::Absent { .. } => 5,
            Self::Forbidden { .. } => 6,
            Self::Unauthorized { .. } => 7,
        }
    }

    /// Tells whether decisions may rest on it.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// Names the state in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Unasked => "not watched",
            Self::Connecting => "connecting",
            Self::Syncing { .. } => "loading",
            Self::Stale { .. } => "stale",
            Self::Absent { .. } => "absent",
            Self::Forbidden { .. } => "forbidden",
            Self::Unauthorized { .. } => "logged out",
        }
    }
}

/// The newest sign of life of the server itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    answered: Option<Timestamp>,
    silent_since: Option<Timestamp>,
}

impl Link {
    /// Takes in the outcome of one question.
    pub fn hear(&mut self, answered: bool, at: Timestamp) {
        if answered {
            *self = Self { answered: Some(at), silent_since: None };
        } else if self.silent_since.is_none() {
            self.silent_since = Some(self.answered.unwrap_or(at));
        }
    }
}

/// What is known of one source.
#[derive(Clone, Debug, Default)]
pub struct Feed {
    contact: Option<Contact>,
    heard: Option<Timestamp>,
    complete: bool,
    listing: bool,
    seen: usize,
    about: Option<usize>,
}

impl Feed {
    /// Notes a change of contact.
    pub fn contact(&mut self, contact: Contact, at: Timestamp) {
        match &contact {
            Contact::Live => self.heard = Some(at),
            Contact::Syncing { about } => self.about = about.or(self.about),
            _ => {}
        }
        self.contact = Some(contact);
    }

    /// Notes that bytes arrived; while a list is under way they say nothing of what it has not reached.
    pub fn heard(&mut self, at: Timestamp) {
        if !self.listing {
            self.heard = self.heard.max(Some(at));
        }
    }

    /// Returns when it was last heard from.
    pub fn heard_at(&self) -> Option<Timestamp> {
        self.heard
    }

    /// Tells whether everything was listed once and may still be seen.
    pub fn is_known(&self) -> bool {
        let barred = matches!(
            self.contact,
            Some(Contact::Forbidden { .. } | Contact::Absent { .. } | Contact::Unauthorized { .. })
        );
        self.complete && !barred
    }

    /// Notes that a list begins.
    pub fn begin(&mut self) {
        self.listing = true;
        self.seen = 0;
    }

    /// Counts one object of a list.
    pub fn count(&mut self) {
        if self.listing {
            self.seen += 1;
        }
    }

    /// Notes that the list is complete.
    pub fn done(&mut self) {
        self.complete = true;
        self.listing = false;
    }

    /// Returns objects seen and expected while the first list arrives.
    pub fn progress(&self) -> Option<(usize, Option<usize>)> {
        (!self.complete && self.listing).then_some((self.seen, self.about))
    }

    /// Judges the source at a time.
    pub fn freshness(&self, link: &Link, now: Timestamp) -> Freshness {
        match &self.contact {
            Some(Contact::Forbidden { why }) => return Freshness::Forbidden { why: why.clone() },
            Some(Contact::Absent { why }) => return Freshness::Absent { why: why.clone() },
            Some(Contact::Unauthorized { why }) => return Freshness::Unauthorized { why: why.clone() },
            Some(Contact::Retrying { why, .. }) => return self.stale(why.clone()),
            None | Some(Contact::Connecting | Contact::Syncing { .. } | Contact::Live) => {}
        }
        if !self.complete {
            return if self.listing {
                Freshness::Syncing { seen: self.seen, about: self.about }
            } else {
                Freshness::Connecting
            };
        }
        if self.listing || !matches!(self.contact, Some(Contact::Live)) {
            return self.stale(Printable::ours("it is being read anew"));
        }
        if let Some(since) = link.silent_since {
            return Freshness::Stale {
                since: Some(since),
                why: Printable::ours("the API server does not answer"),
            };
        }
        match self.heard {
            Some(heard) if now.duration_since(heard) <= SILENCE => Freshness::Live,
            _ => self.stale(Printable::ours("nothing heard on the watch")),
        }
    }

    fn stale(&self, why: Printable) -> Freshness {
        Freshness::Stale { since: self.heard, why }
    }
}

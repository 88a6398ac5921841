//! What goes wrong on the wire: the script says so, the server carries it out.
//!
//! It owns which request meets which mishap, and whether watches live. It never sends a byte. Invariant: a mishap is
//! met once; a request meets one at most.

use jiff::Timestamp;
use serde::Deserialize;

/// What a request can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It is carried out, and answered as if a proxy had given up waiting: 504.
    LostAnswer,
    /// It is not carried out, and answered with this code: 429, 500, 503.
    Refused(u16),
    /// It is carried out, and the answer comes only after this many milliseconds.
    Late(u32),
}

/// Which requests meet a mishap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meets {
    /// Those that change something: POST, PUT, PATCH, DELETE.
    Writes,
    /// Those that read: GET, a list, the opening of a watch.
    Reads,
    /// All.
    All,
}

impl Meets {
    fn includes(self, writes: bool) -> bool {
        match self {
            Self::Writes => writes,
            Self::Reads => !writes,
            Self::All => true,
        }
    }
}

#[derive(Debug)]
struct Pending {
    meets: Meets,
    left: u32,
    mishap: Mishap,
}

/// The state of the wire.
#[derive(Debug, Default)]
pub struct Wire {
    pending: Vec<Pending>,
    cuts: u64,
    silent_until: Option<Timestamp>,
}

impl Wire {
    /// Has the next `count` requests of a sort meet a mishap.
    pub fn expect(&mut self, meets: Meets, count: u32, mishap: Mishap) {
        self.pending.push(Pending { meets, left: count, mishap });
    }

    /// Takes the mishap that a request meets now, if any.
    pub fn meet(&mut self, writes: bool) -> Option<Mishap> {
        let met = self.pending.iter_mut().find(|pending| pending.meets.includes(writes))?;
        met.left = met.left.saturating_sub(1);
        let mishap = met.mishap;
        self.pending.retain(|pending| pending.left > 0);
        Some(mishap)
    }

    /// Ends every watch that is open.
    pub fn cut(&mut self) {
        self.cuts += 1;
    }

    /// Counts how often all watches were ended: a stream that began at another count ends.
    pub fn cuts(&self) -> u64 {
        self.cuts
    }

    /// Has nothing reach a client before `until`: neither answers nor events.
    pub fn silence(&mut self, until: Timestamp) {
        self.silent_until = Some(until);
    }

    /// Returns until when nothing reaches a client; `None` where all does.
    pub fn silent_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.silent_until.filter(|until| *until > now)
    }
}

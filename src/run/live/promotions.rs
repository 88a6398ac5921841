//! Owns how a session learns what was promoted by others who write the same ledger, for the cool-down of its rules.
//!
//! All that counts is read before the session begins, and then every two seconds on a thread of its own, so that
//! staging never waits for a disk. A promotion may thus be staged within that time of another's; the API server's
//! guards then decide. Invariant: where no rule has a cool-down, nothing is read and no thread runs.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::config::Config;
use crate::ledger;
use crate::ledger::promotions::Promotions;
use crate::rollout::Key;
use crate::run::Edges;

/// How long is waited between two looks.
const PERIOD: Duration = Duration::from_secs(2);

/// A thread that looks for promotions; it ends when this is dropped.
pub struct Following {
    news: Receiver<(Key, Timestamp)>,
    _stop: Sender<()>,
}

impl Following {
    /// Follows what is recorded from where `promotions` was read to, as far as it is no older than `longest`.
    ///
    /// # Errors
    /// Why no thread could be started.
    pub fn begin(promotions: Promotions, longest: SignedDuration) -> std::io::Result<Self> {
        Self::every(PERIOD, promotions, longest)
    }

    fn every(period: Duration, mut promotions: Promotions, longest: SignedDuration) -> std::io::Result<Self> {
        let (tell, news) = channel();
        let (stop, stopped) = channel::<()>();
        let look = move || {
            while stopped.recv_timeout(period) == Err(RecvTimeoutError::Timeout) {
                // What cannot be read now is read the next time.
                for found in promotions.next(since(longest)).unwrap_or_default() {
                    if tell.send(found).is_err() {
                        return;
                    }
                }
            }
        };
        std::thread::Builder::new().name("promotions".into()).spawn(look)?;
        Ok(Self { news, _stop: stop })
    }

    /// Takes what was found since this was last asked; never waits.
    pub fn news(&self) -> impl Iterator<Item = (Key, Timestamp)> {
        self.news.try_iter()
    }
}

fn since(longest: SignedDuration) -> Timestamp {
    Timestamp::now().checked_sub(longest).unwrap_or(Timestamp::MIN)
}

/// Tells the app what was promoted lately, and has it told of what is promoted from here on; blocks on the disk.
pub(super) fn follow(app: &mut App, edges: &mut Edges, config: &Config) {
    let Some(longest) = config.policy.longest_cool_down() else { return };
    let Some(path) = config.ledger.clone().or_else(ledger::default_path) else { return };
    if let Some(following) = recalled(app, &path, longest) {
        edges.follow(following);
    }
}

fn recalled(app: &mut App, path: &Path, longest: SignedDuration) -> Option<Following> {
    let mut promotions = Promotions::open(path, app.session.server.as_str()).ok()?;
    for (key, at) in promotions.next(since(longest)).unwrap_or_default() {
        app.operations.remember_promotion(key, at);
    }
    Following::begin(promotions, longest).ok()
}

#[cfg(test)]
mod tests;

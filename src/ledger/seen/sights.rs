//! Owns how each Rollout last stood, kept so that the next start can say what changed while nobody looked.
//!
//! One row for each Rollout, and one for each namespace that is watched (an empty one for all) with the time until when it
//! was. It never holds more than [`MOST`] rows. Invariant: an older sight never replaces a newer one.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::is_there;
use crate::ledger::{LedgerError, Reader};
use crate::rollout::Key;
use crate::timeline::{Scene, Sight};

/// How many rows are kept.
const MOST: i64 = 20_000;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS sight (
    server TEXT NOT NULL,
    context TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    facts TEXT NOT NULL,
    PRIMARY KEY (server, context, namespace, name)
) WITHOUT ROWID";

/// Keeps how Rollouts stand, and forgets those that are gone.
pub(super) fn keep(connection: &Connection, sights: &[Sight]) -> rusqlite::Result<()> {
    if sights.is_empty() {
        return Ok(());
    }
    connection.execute_batch(TABLE)?;
    for sight in sights {
        let (scene, key) = (&sight.scene, &sight.key);
        let place = (scene.server.as_str(), scene.context.as_str(), &*key.namespace, &*key.name);
        if sight.is_of_none() {
            let sql = "DELETE FROM sight WHERE server = ?1 AND context = ?2 AND namespace = ?3 AND name = ?4";
            connection.prepare_cached(sql)?.execute(place)?;
            continue;
        }
        let sql = "INSERT INTO sight (server, context, namespace, name, at, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT DO UPDATE SET at = excluded.at, facts = excluded.facts WHERE excluded.at >= at";
        let (at, facts) = (sight.at.as_microsecond(), sight.facts.as_str());
        connection.prepare_cached(sql)?.execute(params![place.0, place.1, place.2, place.3, at, facts])?;
    }
    let count: i64 = connection.query_row("SELECT count(*) FROM sight", [], |row| row.get(0))?;
    if count > MOST {
        let sql = "DELETE FROM sight WHERE at <= (SELECT at FROM sight ORDER BY at LIMIT 1 OFFSET ?1)";
        connection.execute(sql, params![count - MOST - 1])?;
    }
    Ok(())
}

impl Reader {
    /// Returns how the Rollouts of a cluster last stood, each as of when it was last known to stand so.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn sights(&self, scene: &Scene) -> Result<Vec<Sight>, LedgerError> {
        let failed = |error: rusqlite::Error| LedgerError::sqlite(&self.path, &error);
        if !is_there(&self.connection, "sight").map_err(failed)? {
            return Ok(Vec::new());
        }
        let read = || {
            let sql = "SELECT namespace, name, at, facts FROM sight WHERE server = ?1 AND context = ?2";
            let mut statement = self.connection.prepare(sql)?;
            let row = |row: &rusqlite::Row<'_>| {
                let key =
                    Key { namespace: row.get::<_, String>(0)?.into(), name: row.get::<_, String>(1)?.into() };
                let at = Timestamp::from_microsecond(row.get(2)?).ok();
                let facts = row.get(3)?;
                Ok(at.map(|at| Sight { scene: scene.clone(), key, at, facts }))
            };
            let rows = statement.query_map([scene.server.as_str(), scene.context.as_str()], row)?;
            rows.collect::<rusqlite::Result<Vec<Option<Sight>>>>()
        };
        Ok(until(read().map_err(failed)?.into_iter().flatten()))
    }
}

/// Brings each sight up to the time until when its namespace, or all, was watched.
fn until(all: impl Iterator<Item = Sight>) -> Vec<Sight> {
    let (watched, mut sights): (Vec<Sight>, Vec<Sight>) = all.partition(Sight::is_of_a_watch);
    let watched: BTreeMap<Arc<str>, Timestamp> =
        watched.into_iter().map(|watch| (watch.key.namespace, watch.at)).collect();
    let everywhere = watched.get("").copied();
    for sight in &mut sights {
        let here = watched.get(&sight.key.namespace).copied();
        sight.at = here.into_iter().chain(everywhere).fold(sight.at, Timestamp::max);
    }
    sights
}

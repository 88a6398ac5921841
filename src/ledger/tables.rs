//! Owns what a ledger's file consists of: one table, its index, and the triggers that keep it append-only.
//!
//! It opens nothing. Invariant: a form that was ever released is never changed; a new one gets a number of its own.

/// Triggers guard against accidents, not against a person with the file in hand. `INSERT OR REPLACE` would remove
/// rows without the delete trigger, hence the third, which also keeps the numbers without gaps.
pub(super) const FORM_2: &str = "
CREATE TABLE record (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    operation TEXT NOT NULL,
    entry INTEGER NOT NULL,
    event TEXT NOT NULL,
    actor TEXT,
    api_user TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body TEXT NOT NULL,
    UNIQUE (operation, entry)
);
CREATE INDEX record_acknowledged ON record (operation) WHERE event = 'acknowledged';
CREATE TRIGGER record_keeps_rows BEFORE UPDATE ON record
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER record_loses_none BEFORE DELETE ON record
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER record_replaces_none BEFORE INSERT ON record
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), -1) + 1 FROM record)
      OR EXISTS (SELECT 1 FROM record WHERE operation = NEW.operation AND entry = NEW.entry)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
";

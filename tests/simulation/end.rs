//! How a schedule ends: the next start of the program, what it finds, and what must hold of it all.

use rollgate::operation::entry::ANNOUNCED;

use super::*;

impl World {
    /// A new run of the program: it sends nothing, and looks for what the ledger says is open, when that is over.
    pub(super) fn start(&mut self) {
        self.life += 1;
        self.looking_since.get_or_insert(self.now);
        self.look_for_post();
        self.look_for_order();
    }

    fn look_for_order(&mut self) {
        let records = || self.records(self.mine.id());
        let Some(last) = records().next_back() else { return };
        let acknowledged = records().find(|entry| entry.is_acknowledgement());
        let standing = records().rev().find(|entry| &*entry.event != ANNOUNCED).unwrap_or(last);
        let (Some(entry), false) = (acknowledged, FINAL.contains(&&*standing.event)) else { return };
        let request = self.mine.request();
        let Some(sought) = Sought::read("shop", &request.path, &request.body, entry.at) else { return };
        // The wall may be wrong: what was sent was sent before this start, and the server's bounds count from it.
        let found = sought.judge(Some(&self.value()));
        let since = self.looking_since.unwrap_or(self.now);
        let settled = since + SETTLED.as_secs() * 1_000;
        if found.outcome == Outcome::Applied || self.now >= settled {
            return self.resolve(found.outcome);
        }
        let wait = settled - self.now;
        self.at(self.now + wait + 1, Happening::Start);
    }

    pub(super) fn resolve(&mut self, outcome: Outcome) {
        let Some(last) = self.records(self.mine.id()).next_back().cloned() else { return };
        let event = match outcome {
            Outcome::InDoubt => "unresolved",
            Outcome::Applied => "resolved",
            Outcome::NotApplied => "resolved",
        };
        self.told.push(format!("{} found {}", self.now, outcome.word()));
        let entry =
            Entry { number: last.number + 1, event: event.into(), body: outcome.word().to_owned(), ..last };
        self.ledger.push(entry);
    }

    /// How the order ended: by the ledger where it was acknowledged, else by what the program last knew.
    pub(super) fn end(&self) -> String {
        match self.records(self.mine.id()).rev().find(|entry| &*entry.event != ANNOUNCED) {
            Some(last) if &*last.event == "resolved" => last.body.clone(),
            Some(last) => last.event.to_string(),
            None if self.alive => self.mine.state().word().to_owned(),
            None => "never recorded".to_owned(),
        }
    }

    /// Holds what happened against what is promised.
    pub(super) fn judge(&self, tally: &mut Tally) -> Result<(), String> {
        let end = self.end();
        let happened = self.effects.len();
        let is_recorded = self.records(self.mine.id()).any(Entry::is_acknowledgement);
        // Every send but one surely did not get there.
        if happened > 1 || self.sends > self.undelivered + 1 {
            return Err(format!("{happened} effects of {} sends, {} in vain", self.sends, self.undelivered));
        }
        if self.late {
            return Err("a further try after the approval's time".to_owned());
        }
        if self.announced > 1 || (self.announced > 0 && happened == 0) {
            return Err(format!("{} Events of {happened} effects", self.announced));
        }
        if happened == 1 && !is_recorded {
            return Err("an effect without an acknowledgement on disk".to_owned());
        }
        let latest = (TTL.as_secs() + LEDGER_LIMIT.as_secs() + SEND_LIMIT.as_secs()) * 1_000 + WAY;
        if let Some(late) = self.effects.iter().find(|at| **at > latest) {
            return Err(format!("an effect at {late} ms, long after the order had expired"));
        }
        let named = FINAL.contains(&&*end)
            || ["unresolved", "applied", "never recorded", "unobserved"].contains(&end.as_str());
        if !named {
            return Err(format!("it ended as {end}"));
        }
        let nothing = [
            "not-applied",
            "not-delivered",
            "refused",
            "denied",
            "expired",
            "overtaken",
            "withdrawn",
            "never recorded",
        ];
        if happened == 1 && nothing.contains(&end.as_str()) {
            return Err(format!("said to be {end}, and it took effect"));
        }
        if happened == 0 && (end == "applied" || (end == "observed" && self.by_others == 0)) {
            return Err(format!("said to be {end}, and it had no effect"));
        }
        self.count(tally, end);
        Ok(())
    }

    /// Adds to what the schedules came to.
    fn count(&self, tally: &mut Tally, end: String) {
        tally.schedules += 1;
        tally.crashes += self.crashes;
        tally.effects += u64::try_from(self.effects.len()).unwrap_or(0);
        tally.doubts += u64::from(self.doubted);
        tally.doubled += self.doubled;
        tally.lost += self.lost;
        tally.jumps += self.jumps;
        tally.unrecorded += self.unrecorded;
        tally.by_others += u64::from(self.by_others);
        tally.undelivered += u64::from(self.undelivered);
        tally.tried_again += u64::from(self.sends > 1);
        tally.announced += u64::from(self.announced);
        tally.overtaken += u64::from(end == "overtaken");
        *tally.ends.entry(end).or_default() += 1;
    }
}

//! How a schedule ends: the next start of the program, what it finds, and what must hold of it all.

use super::*;

impl World {
    /// A new run of the program: it sends nothing, and looks for what the ledger says is open, when that is over.
    pub(super) fn start(&mut self) {
        self.life += 1;
        let Some(last) = self.ledger.last() else { return };
        let acknowledged = self.ledger.iter().find(|entry| entry.is_acknowledgement());
        let (Some(entry), false) = (acknowledged, FINAL.contains(&&*last.event)) else { return };
        let request = self.mine.request();
        let Some(sought) = Sought::read("shop", &request.path, &request.body, entry.at) else { return };
        // The wall may be wrong; the machine waits for as long as it says.
        let found = sought.judge(Some(&self.value()));
        let (over, clock) = (sought.over_at(), self.clock());
        if found.outcome == Outcome::Applied || clock >= over {
            return self.resolve(found.outcome);
        }
        let wait = i64::try_from(over.duration_since(clock).as_millis()).unwrap_or(END);
        self.at(self.now + wait + 1, Happening::Start);
    }

    pub(super) fn resolve(&mut self, outcome: Outcome) {
        let Some(last) = self.ledger.last() else { return };
        let event = match outcome {
            Outcome::InDoubt => "unresolved",
            Outcome::Applied => "resolved",
            Outcome::NotApplied => "resolved",
        };
        self.told.push(format!("{} found {}", self.now, outcome.word()));
        let entry = Entry {
            number: last.number + 1,
            event: event.into(),
            body: outcome.word().to_owned(),
            ..last.clone()
        };
        self.ledger.push(entry);
    }

    /// How the order ended: by the ledger where it was acknowledged, else by what the program last knew.
    pub(super) fn end(&self) -> String {
        match self.ledger.last() {
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
        let is_recorded = self.ledger.iter().any(Entry::is_acknowledgement);
        if happened > 1 || self.sends > 1 {
            return Err(format!("{happened} effects of {} sends", self.sends));
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
        let nothing = ["not-applied", "refused", "denied", "expired", "overtaken", "never recorded"];
        // Where something between doubles a request, the refusal of the second copy can come back instead of the first
        // one's answer; the program cannot tell.
        // And a clock that is set forward while a request is on its way has the program believe that the server's time
        // for it is over.
        let mistaken = (self.doubled && end == "refused") || (self.set_forward && end == "not-applied");
        tally.mistaken += u64::from(happened == 1 && mistaken);
        if happened == 1 && !mistaken && nothing.contains(&end.as_str()) {
            return Err(format!("said to be {end}, and it took effect"));
        }
        if happened == 0 && (end == "applied" || (end == "observed" && self.by_others == 0)) {
            return Err(format!("said to be {end}, and it had no effect"));
        }
        tally.schedules += 1;
        tally.crashes += self.crashes;
        tally.effects += u64::try_from(happened).unwrap_or(0);
        tally.doubts += u64::from(self.doubted);
        tally.overtaken += u64::from(end == "overtaken");
        *tally.ends.entry(end).or_default() += 1;
        Ok(())
    }
}

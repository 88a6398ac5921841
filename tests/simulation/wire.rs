//! The wire between the program and the server: what is lost, doubled, late or not delivered at all, and what is answered.

use super::*;

impl World {
    /// The sender: one request, which may be too late, lost, doubled or delayed on its way.
    pub(super) fn send(&mut self) {
        self.sends += 1;
        self.late |= self.sends > 1 && self.now + SEND_LIMIT.as_secs() * 1_000 > TTL.as_secs() * 1_000 + 500;
        let life = self.life;
        let before = if self.dice.one_in(15) { self.dice.below(15_000) } else { self.dice.below(40) };
        if before > SEND_LIMIT.as_secs() * 1_000 || self.dice.one_in(20) {
            let answer = Answer::Refused { code: 0, why: "it was not sent".into() };
            return self.at(self.now + before + 1, Happening::Hears(life, Event::Answered(answer)));
        }
        if self.away.contains(&(self.now + before)) || self.dice.one_in(12) {
            return self.undelivered(before);
        }
        self.at(self.now + before, Happening::Hears(life, Event::Sending));
        let copies = match self.dice.below(10) {
            0 => 0,
            1 => 2,
            _ => 1,
        };
        self.doubled += u64::from(copies == 2);
        self.lost += u64::from(copies == 0);
        for _ in 0..copies {
            let way = if self.dice.one_in(5) { self.dice.below(WAY) } else { self.dice.below(200) };
            self.at(self.now + before + way + 1, Happening::Arrives(life));
        }
        let answer = Answer::Unknown { why: "no answer".into() };
        self.at(self.now + before + 12_000, Happening::Hears(life, Event::Answered(answer)));
    }

    /// The try does not get there: the connection is refused at once or times out, or the server asks for time.
    pub(super) fn undelivered(&mut self, before: i64) {
        let wait = self.dice.one_in(3).then(|| SignedDuration::from_secs(1 + self.dice.below(90)));
        let took = if self.dice.one_in(4) { 5_000 } else { 1 + self.dice.below(50) };
        let dice = u32::try_from(self.dice.next() >> 32).unwrap_or_default();
        let what = Undelivered { why: "connection refused".into(), wait };
        self.undelivered += 1;
        let life = self.life;
        self.at(self.now + before + took, Happening::Hears(life, Event::Undelivered(what, dice)));
    }

    /// The Event reaches the server, which may have no right for it; the answer may be lost.
    pub(super) fn announced(&mut self, life: u32) {
        let came = if self.dice.one_in(3) {
            Announced::NoRight
        } else {
            self.announced += 1;
            Announced::Made
        };
        if !self.dice.one_in(6) {
            self.soon(100, Happening::Hears(life, Event::Announced(came)));
        }
    }

    pub(super) fn arrives(&mut self, life: u32) {
        let request = self.mine.request().clone();
        let answer = match self.apply(&request.path, &request.body) {
            Ok(version) => {
                self.effects.push(self.now);
                self.told.push(format!("{} the order takes effect", self.now));
                Answer::Accepted { resource_version: version.into() }
            }
            Err(code) => Answer::Refused { code, why: "refused".into() },
        };
        match self.dice.below(8) {
            0 => {}
            1 => self.soon(20_000, Happening::Hears(life, Event::Answered(answer))),
            2 => {
                // 504 and its like: the server goes on all the same.
                let answer = Answer::Unknown { why: "504".into() };
                self.soon(100, Happening::Hears(life, Event::Answered(answer)));
            }
            _ => self.soon(100, Happening::Hears(life, Event::Answered(answer))),
        }
    }

    pub(super) fn read(&mut self, life: u32) {
        let event = match parsed(&self.value()).filter(|_| !self.dice.one_in(5)) {
            Some(rollout) => {
                let mark = Mark::of(self.mine.id(), &self.value());
                Event::Seen(Box::new(Reading::read(&rollout, mark)))
            }
            None => Event::ReadFailed { why: "reset".into() },
        };
        self.soon(200, Happening::Hears(life, event));
    }
}

//! The wire between the program and the policy service: what leaves, what is lost, doubled or late, and what is answered in time.

use rollgate::evidence::meaning;
use rollgate::operation::errand::{Dispatch, Event, Reply, Run};

use super::service::{Answered, Letter};
use super::*;

/// How long the sender waits for an answer, in milliseconds.
const LONGEST: i64 = 5_000;

impl World {
    /// The sender: what was not on its way yet when the program was killed never leaves.
    pub(super) fn leaves(&mut self, life: u32, dispatch: &Dispatch) {
        if !self.alive || life != self.life {
            return;
        }
        if let Err(why) = dispatch.may_leave(&self.post.policy, self.clock()) {
            self.post.tally.held += 1;
            return self.soon(20, answered(life, Reply::Refused { code: 0, why }));
        }
        self.hold_to_promises(dispatch);
        self.post.posts += 1;
        if self.post.away.contains(&self.now) || self.dice.one_in(20) {
            self.post.tally.unreached += 1;
            let took = if self.dice.one_in(4) { 2_000 } else { 1 + self.dice.below(50) };
            let reply = Reply::Refused { code: 0, why: "nothing is reached".into() };
            return self.at(self.now + took, answered(life, reply));
        }
        let request = dispatch.request();
        let (path, body) = (request.path.clone(), request.body.clone());
        let letter = Letter { path, body, key: dispatch.key().map(Arc::from) };
        self.travels(life, letter);
        let reply = Reply::Unknown { why: "it did not answer within 5 s".into() };
        self.at(self.now + LONGEST, Happening::Post(Step::Answers(life, reply)));
    }

    /// The way of a post. Who stands between may not repeat one (RFC 9110 §9.2.2); one that trusts in its key may, and then passes on
    /// what is answered to the last.
    fn travels(&mut self, life: u32, letter: Letter) {
        let way = if self.dice.one_in(5) { self.dice.below(WAY) } else { self.dice.below(200) };
        let last = match self.dice.below(10) {
            0 => {
                self.post.tally.lost += 1;
                return;
            }
            1 if letter.key.is_some() => {
                self.post.tally.doubled += 1;
                let first = Step::Arrives(life, letter.clone(), false);
                self.at(self.now + way + 1, Happening::Post(first));
                way + self.dice.below(3_000)
            }
            _ => way,
        };
        self.at(self.now + last + 1, Happening::Post(Step::Arrives(life, letter, true)));
    }

    /// A copy of the post is at the service, which may be down by now; its answer may be lost, cut, late, or another's.
    pub(super) fn arrives_at_service(&mut self, life: u32, letter: &Letter, is_last: bool) {
        if self.post.away.contains(&self.now) {
            self.post.tally.lost += 1;
            return;
        }
        let Answered { status, body, began } = self.post.service.post(letter, (self.now, &mut self.dice));
        if let Some(run) = began {
            self.told.push(format!("{} the post begins {run}", self.now));
            self.post.made.push(run);
        }
        let code = http::StatusCode::from_u16(status).unwrap_or_default();
        let reply = meaning(code, body.into(), letter.key.is_some());
        let (within, reply) = match self.dice.below(8) {
            _ if !is_last => return,
            0 => return,
            1 => (20_000, reply),
            2 => {
                let page = "<html>Gateway time-out</html>".into();
                (100, meaning(http::StatusCode::GATEWAY_TIMEOUT, page, letter.key.is_some()))
            }
            3 => (100, Reply::Unknown { why: "it broke off".into() }),
            _ => (100, reply),
        };
        self.soon(within, Happening::Post(Step::Answers(life, reply)));
    }

    /// The sender hears one answer, or none in time, and tells it if the program still runs.
    pub(super) fn answers(&mut self, life: u32, reply: Reply) {
        if std::mem::replace(&mut self.post.answered, true) || !self.alive || life != self.life {
            return;
        }
        match &reply {
            Reply::Named { run } => {
                self.post.decided = true;
                self.post.named.push(run.clone());
            }
            Reply::Refused { .. } => self.post.decided = true,
            Reply::Unknown { .. } => self.post.tally.unanswered += 1,
        }
        self.tell_post(Event::Answered(reply));
    }

    /// Reads the runs, or one of them, as far as the service answers and shows them.
    pub(super) fn reads_runs(&mut self, life: u32, named: Option<&str>) {
        let Some(read) = self.runs(named) else { return };
        let event = match (named, read) {
            (Some(_), mut runs) => match runs.pop() {
                Some(run) => Event::Seen(Box::new(run)),
                None => return,
            },
            (None, runs) => Event::Listed(runs),
        };
        self.soon(200, Happening::Post(Step::Hears(life, event)));
    }

    /// Asks the service; nothing where it does not answer.
    pub(super) fn runs(&mut self, named: Option<&str>) -> Option<Vec<Run>> {
        if self.post.away.contains(&self.now) || self.dice.one_in(6) {
            return None;
        }
        self.post.service.go_on(&mut self.dice);
        match named {
            Some(id) => {
                // By a fault of what stands between it is at times the answer to another question.
                let newest = || self.post.service.list(self.now).get(0).cloned();
                let read = match self.dice.one_in(15) {
                    true => newest(),
                    false => self.post.service.read(id, self.now),
                };
                read.map(|run| Run::read(&run).into_iter().collect())
            }
            None => Run::list(&self.post.service.list(self.now)),
        }
    }
}

fn answered(life: u32, reply: Reply) -> Happening {
    Happening::Post(Step::Answers(life, reply))
}

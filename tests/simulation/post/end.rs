//! How the order to the policy service ends: what the next start finds of it, and what must hold of it all.

use rollgate::operation::errand::sought::Sought;
use rollgate::operation::errand::{Dispatch, State, Wanted};

use super::*;

/// The ends of what was never posted.
const UNSENT: [&str; 5] = ["denied", "expired", "overtaken", "withdrawn", "never recorded"];

impl World {
    /// A new run of the program asks the service what became of the order, if the ledger does not say it, and posts nothing.
    pub(in super::super) fn look_for_post(&mut self) {
        let records = || self.records(&self.post.id);
        let Some(acknowledged) = records().find(|entry| entry.is_acknowledgement()) else { return };
        if records().any(|entry| FINAL.contains(&&*entry.event)) {
            return;
        }
        let named =
            records().rev().find(|entry| &*entry.event == "accepted").and_then(|entry| said(entry, "run"));
        let sought = Sought::read(&acknowledged.body, named.map(Arc::from), acknowledged.at);
        let sought = sought.expect("what was recorded of an order can be read");
        let named: Option<Arc<str>> = sought.named().map(Arc::from);
        let (now, life) = (self.now, self.life);
        let read = named.and_then(|run| self.runs(Some(&run))).filter(|runs| !runs.is_empty());
        let Some(runs) = read.or_else(|| self.runs(None)) else {
            return self.at(now + 2_000, Happening::Post(Step::Look(life)));
        };
        let found = sought.judge(&runs);
        // As for the cluster: what was sent was sent before this start.
        let settled = self.looking_since.unwrap_or(now) + SETTLED.as_secs() * 1_000;
        if found.outcome != Outcome::Applied && now < settled {
            return self.at(settled, Happening::Post(Step::Look(life)));
        }
        self.resolve_post(found.outcome, found.why.as_str());
    }

    fn resolve_post(&mut self, outcome: Outcome, why: &str) {
        let Some(last) = self.records(&self.post.id).next_back() else { return };
        let event = if outcome == Outcome::InDoubt { "unresolved" } else { "resolved" };
        if &*last.event == event {
            return;
        }
        let body = json!({"outcome": outcome.word(), "why": why}).to_string();
        let entry = Entry { number: last.number + 1, event: event.into(), body, ..last.clone() };
        self.told.push(format!("{} to the service: found {}: {why}", self.now, outcome.word()));
        self.ledger.push(entry);
    }

    /// Holds a post that leaves against what is promised of it.
    pub(super) fn hold_to_promises(&mut self, dispatch: &Dispatch) {
        let mut broken = Vec::new();
        let mut hold = |is_kept: bool, what: &str| {
            if !is_kept {
                broken.push(format!("{} {what}", self.now));
            }
        };
        hold(self.post.posts == 0, "a second post");
        let recorded = self.records(&self.post.id).find(|entry| entry.is_acknowledgement());
        let body: Value =
            recorded.and_then(|entry| serde_json::from_str(&entry.body).ok()).unwrap_or_default();
        let request = dispatch.request();
        let same = body["request"]["path"] == *request.path && body["request"]["body"] == *request.body;
        hold(same, "a post whose request is not on disk");
        hold(body["idempotency_key"].as_str() == dispatch.key(), "a post whose key is not on disk");
        let pressed = self.post.pressed.map(|(at, digest)| (at, digest.to_string()));
        let (at, digest) = pressed.unwrap_or((i64::MIN / 2, String::new()));
        hold(body["digest"] == *digest, "a post of what nobody acknowledged");
        let over = self.records(&self.post.id).any(|entry| FINAL.contains(&&*entry.event));
        hold(!over, "a post of what is recorded to be over");
        // Only where the clock on the wall is set meanwhile may the sender itself be later, by as long as it takes.
        let limit = SEND_LIMIT.as_secs() * 1_000 + if self.jumps == 0 { 10 } else { 6_000 };
        let recorded = self.post.recorded.unwrap_or(i64::MIN / 2);
        hold(self.now - recorded <= limit, "a post long after its record");
        hold(recorded - at <= LEDGER_LIMIT.as_secs() * 1_000, "a record long after its acknowledgement");
        hold(at <= TTL.as_secs() * 1_000 + 500, "a post after the approval's time");
        hold(!self.post.void, "a post of what was taken back, or of another Rollout");
        hold(!self.post.frozen.contains(&(self.now + self.wall)), "a post while a freeze is on");
        self.post.broken.append(&mut broken);
    }

    /// Holds what a person reads of it against what the program was told: also where the disk takes no record of it.
    pub(super) fn hold_to_what_was_told(&mut self) {
        let Post { named, shown, decided, posts, leaves, .. } = &self.post;
        let (state, posts) = (self.post.errand().state(), *posts);
        let is_true = match state {
            State::Accepted { run, .. } => named.contains(run),
            State::Observed { run, status, .. } => shown.contains(&(run.clone(), status.word())),
            State::Refused { .. } => *decided,
            // A sender that was held back may say so only after a clock that jumped has made its silence a doubt.
            State::InDoubt { .. } | State::Unclear { .. } => *leaves == 1,
            State::Unsent { .. } | State::Staged | State::Armed | State::Acknowledged { .. } => posts == 0,
            State::Sent { .. } => true,
        };
        if !is_true {
            self.post.broken.push(format!(
                "{} it is said to be {}, of {posts} posts",
                self.now,
                state.word()
            ));
        }
    }

    /// How it ended: by the ledger where it was acknowledged, else by what the program last knew.
    fn end_of_post(&self) -> String {
        match self.records(&self.post.id).next_back() {
            Some(last) if &*last.event == "resolved" => said(last, "outcome").unwrap_or_default(),
            Some(last) => last.event.to_string(),
            None => "never recorded".to_owned(),
        }
    }

    /// Holds what happened against what is promised.
    pub(in super::super) fn judge_post(&self, tally: &mut Tally) -> Result<(), String> {
        let end = self.end_of_post();
        self.judge_posts(&end)?;
        self.judge_records()?;
        self.judge_end(&end)?;
        let Post { tally: own, posts, made, named, .. } = &self.post;
        let sum = &mut tally.posts;
        sum.posts += u64::from(*posts);
        sum.runs += u64::try_from(made.len()).unwrap_or(0);
        sum.held += own.held;
        sum.unreached += own.unreached;
        sum.lost += own.lost;
        sum.doubled += own.doubled;
        sum.unanswered += own.unanswered;
        sum.equal += own.equal;
        sum.found_by_key += u64::from(named.is_empty() && matches!(end.as_str(), "observed" | "applied"));
        let wanted = self.post.errand().wanted();
        let is_rerun = matches!(wanted, Wanted::Again { .. });
        sum.lost_reruns += u64::from(is_rerun && *posts == 1 && !self.post.decided);
        let word = wanted.word();
        *sum.ends.entry(format!("{word} {end}")).or_default() += 1;
        Ok(())
    }

    fn judge_posts(&self, end: &str) -> Result<(), String> {
        let Post { posts, made, broken, .. } = &self.post;
        if let Some(broken) = broken.first() {
            return Err(broken.clone());
        }
        let keyed = self.post.errand().key().is_some();
        if *posts > 1 || (keyed && made.len() > 1) || (*posts == 0 && !made.is_empty()) {
            return Err(format!("{} runs of {posts} posts", made.len()));
        }
        if UNSENT.contains(&end) && *posts > 0 {
            return Err(format!("it was posted, and is said to be {end}"));
        }
        Ok(())
    }

    /// No record says what nobody told or showed, and one end at most is recorded, last.
    fn judge_records(&self) -> Result<(), String> {
        let (mut over, mut last) = (None, 0);
        for entry in self.records(&self.post.id) {
            if let Some(over) = over {
                return Err(format!("{} is recorded after the end {over}", entry.event));
            }
            if entry.number <= last {
                return Err(format!("the record {} has a number that was given before", entry.event));
            }
            last = entry.number;
            over = FINAL.contains(&&*entry.event).then(|| entry.event.clone());
            let run = said(entry, "run").unwrap_or_default();
            let is_named = self.post.named.iter().any(|named| **named == *run);
            let status = said(entry, "status").unwrap_or_default();
            let is_shown = self.post.shown.iter().any(|(shown, how)| **shown == *run && *how == status);
            match &*entry.event {
                "accepted" if !is_named => return Err(format!("{run} is recorded, and nobody named it")),
                "observed" if !is_shown => {
                    return Err(format!("{run} is recorded as {status}, and was not seen so"));
                }
                "accepted" | "observed" if !self.post.made.iter().any(|made| **made == *run) => {
                    return Err(format!("{run} is recorded as its own, and is another's"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn judge_end(&self, end: &str) -> Result<(), String> {
        let Post { posts, made, decided, leaves, .. } = &self.post;
        let known = UNSENT.contains(&end)
            || ["observed", "applied", "refused", "unclear", "unresolved"].contains(&end);
        if !known {
            return Err(format!("the order to the service ended as {end}"));
        }
        if matches!(end, "observed" | "applied") && made.is_empty() {
            return Err(format!("said to be {end}, and no run of it was begun"));
        }
        let why =
            self.records(&self.post.id).next_back().and_then(|last| said(last, "why")).unwrap_or_default();
        if end == "applied" && !made.iter().any(|run| why.contains(&format!("the run {run} ("))) {
            return Err(format!("said to be applied, by another run: {why}"));
        }
        if end == "refused" && !made.is_empty() {
            return Err("said to be refused, and a run of it was begun".to_owned());
        }
        let is_rerun = matches!(self.post.errand().wanted(), Wanted::Again { .. });
        let is_doubt = matches!(end, "unclear" | "unresolved");
        if is_rerun && *posts == 1 && !decided && !is_doubt {
            return Err(format!("a rerun whose answer was lost is said to be {end}"));
        }
        if end == "unclear" && *leaves == 0 {
            return Err("said to be unclear, and it was never to be sent".to_owned());
        }
        Ok(())
    }
}

/// What a record says under this name.
fn said(entry: &Entry, name: &str) -> Option<String> {
    let body: Value = serde_json::from_str(&entry.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}

//! What the service keeps: its workflows, and their runs.
//!
//! It owns how a run is begun and taken up again, and refuses as the service does. It never reads a request. Invariants: a key begins
//! one run, whoever bears it again gets the same; what is kept is only ever added to.

use jiff::Timestamp;

use super::run::{Run, Stands};
use super::workflow::Workflow;
use crate::sim::model::random;

/// Workflows and their runs.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(super) key: String,
    pub(super) workflows: Vec<Workflow>,
    /// Each with the place of its workflow, the oldest first.
    runs: Vec<(usize, Run)>,
    seed: u64,
}

/// Why a run is not taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no such run.
    Unknown,
    /// The step is not there, or what it rests on did not succeed.
    Step,
}

impl Desk {
    /// Keeps workflows with their past for who bears the key.
    pub fn new(workflows: Vec<Workflow>, key: String, seed: u64) -> Self {
        let mut desk = Self { key, workflows, runs: Vec::new(), seed };
        let past: Vec<_> = desk
            .workflows
            .iter()
            .enumerate()
            .flat_map(|(nth, workflow)| workflow.past.iter().map(move |past| (nth, past.clone())))
            .collect();
        for (nth, past) in past {
            desk.add(
                nth,
                Run { id: String::new(), begun: past.at, key: None, again: None, fails: past.failed },
            );
        }
        desk.runs.sort_by_key(|(_, run)| run.begun);
        desk
    }

    /// Finds a workflow by its name.
    pub(super) fn workflow(&self, name: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|workflow| workflow.name == name)
    }

    /// Lists the runs of a workflow, the newest first.
    pub(super) fn runs<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Workflow, &'a Run)> {
        let all = self.runs.iter().rev().filter_map(|(nth, run)| Some((self.workflows.get(*nth)?, run)));
        all.filter(move |(workflow, _)| workflow.name == name)
    }

    /// Finds a run.
    pub(super) fn run(&self, id: &str) -> Option<(&Workflow, &Run)> {
        let (nth, run) = self.runs.iter().find(|(_, run)| run.id == id)?;
        Some((self.workflows.get(*nth)?, run))
    }

    /// Begins a run, or finds the one that was begun with the same key, and returns its name and whether it is new; `None`
    /// where there is no such workflow.
    pub(super) fn begin(
        &mut self,
        name: &str,
        key: Option<&str>,
        (canary_out, now): (bool, Timestamp),
    ) -> Option<(String, bool)> {
        let nth = self.workflows.iter().position(|workflow| workflow.name == name)?;
        let known = self.runs.iter().find(|(_, run)| key.is_some() && run.key.as_deref() == key);
        if let Some((_, run)) = known {
            return Some((run.id.clone(), false));
        }
        let fails = self.spoilt(nth, None, canary_out);
        let run = Run { id: String::new(), begun: now, key: key.map(str::to_owned), again: None, fails };
        Some((self.add(nth, run), true))
    }

    /// Takes a run up again from a step, and returns the new one's name.
    ///
    /// # Errors
    /// Says what there is not.
    pub(super) fn take_up(
        &mut self,
        id: &str,
        step: &str,
        (canary_out, now): (bool, Timestamp),
    ) -> Result<String, Refused> {
        let (nth, run) = self.runs.iter().find(|(_, run)| run.id == id).ok_or(Refused::Unknown)?;
        let nth = *nth;
        let workflow = self.workflows.get(nth).ok_or(Refused::Unknown)?;
        let first = workflow.steps.iter().position(|known| known.name == step).ok_or(Refused::Step)?;
        let mut before = workflow.steps.iter().take(first);
        if !before.all(|step| run.stands(workflow, &step.name, now) == Some(Stands::Succeeded)) {
            return Err(Refused::Step);
        }
        let fails = self.spoilt(nth, Some(first), canary_out);
        let again = Some((id.to_owned(), step.to_owned()));
        Ok(self.add(nth, Run { id: String::new(), begun: now, key: None, again, fails }))
    }

    /// Names the first step, from one on, that fails while a canary gets traffic.
    fn spoilt(&self, nth: usize, from: Option<usize>, canary_out: bool) -> Option<String> {
        let mut steps = self.workflows.get(nth)?.steps.iter().skip(from.unwrap_or(0));
        steps.find(|step| canary_out && step.fails_with_canary).map(|step| step.name.clone())
    }

    /// Adds a run under a name of its own, which it returns.
    fn add(&mut self, nth: usize, run: Run) -> String {
        let id = self.name(self.runs.len());
        self.runs.push((nth, Run { id: id.clone(), ..run }));
        id
    }

    /// Makes a name as the service gives them: a UUID.
    fn name(&self, nth: usize) -> String {
        let (seed, nth) = (self.seed.to_string(), nth.to_string());
        let [high, low] = ["high", "low"].map(|half| random::mix(&[&seed, "run", &nth, half]));
        let bytes = (u128::from(high) << 64) | u128::from(low);
        uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid().to_string()
    }
}

//! Owns dumps: files, folders or standard input that hold what `kubectl get -o yaml|json` wrote.
//!
//! It reads JSON and YAML, several documents, `List` kinds and typed lists, and keeps the objects that the program
//! knows; others are counted, never an error. It never talks to a cluster, and nothing can be dispatched from it.
//! Invariant: of two objects of one kind, namespace and name, the one read last is kept.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use crate::rollout::delta::{Kind, Object};
use crate::rollout::parse::Interner;
use crate::rollout::tree::{Family, Kin};
use crate::rollout::{AnalysisRun, Deployment, Experiment, Key, Pod, ReplicaSet, Rollout};

mod document;
mod fault;
mod json;
mod source;
#[cfg(test)]
mod tests;
mod yaml;

use document::Document;
pub use source::{DumpError, LONGEST};

/// The objects of a dump, each kind in the order of reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dump {
    /// Rollouts.
    pub rollouts: Vec<Rollout>,
    /// ReplicaSets, whoever owns them.
    pub replica_sets: Vec<ReplicaSet>,
    /// Pods, whoever owns them.
    pub pods: Vec<Pod>,
    /// AnalysisRuns.
    pub analysis_runs: Vec<AnalysisRun>,
    /// Experiments.
    pub experiments: Vec<Experiment>,
    /// Deployments, which Rollouts may refer to.
    pub deployments: Vec<Deployment>,
    /// How many objects of other kinds were passed over.
    pub skipped: usize,
}

/// Why a name picks no Rollout of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfound {
    /// None has this name.
    Absent,
    /// Several namespaces have one; they are named, sorted.
    Several(Vec<String>),
}

impl Dump {
    /// Reads `from`: a file, `-` for `stdin`, or a folder whose `.yaml`, `.yml` and `.json` files are read in the
    /// order of their paths.
    ///
    /// # Errors
    /// [`DumpError`] if something cannot be read or is neither JSON nor YAML; nothing is kept then, because half a
    /// dump would look like a whole one.
    pub fn read(from: &Path, stdin: &mut dyn Read) -> Result<Self, DumpError> {
        let mut reading = Reading::default();
        source::each(from, stdin, &mut |document| reading.take(document))?;
        Ok(reading.dump)
    }

    /// Returns the Rollouts of one namespace, or of all.
    pub fn rollouts_in(&self, namespace: Option<&str>) -> Vec<&Rollout> {
        self.rollouts.iter().filter(|rollout| stands_in(rollout, namespace)).collect()
    }

    /// Finds the Rollout of this name in one namespace, or the only one of this name in all.
    ///
    /// # Errors
    /// [`Unfound`] if there is none, or more than one.
    pub fn find(&self, namespace: Option<&str>, name: &str) -> Result<&Rollout, Unfound> {
        let found: Vec<&Rollout> = self
            .rollouts_in(namespace)
            .into_iter()
            .filter(|rollout| &*rollout.meta.key.name == name)
            .collect();
        match found.as_slice() {
            [] => Err(Unfound::Absent),
            [one] => Ok(one),
            several => {
                let mut spaces: Vec<String> =
                    several.iter().map(|r| r.meta.key.namespace.to_string()).collect();
                spaces.sort_unstable();
                Err(Unfound::Several(spaces))
            }
        }
    }

    /// Assembles a Rollout with everything of the dump that belongs to it.
    pub fn family<'a>(&'a self, rollout: &'a Rollout) -> Family<'a> {
        let kin = Kin {
            replica_sets: self.replica_sets.iter().collect(),
            pods: self.pods.iter().collect(),
            analysis_runs: self.analysis_runs.iter().collect(),
            experiments: self.experiments.iter().collect(),
            deployments: self.deployments.iter().collect(),
        };
        Family::select(rollout, &kin)
    }
}

/// A dump in the making: where each object stands, and the texts that repeat.
#[derive(Default)]
struct Reading {
    dump: Dump,
    places: HashMap<(Kind, Key), usize>,
    interner: Interner,
}

impl Reading {
    fn take(&mut self, document: Document) {
        let harvest = document.harvest(&mut self.interner);
        self.dump.skipped += harvest.skipped;
        harvest.objects.into_iter().for_each(|object| self.put(object));
    }

    fn put(&mut self, object: Object) {
        let (dump, places) = (&mut self.dump, &mut self.places);
        match object {
            Object::Rollout(it) => {
                place(places, Kind::Rollouts, it.meta.key.clone(), &mut dump.rollouts, *it)
            }
            Object::ReplicaSet(it) => {
                place(places, Kind::ReplicaSets, it.meta.key.clone(), &mut dump.replica_sets, *it);
            }
            Object::Pod(it) => place(places, Kind::Pods, it.meta.key.clone(), &mut dump.pods, *it),
            Object::AnalysisRun(it) => {
                place(places, Kind::AnalysisRuns, it.meta.key.clone(), &mut dump.analysis_runs, *it);
            }
            Object::Experiment(it) => {
                place(places, Kind::Experiments, it.meta.key.clone(), &mut dump.experiments, *it);
            }
            Object::Deployment(it) => {
                place(places, Kind::Deployments, it.meta.key.clone(), &mut dump.deployments, *it);
            }
            // What was said passes: it is told by those who listened.
            Object::Event(_) => dump.skipped += 1,
        }
    }
}

fn stands_in(rollout: &Rollout, namespace: Option<&str>) -> bool {
    namespace.is_none_or(|wanted| &*rollout.meta.key.namespace == wanted)
}

fn place<T>(places: &mut HashMap<(Kind, Key), usize>, kind: Kind, key: Key, list: &mut Vec<T>, object: T) {
    let at = *places.entry((kind, key)).or_insert(list.len());
    match list.get_mut(at) {
        Some(earlier) => *earlier = object,
        None => list.push(object),
    }
}

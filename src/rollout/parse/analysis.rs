//! Owns the wire types of AnalysisRuns and Experiments.
//!
//! It never keeps measurements beyond what is shown: jobs and the newest value. Invariant: counters count
//! measurements, as `status.metricResults` does (not metrics, as `runSummary` does).

use std::collections::BTreeMap;

use jiff::Timestamp;
use kube::core::ObjectMeta;
use serde::Deserialize;
use serde::de::MapAccess;

use super::intern::Interner;
use super::lenient::{Lenient, Maybe, lenient_structs};
use super::meta;
use crate::rollout::{AnalysisRun, Experiment, JobMeasurement, MetricResult};
use crate::text::Printable;

/// Key of a measurement's metadata under which the job provider names its Job.
const JOB_NAME: &str = "job-name";

/// An AnalysisRun as it comes over the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnalysisRunObject {
    #[serde(deserialize_with = "meta::lean")]
    pub(super) metadata: ObjectMeta,
    spec: Maybe<RunSpecWire>,
    status: Maybe<RunStatusWire>,
}

/// An Experiment as it comes over the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExperimentObject {
    #[serde(deserialize_with = "meta::lean")]
    pub(super) metadata: ObjectMeta,
    spec: Maybe<RunSpecWire>,
    status: Maybe<RunStatusWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct RunSpecWire {
    terminate: Maybe<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RunStatusWire {
    phase: Maybe<Printable>,
    message: Maybe<Printable>,
    metric_results: Maybe<Vec<MetricWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct MetricWire {
    name: Maybe<Printable>,
    phase: Maybe<Printable>,
    message: Maybe<Printable>,
    successful: Maybe<i64>,
    failed: Maybe<i64>,
    inconclusive: Maybe<i64>,
    error: Maybe<i64>,
    measurements: Maybe<Vec<MeasurementWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MeasurementWire {
    phase: Maybe<Printable>,
    value: Maybe<Printable>,
    started_at: Maybe<Timestamp>,
    finished_at: Maybe<Timestamp>,
    metadata: Maybe<Texts>,
}

lenient_structs!(RunSpecWire, RunStatusWire, MetricWire, MeasurementWire);

#[derive(Clone, Debug, Default)]
struct Texts(BTreeMap<String, Printable>);

impl Lenient for Texts {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((Maybe(key), Maybe(value))) = map.next_entry::<Maybe<String>, Maybe<Printable>>()? {
            texts.extend(key.zip(value));
        }
        Ok(Some(Self(texts)))
    }
}

impl AnalysisRunObject {
    /// Converts to the domain, sharing what repeats.
    pub fn into_analysis_run(self, interner: &mut Interner) -> AnalysisRun {
        let status = self.status.or_default();
        AnalysisRun {
            meta: meta::identity(&self.metadata, interner),
            phase: interner.text(status.phase.or_default()),
            message: status.message.or_default(),
            metrics: status.metric_results.or_default().into_iter().map(MetricWire::into_result).collect(),
            terminate: self.spec.or_default().terminate.0,
            hash: interner.name(meta::label(&self.metadata, meta::POD_HASH).unwrap_or_default()),
        }
    }
}

impl ExperimentObject {
    /// Converts to the domain, sharing what repeats.
    pub fn into_experiment(self, interner: &mut Interner) -> Experiment {
        let status = self.status.or_default();
        Experiment {
            meta: meta::identity(&self.metadata, interner),
            phase: interner.text(status.phase.or_default()),
            message: status.message.or_default(),
            terminate: self.spec.or_default().terminate.0,
        }
    }
}

impl MetricWire {
    fn into_result(self) -> MetricResult {
        let measurements = self.measurements.or_default();
        let mut newest_first = measurements.iter().rev().filter_map(|m| m.value.0.as_ref());
        let last_value = newest_first.find(|value| !value.is_empty()).cloned();
        MetricResult {
            name: self.name.or_default(),
            phase: self.phase.or_default(),
            message: self.message.or_default(),
            successful: self.successful.or_default(),
            failed: self.failed.or_default(),
            inconclusive: self.inconclusive.or_default(),
            error: self.error.or_default(),
            measured_at: measurements.iter().filter_map(|measurement| measurement.finished_at.0).max(),
            jobs: measurements.into_iter().filter_map(MeasurementWire::into_job).collect(),
            last_value,
        }
    }
}

impl MeasurementWire {
    fn into_job(self) -> Option<JobMeasurement> {
        let name = self.metadata.0?.0.remove(JOB_NAME)?;
        Some(JobMeasurement { name, phase: self.phase.or_default(), started: self.started_at.0 })
    }
}

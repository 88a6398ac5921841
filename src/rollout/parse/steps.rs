//! Owns the wire type of a canary's steps.
//!
//! It never drops a step: one that cannot be read is [`Step::Unknown`], so that indices keep their meaning.
//! Invariant: where a step names several kinds, the first in the order of the plugin's `CanaryStepString` counts.

use serde::Deserialize;
use serde::de::SeqAccess;

use super::lenient::{Lenient, Maybe, Present, lenient_structs};
use crate::rollout::step::duration;
use crate::rollout::{CanaryScale, Step, StepDuration};
use crate::text::Printable;

#[derive(Clone, Debug, Default)]
pub struct LadderWire(pub Vec<Step>);

impl Lenient for LadderWire {
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut steps = Vec::new();
        while let Some(step) = list.next_element::<Maybe<StepWire>>()? {
            steps.push(step.or_default().into_step());
        }
        Ok(Some(Self(steps)))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct StepWire {
    set_weight: Maybe<i64>,
    pause: Maybe<PauseWire>,
    experiment: Maybe<Present>,
    analysis: Maybe<AnalysisWire>,
    set_canary_scale: Maybe<ScaleWire>,
    plugin: Maybe<NamedWire>,
    set_header_route: Maybe<NamedWire>,
    set_mirror_route: Maybe<NamedWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PauseWire {
    duration: Maybe<StepDuration>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct AnalysisWire {
    templates: Maybe<Vec<TemplateNameWire>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TemplateNameWire {
    template_name: Maybe<Printable>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ScaleWire {
    weight: Maybe<i64>,
    match_traffic_weight: Maybe<bool>,
    replicas: Maybe<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct NamedWire {
    name: Maybe<Printable>,
}

lenient_structs!(StepWire, PauseWire, AnalysisWire, TemplateNameWire, ScaleWire, NamedWire);

impl Lenient for StepDuration {
    fn from_int(value: i64) -> Option<Self> {
        Some(Self { written: Printable::from(value.to_string()), seconds: Some(value) })
    }

    fn from_text(value: &str) -> Option<Self> {
        Some(Self { written: Printable::from_cluster(value), seconds: duration::seconds(value) })
    }
}

impl StepWire {
    fn into_step(self) -> Step {
        if let Some(weight) = self.set_weight.0 {
            return Step::SetWeight(weight);
        }
        if let Some(pause) = self.pause.0 {
            return Step::Pause(pause.duration.0);
        }
        if self.experiment.0.is_some() {
            return Step::Experiment;
        }
        if let Some(analysis) = self.analysis.0 {
            let templates = analysis.templates.or_default();
            return Step::Analysis(templates.into_iter().filter_map(|t| t.template_name.0).collect());
        }
        if let Some(scale) = self.set_canary_scale.0.and_then(ScaleWire::into_scale) {
            return Step::SetCanaryScale(scale);
        }
        let named = |named: Maybe<NamedWire>| named.0.map(|named| named.name.or_default());
        named(self.plugin)
            .map(Step::Plugin)
            .or_else(|| named(self.set_header_route).map(Step::SetHeaderRoute))
            .or_else(|| named(self.set_mirror_route).map(Step::SetMirrorRoute))
            .unwrap_or(Step::Unknown)
    }
}

impl ScaleWire {
    fn into_scale(self) -> Option<CanaryScale> {
        let matching = self.match_traffic_weight.0 == Some(true);
        self.weight
            .0
            .map(CanaryScale::Weight)
            .or(matching.then_some(CanaryScale::MatchTrafficWeight))
            .or(self.replicas.0.map(CanaryScale::Replicas))
    }
}

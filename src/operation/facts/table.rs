//! Owns the table of facts: for each its name, its place in the stored object, its value as stored and in words.
//!
//! It never judges. Invariant: the value is spelled as the API server spells it in a JSON Patch `test`, where numbers
//! and texts are compared letter by letter.

use std::borrow::Cow;

use super::{Change, Facts};
use crate::rollout::Pauses;
use crate::text::Printable;

/// One fact that an operation may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Identity of the Rollout.
    Uid,
    /// Counter of spec changes.
    Generation,
    /// The spec change that the controller has taken note of.
    ObservedGeneration,
    /// The version that is brought in.
    PodHash,
    /// The version that is stable.
    StableHash,
    /// The pause that a person set.
    ManualPause,
    /// The step in progress.
    Step,
    /// The controller's reasons to wait.
    Pauses,
    /// The controller's flag that it waits.
    ControllerPause,
    /// The order to abort.
    Abort,
    /// When the controller acted on the abort.
    AbortedAt,
    /// The order to promote fully.
    FullPromotion,
    /// Name of the step's AnalysisRun.
    AnalysisName,
    /// Status of the step's AnalysisRun.
    AnalysisStatus,
    /// The order to restart.
    RestartAt,
    /// The order to restart that the controller has carried out.
    RestartedAt,
    /// Identity of the other object that is changed.
    SiteUid,
    /// Counter of the other object's spec changes.
    SiteGeneration,
    /// How far a run is.
    SitePhase,
    /// The order to end a run.
    SiteTerminate,
    /// Name of the container that gets another image.
    Container,
    /// Image of that container.
    Image,
}

impl Fact {
    /// Returns the human name.
    pub fn name(self) -> Printable {
        Printable::ours(match self {
            Self::Uid => "uid",
            Self::Generation => "generation",
            Self::ObservedGeneration => "observed generation",
            Self::PodHash => "pod hash",
            Self::StableHash => "stable pod hash",
            Self::ManualPause => "paused by hand",
            Self::Step => "step index",
            Self::Pauses => "pause",
            Self::ControllerPause => "controller pause",
            Self::Abort => "abort",
            Self::AbortedAt => "aborted at",
            Self::FullPromotion => "full promotion",
            Self::AnalysisName => "step analysis",
            Self::AnalysisStatus => "step analysis status",
            Self::RestartAt => "restart at",
            Self::RestartedAt => "restarted at",
            Self::SiteUid => "changed object's uid",
            Self::SiteGeneration => "changed object's generation",
            Self::SitePhase => "run's phase",
            Self::SiteTerminate => "run's terminate",
            Self::Container => "container",
            Self::Image => "image",
        })
    }

    /// Returns the JSON pointer of the stored field, in the object that the request changes.
    pub fn pointer(self, facts: &Facts) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Uid | Self::SiteUid => "/metadata/uid",
            Self::Generation | Self::SiteGeneration => "/metadata/generation",
            Self::ObservedGeneration => "/status/observedGeneration",
            Self::PodHash => "/status/currentPodHash",
            Self::StableHash => "/status/stableRS",
            Self::ManualPause => "/spec/paused",
            Self::Step => "/status/currentStepIndex",
            Self::Pauses => "/status/pauseConditions",
            Self::ControllerPause => "/status/controllerPause",
            Self::Abort => "/status/abort",
            Self::AbortedAt => "/status/abortedAt",
            Self::FullPromotion => "/status/promoteFull",
            Self::AnalysisName => "/status/canary/currentStepAnalysisRunStatus/name",
            Self::AnalysisStatus => "/status/canary/currentStepAnalysisRunStatus/status",
            Self::RestartAt => "/spec/restartAt",
            Self::RestartedAt => "/status/restartedAt",
            Self::SitePhase => "/status/phase",
            Self::SiteTerminate => "/spec/terminate",
            Self::Container => return Cow::Owned(in_container(facts, "name")),
            Self::Image => return Cow::Owned(in_container(facts, "image")),
        })
    }

    /// Returns the stored value as JSON; an absent field is `null`, which is what a JSON Patch `test` wants.
    pub fn json(self, facts: &Facts) -> String {
        let site = facts.site.as_ref();
        let image = site.and_then(|site| site.image.as_ref());
        match self {
            Self::Uid => text(Some(&facts.uid)),
            Self::Generation => facts.generation.to_string(),
            Self::ObservedGeneration => text(facts.observed_generation.as_deref()),
            Self::PodHash => text(facts.pod_hash.as_deref()),
            Self::StableHash => text(facts.stable_hash.as_deref()),
            Self::ManualPause => plain(facts.paused),
            Self::Step => plain(facts.step_index),
            Self::Pauses => facts.pauses.stored.as_deref().unwrap_or("null").to_owned(),
            Self::ControllerPause => plain(facts.controller_pause),
            Self::Abort => plain(facts.abort),
            Self::AbortedAt => text(facts.aborted_at.as_deref()),
            Self::FullPromotion => plain(facts.promote_full),
            Self::AnalysisName => text(facts.step_analysis.as_ref().map(|run| run.0.as_str())),
            Self::AnalysisStatus => text(facts.step_analysis.as_ref().map(|run| run.1.as_str())),
            Self::RestartAt => text(facts.restart_at.as_deref()),
            Self::RestartedAt => text(facts.restarted_at.as_deref()),
            Self::SiteUid => text(site.map(|site| &*site.uid)),
            Self::SiteGeneration => plain(site.map(|site| site.generation)),
            Self::SitePhase => text(site.and_then(|site| site.phase.as_deref())),
            Self::SiteTerminate => plain(site.and_then(|site| site.terminate)),
            Self::Container => text(image.map(|image| &*image.container)),
            Self::Image => text(image.and_then(|image| image.image.as_deref())),
        }
    }

    /// Tells whether it is a fact of the other object, about which the Rollout says nothing.
    pub(super) fn is_of_site(self) -> bool {
        matches!(
            self,
            Self::SiteUid
                | Self::SiteGeneration
                | Self::SitePhase
                | Self::SiteTerminate
                | Self::Container
                | Self::Image
        )
    }

    pub(super) fn change(self, was: &Facts, is: &Facts) -> Change {
        let (before, after) = (self.words(was), self.words(is));
        if before == after {
            // The words leave something out (a new member of a pause condition): the stored JSON shows it.
            let json = |facts: &Facts| Printable::from(self.json(facts));
            return Change { name: self.name(), was: json(was), is: json(is) };
        }
        Change { name: self.name(), was: before, is: after }
    }

    /// Returns the value in words.
    pub fn words(self, facts: &Facts) -> Printable {
        match self {
            Self::Pauses => pause_words(&facts.pauses),
            _ => match self.json(facts).as_str() {
                "null" => Printable::ours("not set"),
                json => Printable::from(json.trim_matches('"')),
            },
        }
    }
}

fn in_container(facts: &Facts, field: &str) -> String {
    let image = facts.site.as_ref().and_then(|site| site.image.as_ref());
    image.map_or_else(String::new, |image| format!("{}/{field}", image.pointer))
}

fn pause_words(pauses: &Pauses) -> Printable {
    if pauses.list.is_empty() {
        return Printable::ours("none");
    }
    let each = pauses.list.iter().map(|pause| match pause.since {
        Some(since) => format!("{} since {since}", pause.reason),
        None => pause.reason.to_string(),
    });
    Printable::from(each.collect::<Vec<_>>().join(", "))
}

fn text(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), |text| serde_json::Value::from(text).to_string())
}

fn plain(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

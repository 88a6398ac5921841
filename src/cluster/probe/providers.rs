//! Owns which providers of metrics a namespace's templates name, and how the newest measurement by each ended.
//!
//! Templates and runs are read, at most a page of each. It never asks a provider. Invariants: an address is told without
//! credentials and without a query; where nothing could be read, nothing is told of providers that were known.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::eye::View;
use crate::capability::Sight;
use crate::capability::sight::{Answer, Answering, Provider};
use crate::text::Printable;

#[cfg(test)]
mod tests;

const API: &str = "/apis/argoproj.io/v1alpha1";
/// The kind that is asked itself, elsewhere, as soon as it is known by name.
const ASKED: &str = "prometheus";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct List {
    items: Vec<Analysis>,
}

/// A template or a run.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Analysis {
    spec: Spec,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    args: Vec<Argument>,
    metrics: Vec<Metric>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Argument {
    name: String,
    value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Metric {
    name: String,
    provider: serde_json::Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    metric_results: Vec<MetricResult>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MetricResult {
    name: String,
    measurements: Vec<Measurement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Measurement {
    phase: String,
    finished_at: Option<Timestamp>,
}

type Last = Option<(Timestamp, Printable)>;

/// Reads a namespace's templates and newest runs.
pub(super) async fn named(view: &View<'_>, namespace: &Arc<str>) -> Vec<Sight> {
    let templates =
        view.get::<List>(&format!("{API}/namespaces/{namespace}/analysistemplates?limit=100")).await;
    // Without the templates, runs name what was used lately; cluster-wide templates show themselves in runs alone.
    let runs = view.get::<List>(&format!("{API}/namespaces/{namespace}/analysisruns?limit=100")).await;
    let read = [templates, runs].into_iter().filter_map(Result::ok).flat_map(|list| list.items);
    let mut found = BTreeMap::new();
    for analysis in read {
        analysis.note(&mut found);
    }
    let asked = |provider: &Provider| {
        provider.kind.as_ref() == ASKED
            && view.eye.known(|known| known.asked.contains(&(Arc::clone(namespace), provider.clone())))
    };
    let told = found.into_iter().filter(|(provider, _)| !asked(provider));
    told.map(|(provider, last)| {
        Sight::Provider(Arc::clone(namespace), provider, Answer::Seen(Answering::Named { last }))
    })
    .collect()
}

impl Analysis {
    /// Adds what it names, with its newest measurements.
    fn note(&self, found: &mut BTreeMap<Provider, Last>) {
        for metric in &self.spec.metrics {
            for (kind, told) in metric.provider.iter().filter(|(_, told)| !told.is_null()) {
                let last = self.last(&metric.name);
                let known = found.entry(self.provider(kind, told)).or_default();
                if last.as_ref().map(|(at, _)| *at) > known.as_ref().map(|(at, _)| *at) {
                    *known = last;
                }
            }
        }
    }

    fn last(&self, metric: &str) -> Last {
        let results = self.status.metric_results.iter().filter(|result| result.name == metric);
        let measured = results.flat_map(|result| &result.measurements);
        let ended = measured.filter_map(|one| Some((one.finished_at?, Printable::from_cluster(&one.phase))));
        ended.max_by_key(|(at, _)| *at)
    }

    /// Names a provider (Argo: pkg/apis/rollouts/v1alpha1, `MetricProvider`); of a plugin, the plugin.
    fn provider(&self, kind: &str, told: &Value) -> Provider {
        let fields = ["address", "url", "profile"].into_iter().filter_map(|field| told.get(field)?.as_str());
        let named = fields.map(|text| self.resolved(text)).find(|text| !text.is_empty());
        let plugin =
            told.as_object().filter(|_| kind == "plugin").and_then(|plugins| plugins.keys().next().cloned());
        let address = plugin.or(named.map(|text| without_secrets(&text, kind == "web"))).unwrap_or_default();
        Provider { kind: kind.into(), address: address.into() }
    }

    /// Puts the values of arguments in their places, as far as they are known (Argo: `{{args.NAME}}`).
    fn resolved(&self, text: &str) -> String {
        let valued =
            self.spec.args.iter().filter_map(|argument| Some((&argument.name, argument.value.as_ref()?)));
        valued.fold(text.trim().to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{{args.{name}}}}}"), value)
                .replace(&format!("{{{{ args.{name} }}}}"), value)
        })
    }
}

/// Takes user, password, query and fragment out of an address; of one that is asked as a whole (`web`) the path too, which
/// may be a secret.
fn without_secrets(address: &str, whole: bool) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let (place, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = place.rsplit('@').next().unwrap_or_default();
    let path = if whole { "" } else { path.trim_end_matches('/') };
    if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") }
}

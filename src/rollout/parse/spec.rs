//! Owns the wire type of a Rollout's spec.
//!
//! It never applies a default that the API leaves open (`replicas`, `paused`), except those that the domain's types
//! promise. Invariant: a strategy of unknown shape is [`Strategy::Unknown`], not an error.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::intern::Interner;
use super::lenient::{Lenient, Maybe, Present, lenient_structs};
use super::routing::RoutingWire;
use super::steps::LadderWire;
use super::workload::TemplateWire;
use crate::rollout::traffic::Routing;
use crate::rollout::{BlueGreen, Canary, Spec, Strategy, WorkloadRef};
use crate::text::Printable;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SpecWire {
    replicas: Maybe<i64>,
    paused: Maybe<bool>,
    restart_at: Maybe<Arc<str>>,
    template: Maybe<TemplateWire>,
    workload_ref: Maybe<WorkloadRefWire>,
    strategy: Maybe<StrategyWire>,
    selector: Maybe<SelectorWire>,
    revision_history_limit: Maybe<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct WorkloadRefWire {
    kind: Maybe<Printable>,
    name: Maybe<Printable>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct StrategyWire {
    canary: Maybe<CanaryWire>,
    blue_green: Maybe<BlueGreenWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CanaryWire {
    steps: Maybe<LadderWire>,
    canary_service: Maybe<Arc<str>>,
    stable_service: Maybe<Arc<str>>,
    traffic_routing: Maybe<RoutingWire>,
    ping_pong: Maybe<PingPongWire>,
    analysis: Maybe<Present>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PingPongWire {
    ping_service: Maybe<Arc<str>>,
    pong_service: Maybe<Arc<str>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BlueGreenWire {
    active_service: Maybe<Printable>,
    preview_service: Maybe<Printable>,
    auto_promotion_enabled: Maybe<bool>,
    auto_promotion_seconds: Maybe<i64>,
    post_promotion_analysis: Maybe<Present>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SelectorWire {
    match_labels: Maybe<Labels>,
}

lenient_structs!(
    SpecWire,
    WorkloadRefWire,
    StrategyWire,
    CanaryWire,
    PingPongWire,
    BlueGreenWire,
    SelectorWire
);

#[derive(Clone, Debug, Default)]
struct Labels(Vec<(Arc<str>, Arc<str>)>);

impl Lenient for Labels {
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut labels = Vec::new();
        while let Some(key) = map.next_key::<Maybe<Arc<str>>>()? {
            match key.0 {
                Some(key) => labels.extend(map.next_value::<Maybe<Arc<str>>>()?.0.map(|value| (key, value))),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Some(Self(labels)))
    }
}

impl SpecWire {
    pub fn into_spec(self, interner: &mut Interner) -> Spec {
        let labels = self.selector.or_default().match_labels.or_default().0;
        Spec {
            replicas: self.replicas.0,
            paused: self.paused.0,
            restart_at: self.restart_at.0,
            containers: self.template.or_default().into_containers(interner),
            workload_ref: self.workload_ref.0.map(|reference| WorkloadRef {
                kind: interner.text(reference.kind.or_default()),
                name: reference.name.or_default(),
            }),
            strategy: self.strategy.or_default().into_strategy(interner),
            history_limit: self.revision_history_limit.0,
            match_labels: labels.into_iter().map(|(key, value)| (interner.name(&key), value)).collect(),
        }
    }
}

impl StrategyWire {
    /// A canary wins over a blue-green of the same spec, as in the plugin's strategy column.
    fn into_strategy(self, interner: &mut Interner) -> Strategy {
        match (self.canary.0, self.blue_green.0) {
            (Some(canary), _) => Strategy::Canary(canary.into_canary(interner)),
            (None, Some(blue_green)) => Strategy::BlueGreen(blue_green.into_blue_green()),
            (None, None) => Strategy::Unknown,
        }
    }
}

impl CanaryWire {
    fn into_canary(self, interner: &mut Interner) -> Canary {
        let routing = self.traffic_routing.0;
        let mut canary = Canary {
            steps: interner.ladder(&self.steps.or_default().0),
            traffic_routed: routing.is_some(),
            ping_pong: self.ping_pong.0.is_some(),
            background_analysis: self.analysis.0.is_some(),
            ..Canary::default()
        };
        if let Some(routing) = routing {
            canary.max_weight = routing.max_traffic_weight.0.unwrap_or(canary.max_weight);
            canary.routers = routing.routers(interner);
            let services =
                |pair: PingPongWire| (pair.ping_service.or_default(), pair.pong_service.or_default());
            canary.routing = Some(Arc::new(Routing {
                canary_service: self.canary_service.or_default(),
                stable_service: self.stable_service.or_default(),
                ping_pong: self.ping_pong.0.map(services),
                objects: routing.objects(),
            }));
        }
        canary
    }
}

impl BlueGreenWire {
    fn into_blue_green(self) -> BlueGreen {
        BlueGreen {
            active_service: self.active_service.0,
            preview_service: self.preview_service.0,
            auto_promotion: self.auto_promotion_enabled.0,
            auto_promotion_seconds: self.auto_promotion_seconds.0,
            post_promotion_analysis: self.post_promotion_analysis.0.is_some(),
        }
    }
}

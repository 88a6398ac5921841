//! Owns the shape of the file, key by key, and nothing of its meaning.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) name: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) applies_to: AppliesTo,
    pub(super) rollout_gates: Gates,
    #[serde(default)]
    pub(super) args: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) metrics: Vec<Metric>,
    #[serde(default)]
    pub(super) groups: BTreeMap<String, Spanned<f64>>,
    #[serde(default)]
    pub(super) stages: Stages,
    pub(super) provider: Option<String>,
    pub(super) policy_service: Option<PolicyService>,
}

/// `policy_service`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyService {
    pub(super) topic: Option<Spanned<String>>,
    pub(super) bundle: Option<Spanned<String>>,
    pub(super) workflow: Option<Spanned<String>>,
}

/// `applies_to`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AppliesTo {
    #[serde(default)]
    pub(super) namespaces: Vec<String>,
    #[serde(default)]
    pub(super) names: Vec<String>,
}

/// `rollout_gates`: the core.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gates {
    pub(super) min_data_points_per_metric: Option<Spanned<i64>>,
    pub(super) canary_lifetime_hours: Option<Spanned<f64>>,
    pub(super) metric_interval_hours: Option<Spanned<f64>>,
    pub(super) metric_resolution: Option<Spanned<String>>,
    pub(super) score: Option<Score>,
    pub(super) method: Option<Spanned<String>>,
    pub(super) confidence: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) rollback_triggers: Triggers,
}

/// `score`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Score {
    pub(super) pass: Spanned<f64>,
    pub(super) marginal: Spanned<f64>,
}

/// `rollback_triggers`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Triggers {
    pub(super) max_error_rate_delta: Option<Spanned<f64>>,
    pub(super) error_rate_metric: Option<Spanned<String>>,
    pub(super) error_rate_floor: Option<Spanned<f64>>,
    pub(super) max_policy_deny_rate: Option<Spanned<f64>>,
    pub(super) policy_deny_metric: Option<Spanned<String>>,
    pub(super) parser_failure_metric: Option<Spanned<String>>,
    pub(super) sustained_overload: Option<Overload>,
    pub(super) max_approvals_waiting: Option<Spanned<i64>>,
    pub(super) max_approval_wait: Option<Spanned<String>>,
}

/// `sustained_overload`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overload {
    pub(super) reasons: Option<Vec<String>>,
    pub(super) at_least: Option<Spanned<i64>>,
    pub(super) within: Option<Spanned<String>>,
}

/// One of `metrics`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metric {
    pub(super) name: Spanned<String>,
    pub(super) query: Option<Spanned<String>>,
    pub(super) stable_query: Option<Spanned<String>>,
    pub(super) direction: Option<Spanned<String>>,
    pub(super) groups: Option<Vec<String>>,
    #[serde(default)]
    pub(super) critical: bool,
    #[serde(default)]
    pub(super) must_have_data: bool,
    pub(super) nan: Option<Spanned<String>>,
    pub(super) outliers: Option<Spanned<String>>,
    pub(super) outlier_factor: Option<Spanned<f64>>,
    pub(super) tolerance: Option<Spanned<f64>>,
    pub(super) effect_size: Option<EffectSize>,
}

/// `effect_size`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EffectSize {
    pub(super) measure: Option<Spanned<String>>,
    pub(super) allowed_increase: Option<Spanned<f64>>,
    pub(super) allowed_decrease: Option<Spanned<f64>>,
    pub(super) critical_increase: Option<Spanned<f64>>,
    pub(super) critical_decrease: Option<Spanned<f64>>,
}

/// `stages`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stages {
    pub(super) canary_1_up_to: Option<Spanned<i64>>,
    pub(super) canary_2_up_to: Option<Spanned<i64>>,
    pub(super) latency_groups: Option<Vec<String>>,
    pub(super) business_cycle: Option<Cycle>,
}

/// `business_cycle`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cycle {
    pub(super) lasts: Option<Spanned<String>>,
    pub(super) from: Option<Spanned<String>>,
    pub(super) zone: Option<Spanned<String>>,
}

//! Owns how long an observation counts, and how often it is made anew.
//!
//! A probe that repeats within its period, with its jitter and one failure, stays within the age that counts.

use jiff::SignedDuration;

use super::Capability;

/// How far ahead of the time at which it is judged an observation may be dated: both are read from one clock, not at once.
pub const AHEAD: SignedDuration = SignedDuration::from_secs(2);
/// How long a byte on an open watch counts; API servers send bookmarks about once a minute.
pub const READING: SignedDuration = SignedDuration::from_secs(90);

/// How long an answer of an access review counts.
pub const RIGHT: SignedDuration = SignedDuration::from_mins(25);
/// How often rights are asked for again, in each namespace.
pub const RIGHT_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// How long an accepted dry run, or an accepted order, shows that the path works.
pub const TRIAL: SignedDuration = SignedDuration::from_mins(10);
/// How long a sight of the controller counts (Lease, its Deployment).
pub const CONTROLLER: SignedDuration = SignedDuration::from_secs(60);
/// How often the controller is looked at.
pub const CONTROLLER_EVERY: SignedDuration = SignedDuration::from_secs(20);
/// How long a Rollout may wait for its controller before that is a symptom; Argo acts within seconds.
pub const LAG: SignedDuration = SignedDuration::from_secs(10);
/// How long the controller may be at one Rollout before that is a symptom (client-go: a large value "indicates stuck threads").
pub const STUCK: SignedDuration = SignedDuration::from_mins(1);
/// How long a sight of a traffic object counts.
pub const TRAFFIC: SignedDuration = SignedDuration::from_secs(90);
/// How often traffic objects are read.
pub const TRAFFIC_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// How long an answer of a provider or service outside of the cluster's API counts.
pub const SERVICE: SignedDuration = SignedDuration::from_mins(3);
/// How often such a service is asked.
pub const SERVICE_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// How long a sight of what is configured counts (admission, notifications).
pub const CONFIGURED: SignedDuration = SignedDuration::from_mins(25);
/// How often what is configured is read.
pub const CONFIGURED_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// How long a measurement of the server's clock counts.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// From which difference on the clocks disagree.
pub const SKEWED: SignedDuration = SignedDuration::from_secs(5);
/// How long a sign of life of the ledger counts.
pub const LEDGER: SignedDuration = SignedDuration::from_mins(2);

/// Returns how long an observation at which a row is [`super::State::Available`] counts at the most; nothing for rows that
/// are left out by design.
pub fn of(capability: Capability) -> Option<SignedDuration> {
    use Capability as C;
    Some(match capability {
        C::ReadRollouts
        | C::ReadRevisions
        | C::ReadAnalysis
        | C::ReadEvents
        | C::RollbackVisibility
        | C::Ownership => READING,
        C::Promote | C::PauseResume | C::AbortRetry | C::ChangeTemplate => TRIAL,
        C::ApprovalGate | C::Outbox | C::Ledger => LEDGER,
        C::Reconciling | C::ControllerVersion => CONTROLLER,
        C::WeightsVerified | C::TrafficProvider => TRAFFIC,
        C::AnalysisProviders | C::PolicyService => SERVICE,
        C::Notifications | C::Admission => CONFIGURED,
        C::Announcing => RIGHT,
        C::Clock => SKEW,
        C::Autonomy | C::SingleStatus => return None,
    })
}

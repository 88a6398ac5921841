//! Owns the row of the controller: several signs of life, each weak, and what they cannot tell.
//!
//! Sources: Argo `controller/controller.go` (a Lease of 15 s, renewed every 2 s), `rollout/sync.go` (`observedGeneration`),
//! `utils/record/record.go` (Events), `controller/metrics` and client-go `util/workqueue` (metrics).
//! Invariant: it is available only where a sign of life is younger than [`crate::capability::limits::CONTROLLER`] and no Rollout waits.

use jiff::Timestamp;

use super::finding::Finding;
use super::{Scene, services};
use crate::capability::remedy::{self, Grant};
use crate::capability::{Evidence, Remedy, right};

mod meters;
mod signs;

/// The signs, put together.
#[derive(Default)]
struct Signs {
    /// When it was seen alive.
    alive: Vec<Timestamp>,
    /// What is wrong, and since when.
    wrong: Vec<(Timestamp, String)>,
    /// What is wrong unless a sign of life contradicts it.
    doubtful: Vec<(Timestamp, String)>,
    /// Whether its pods are ready, which standbys are too.
    ready: bool,
    /// Whether a sign could not be looked at for want of rights.
    barred: bool,
    evidence: Vec<Evidence>,
}

/// Judges whether a controller acts on what is accepted.
pub(super) fn judge(scene: &Scene<'_>) -> Finding {
    let mut signs = Signs::default();
    signs.read_waits(scene);
    signs.read_acts(scene);
    signs.read_lease(scene);
    signs.read_said(scene);
    signs.read_meters(scene);
    signs.read_pods(scene);
    signs.conclude(scene)
}

impl Signs {
    fn say(&mut self, how: &'static str, said: impl Into<crate::text::Printable>, at: Option<Timestamp>) {
        self.evidence.push(Evidence { how, said: said.into(), at });
    }

    fn conclude(mut self, scene: &Scene<'_>) -> Finding {
        if self.alive.is_empty() || !self.wrong.is_empty() {
            self.wrong.append(&mut self.doubtful);
        }
        let since = self.wrong.iter().map(|(since, _)| *since).min();
        let finding = match (since, self.alive.iter().max()) {
            (Some(since), _) => {
                let symptoms: Vec<String> = self.wrong.into_iter().map(|(_, symptom)| symptom).collect();
                Finding::degraded(since, symptoms.join("; ")).remedied(examine(scene))
            }
            (None, Some(at)) => Finding::available(*at, scene.now).seen(
                "signs of life",
                "the newest one",
                (*at).min(scene.now),
            ),
            (None, None) if self.ready => {
                Finding::supported().noted("cannot tell", "a ready pod may be a standby")
            }
            (None, None) => unseen(self.barred, scene),
        };
        self.evidence.into_iter().fold(finding, Finding::because)
    }
}

fn unseen(barred: bool, scene: &Scene<'_>) -> Finding {
    if !barred {
        let finding = Finding::unknown("no sign of it was seen lately, good or bad");
        return finding.remedied(examine(scene));
    }
    let finding =
        Finding::unknown("its Lease or Deployment may not be read, and it was not seen to act lately");
    let home = Grant::In(services::home(scene));
    finding.remedied(remedy::ask_for(right::CONTROLLER, home, &scene.board.viewer))
}

/// Says how to look at the controller by hand.
fn examine(scene: &Scene<'_>) -> Remedy {
    let home = services::home(scene);
    let line = |words: &[&str]| remedy::kubectl(&scene.board.viewer, Some(home), words);
    let selector = "app.kubernetes.io/component=rollouts-controller";
    let lines = [
        line(&["get", "deployments,pods,leases", "-o", "wide"]),
        line(&["logs", "-l", selector, "--since=10m", "--tail=100", "--prefix"]),
    ];
    remedy::run(
        "See whether its pods run and what they say; an accepted order waits until it acts.",
        lines.join("\n"),
    )
}

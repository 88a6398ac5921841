//! Owns what a demo's gates rest on: the Prometheus and the policy service that are made up beside the cluster, the policies of the demo,
//! and where all that is found.
//!
//! A scenario that tells of no series has none of them, and its promotions are judged by nobody; one that tells of no workflow has no
//! policy service. It never reads a file of the person's.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::clock::Clock;
use crate::config::services::{Endpoint, Login, PolicyService, Provider};
use crate::config::{Gates, Services};
use crate::gate::Shelf;
use crate::gate::policy::{Policy, Selector, file};
use crate::operation::errand::Wanted;
use crate::operation::policy::{Pattern, Rule, Scope, Terms};
use crate::sim::loopback::Served;
use crate::sim::metrics::{self, Story};
use crate::sim::policy::{self, Workflow};
use crate::sim::world::World;

/// The policies, as a person writes them.
const POLICIES: [(&str, &str); 2] = [
    ("demo", include_str!("../../../assets/gates/demo.yaml")),
    ("shadow", include_str!("../../../assets/gates/shadow.yaml")),
];
/// What the Prometheus is called.
const NAME: &str = "demo";

/// What a scenario tells beside its cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Name of the policy by which it is judged.
    pub(super) gate: String,
    /// Series of Rollouts.
    pub(super) stories: Vec<Story>,
    /// Workflows of the policy service.
    pub(super) workflows: Vec<Workflow>,
    /// What chance follows from.
    pub(super) seed: u64,
}

/// The key of the policy service, and the file in which the program finds it.
#[derive(Clone, Debug)]
pub(super) struct ServiceKey {
    /// The key.
    pub(super) text: String,
    /// The file.
    pub(super) file: PathBuf,
}

/// The gates of a demo.
#[derive(Default)]
pub(super) struct Beside {
    metrics: Option<Served>,
    policy: Option<(Served, PathBuf)>,
    shelf: Arc<Shelf>,
}

impl Beside {
    /// Serves what is told, and reads the policies for those of whom it is told.
    ///
    /// # Errors
    /// One sentence on what stands in the way.
    pub(super) async fn start(
        (world, clock): (Arc<Mutex<World>>, Clock),
        told: Told,
        key: ServiceKey,
    ) -> Result<Self, String> {
        if told.stories.is_empty() {
            return Ok(Self::default());
        }
        let Told { stories, workflows, seed, .. } = &told;
        let shelf = Arc::new(Shelf::of(policies(&told)?));
        let barred = |error: std::io::Error| format!("The demo cannot listen on 127.0.0.1: {error}.");
        let metrics = metrics::start(Arc::clone(&world), clock, stories.clone()).await.map_err(barred)?;
        let policy = if workflows.is_empty() {
            None
        } else {
            let served = policy::start((world, clock), workflows.clone(), (key.text, *seed));
            Some((served.await.map_err(barred)?, key.file))
        };
        Ok(Self { metrics: Some(metrics), policy, shelf })
    }

    /// Returns where the Prometheus is reached, where there is one.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Served::address)
    }

    /// What the program is told in place of what its file says of services.
    pub(super) fn services(&self) -> Services {
        let policy_service = self.policy.as_ref().map(|(served, file)| PolicyService {
            reach: endpoint(served.address()),
            tenant: policy::TENANT.to_owned(),
            api_key: file.clone(),
            simulate: true,
        });
        Services {
            providers: self.address().map(provider).into_iter().collect(),
            policy_service,
            ..Services::default()
        }
    }

    /// What the program is told in place of its folder of policies.
    pub(super) fn gates(&self) -> Gates {
        Gates { folder: None, shelf: Arc::clone(&self.shelf) }
    }

    /// The rule by which runs of the workflow may be ordered in a context, where there is a policy service: with a reason.
    pub(super) fn rule(&self, context: &str) -> Option<Rule> {
        self.policy.as_ref().map(|_| Rule {
            scope: Scope {
                contexts: vec![Pattern::new(context)],
                operations: Wanted::WORDS.into_iter().map(Pattern::new).collect(),
                ..Scope::default()
            },
            terms: Some(Terms { reason: true, ..Terms::default() }),
            line: None,
        })
    }
}

/// Reads the policies of a scenario: one for all of whom it is told, or one for each where workflows are about them.
fn policies(told: &Told) -> Result<Vec<Policy>, String> {
    let text = POLICIES.iter().find(|(name, _)| *name == told.gate).map(|(_, text)| *text);
    let text = text.ok_or_else(|| format!("There is no policy `{}` among those of the demo.", told.gate))?;
    if told.workflows.is_empty() {
        let applies_to = Selector {
            namespaces: told.stories.iter().map(|story| story.namespace.clone()).collect(),
            names: told.stories.iter().map(|story| story.name.clone()).collect(),
        };
        return Ok(vec![Policy { applies_to, ..read(text, &told.gate)? }]);
    }
    told.stories.iter().map(|story| policy_of(text, story, told)).collect()
}

/// Reads the policy of one Rollout, with the workflow that is about it, as a person would name it there.
fn policy_of(text: &str, story: &Story, told: &Told) -> Result<Policy, String> {
    let is_about =
        |workflow: &&Workflow| (&workflow.namespace, &workflow.rollout) == (&story.namespace, &story.name);
    let asked = told.workflows.iter().find(is_about).map(|Workflow { name, topic, .. }| {
        format!("policy_service:\n  topic: '{topic}'\n  workflow: '{name}'\n")
    });
    let read = read(&format!("{text}{}", asked.unwrap_or_default()), &told.gate)?;
    let name = match told.stories.len() {
        1 => Arc::clone(&read.name),
        _ => format!("{}-{}", read.name, story.name).into(),
    };
    let applies_to = Selector { namespaces: vec![story.namespace.clone()], names: vec![story.name.clone()] };
    Ok(Policy { name, applies_to, ..read })
}

fn read(text: &str, name: &str) -> Result<Policy, String> {
    file::read(text, name).map_err(|fault| fault.to_string())
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint {
        secure: false,
        host: address.ip().to_string(),
        port: address.port(),
        prefix: String::new(),
        authority: None,
    }
}

fn provider(address: SocketAddr) -> Provider {
    Provider {
        name: Some(NAME.to_owned()),
        address: format!("http://{address}"),
        reach: endpoint(address),
        login: Login::Nobody,
    }
}

#[cfg(test)]
mod tests;

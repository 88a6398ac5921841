//! Owns what a demo's gates rest on: the Prometheus that is made up beside the cluster, the policy of the demo, and where both are found.
//!
//! A scenario that tells of no series has neither, and its promotions are judged by nobody. It never reads a file of the person's.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::clock::Clock;
use crate::config::services::{Endpoint, Login, Provider};
use crate::config::{Gates, Services};
use crate::gate::Shelf;
use crate::gate::policy::{Selector, file};
use crate::sim::metrics::{self, Served, Story};
use crate::sim::world::World;

/// The policy, as a person writes one.
const POLICY: &str = include_str!("../../../assets/gates/demo.yaml");
/// What the Prometheus is called.
const NAME: &str = "demo";

/// The gates of a demo.
#[derive(Default)]
pub(super) struct Beside {
    served: Option<Served>,
    shelf: Arc<Shelf>,
}

impl Beside {
    /// Serves what is told, and reads the policy for those of whom it is told.
    ///
    /// # Errors
    /// One sentence on what stands in the way.
    pub(super) async fn start(
        world: Arc<Mutex<World>>,
        clock: Clock,
        stories: Vec<Story>,
    ) -> Result<Self, String> {
        if stories.is_empty() {
            return Ok(Self::default());
        }
        let mut policy = file::read(POLICY, NAME).map_err(|fault| fault.to_string())?;
        policy.applies_to = Selector {
            namespaces: stories.iter().map(|story| story.namespace.clone()).collect(),
            names: stories.iter().map(|story| story.name.clone()).collect(),
        };
        let served = metrics::start(world, clock, stories)
            .await
            .map_err(|error| format!("The demo cannot listen on 127.0.0.1: {error}."))?;
        Ok(Self { served: Some(served), shelf: Arc::new(Shelf::of(vec![policy])) })
    }

    /// Returns where the Prometheus is reached, where there is one.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.served.as_ref().map(Served::address)
    }

    /// What the program is told in place of what its file says of services.
    pub(super) fn services(&self) -> Services {
        Services { providers: self.address().map(provider).into_iter().collect(), ..Services::default() }
    }

    /// What the program is told in place of its folder of policies.
    pub(super) fn gates(&self) -> Gates {
        Gates { folder: None, shelf: Arc::clone(&self.shelf) }
    }
}

fn provider(address: SocketAddr) -> Provider {
    Provider {
        name: Some(NAME.to_owned()),
        address: format!("http://{address}"),
        reach: Endpoint {
            secure: false,
            host: address.ip().to_string(),
            port: address.port(),
            prefix: String::new(),
            authority: None,
        },
        login: Login::Nobody,
    }
}

#[cfg(test)]
mod tests;

//! What a Prometheus beside the cluster has to tell of a scenario's cast.
//!
//! It owns finding out which version of a service is the old one: the one that is stable at the beginning. It never makes up a value.

use super::file::Series;
use super::name;
use crate::sim::metrics::Story;
use crate::sim::world::{Standing, World};

/// Makes the stories of a world as it stands at the beginning.
///
/// # Errors
/// Says which Rollout is not there.
pub(super) fn stories(series: &[Series], world: &World, seed: u64) -> Result<Vec<Story>, String> {
    let story = |series: &Series| {
        let place = name::place(&series.on)?;
        let stored = world.objects.get(&place);
        let stored = stored.ok_or_else(|| format!("series: there is no Rollout {}", series.on))?;
        Ok(Story {
            namespace: place.namespace.to_string(),
            name: place.name.to_string(),
            first: Standing::of(&stored.value).stable.to_string(),
            stable: series.stable,
            canary: series.canary,
            seed,
        })
    };
    series.iter().map(story).collect()
}

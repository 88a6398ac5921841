//! The scenarios, played without a wire: how each begins, and what a good operator makes of it.

use jiff::SignedDuration;

use super::*;
use crate::sim::objects::kind::ROLLOUT;
use crate::sim::world::Standing;

fn opened(name: &str) -> World {
    Scenario::find(name).unwrap().begin(7).unwrap()
}

fn standings(world: &World) -> Vec<String> {
    let all = world.objects.list(&ROLLOUT, None);
    all.map(|one| format!("{}/{}: {}", one.place.namespace, one.place.name, Standing::of(&one.value)))
        .collect()
}

#[test]
fn show() {
    let name = std::env::var("SCENARIO").unwrap_or("first-shift".into());
    let began = std::time::Instant::now();
    let mut world = opened(&name);
    println!("{:?}", began.elapsed());
    for line in standings(&world).iter().take(40) {
        println!("{line}");
    }
    println!("looks {}", world.looks().count());
    let seconds = std::env::var("SECONDS_ON").ok().and_then(|s| s.parse().ok()).unwrap_or(30);
    let began = std::time::Instant::now();
    world.advance(world.begins() + SignedDuration::from_secs(seconds));
    println!("{:?}", began.elapsed());
    println!("{}", world.history());
    for line in standings(&world).iter().take(40) {
        println!("{line}");
    }
    for finding in Scenario::find(&name).unwrap().judge(&world) {
        println!("{finding:?}");
    }
}

//! scratch
#![allow(clippy::all, clippy::print_stdout, clippy::unwrap_used)]
use jiff::SignedDuration;
use rollgate::sim::objects::kind::ROLLOUT;
use rollgate::sim::scenario::Scenario;
use rollgate::sim::world::{Standing, World};
fn standings(world: &World) -> Vec<String> {
    let all = world.objects.list(&ROLLOUT, None);
    all.map(|one| format!("{}/{}: {}", one.place.namespace, one.place.name, Standing::of(&one.value)))
        .collect()
}
fn main() {
    let name = std::env::args().nth(1).unwrap_or("first-shift".into());
    let seconds: i64 = std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(30);
    let began = std::time::Instant::now();
    let scenario = Scenario::find(&name).unwrap();
    let mut world = match scenario.begin(7) {
        Ok(w) => w,
        Err(e) => {
            println!("{e}");
            return;
        }
    };
    println!("{:?}", began.elapsed());
    for line in standings(&world).iter().take(40) {
        println!("{line}");
    }
    println!("looks {}", world.looks().count());
    for l in world.looks().take(20) {
        println!("  {l:?}");
    }
    let began = std::time::Instant::now();
    world.advance(world.begins() + SignedDuration::from_secs(seconds));
    println!("{:?}", began.elapsed());
    println!("{}", world.history());
    for line in standings(&world).iter().take(40) {
        println!("{line}");
    }
    for finding in scenario.judge(&world) {
        println!("{finding:?}");
    }
}

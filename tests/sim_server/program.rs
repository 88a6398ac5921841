//! The program's own client against the embedded cluster: its watch and its reads.

use rollgate::cluster::fetch;
use rollgate::cluster::watch::{Pace, Scope, Watch};
use rollgate::rollout::Key;
use rollgate::rollout::delta::{Contact, Delta, Kind, Object};
use serde_json::json;
use tokio::sync::mpsc;

use crate::embedded::{Embedded, PATIENCE};

/// The Rollouts of a watch, as they are told.
struct Told {
    _watch: Watch,
    deltas: mpsc::Receiver<Delta>,
}

impl Told {
    async fn of(embedded: &Embedded) -> Self {
        let (sender, deltas) = mpsc::channel(64);
        let clients = embedded.clients().await;
        Self { _watch: Watch::start(&clients, &Scope::All, Pace::default(), sender), deltas }
    }

    /// Passes over deltas until one of Rollouts satisfies.
    async fn until(&mut self, enough: impl Fn(&Delta) -> bool) -> Delta {
        let passing = async {
            loop {
                let delta = self.deltas.recv().await.expect("the watch has ended");
                if enough(&delta) {
                    return delta;
                }
            }
        };
        tokio::time::timeout(PATIENCE, passing).await.expect("waited in vain")
    }
}

fn is_version(delta: &Delta, name: &str, wanted: &str) -> bool {
    matches!(delta, Delta::Seen(_, Object::Rollout(one)) if *one.meta.key.name == *name
        && one.meta.resource_version.to_string() == wanted)
}

fn is_done(delta: &Delta) -> bool {
    matches!(delta, Delta::Done(source) if source.kind == Kind::Rollouts)
}

fn is_live(delta: &Delta) -> bool {
    matches!(delta, Delta::Contact(source, Contact::Live, _) if source.kind == Kind::Rollouts)
}

#[tokio::test]
async fn the_programs_watch_lists_and_follows() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let mut told = Told::of(&embedded).await;
    told.until(is_done).await;
    let changed = embedded.change("web", &json!({"spec": {"replicas": 5}})).version.to_string();
    told.until(|delta| is_version(delta, "web", &changed)).await;
    embedded.remove("web");
    told.until(|delta| matches!(delta, Delta::Gone(_, key) if *key.name == *"web")).await;
}

#[tokio::test]
async fn the_programs_watch_survives_a_cut_and_a_forgotten_history() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let mut told = Told::of(&embedded).await;
    told.until(is_live).await;
    embedded.turn(|world| world.wire().cut());
    let changed = embedded.change("web", &json!({"spec": {"replicas": 5}})).version.to_string();
    told.until(|delta| is_version(delta, "web", &changed)).await;
    // The history is forgotten while nobody watches: the next stream has to begin with a list.
    embedded.turn(|world| world.wire().cut());
    embedded.make("api");
    embedded.turn(|world| world.objects.forget_history());
    let changed = embedded.change("web", &json!({"spec": {"replicas": 6}})).version.to_string();
    told.until(|delta| is_version(delta, "web", &changed)).await;
}

#[tokio::test]
async fn the_programs_reads_find_a_rollout_and_its_family() {
    let embedded = Embedded::start().await;
    embedded.make("web");
    let clients = embedded.clients().await;
    let key = Key { namespace: "shop".into(), name: "web".into() };
    let family = fetch::family(&clients, &key).await.unwrap().expect("it is there");
    assert_eq!(*family.rollout.meta.key.name, *"web");
    assert_eq!(family.unread, []);
    assert_eq!(fetch::rollouts(&clients, &[]).await.unwrap().len(), 1);
    assert_eq!(clients.reviewed_user().await.unwrap().to_string(), "you");
}

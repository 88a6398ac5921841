//! Argo CD's self-heal: who keeps a Rollout's spec in a repository takes a change back, and the program says so before
//! and shows it after.
//!
//! Argo CD itself is played by a loop that puts the tracked image back under Argo CD's field manager; the API server and the
//! Rollouts controller are real. Invariant of each case: what was taken back is not shown as what stands.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster::{Cluster, Namespace, Sample, User};
use crate::harness::Case;
use crate::person::{Person, Seat, events, only_write};

type Outcome = Result<(), String>;

/// What the modal says of an order on a tracked spec.
const WARNING: &str = "It is kept as a repository has it by Argo CD application shop, whose self-heal may take the change back.";

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("an image that Argo CD takes back was foretold, and the timeline shows both", image),
        Case::new("an undo that Argo CD takes back was foretold, and the timeline shows both", undo),
        Case::disruptive(
            "an image that Argo CD takes back before the controller looked is never called done",
            image_unseen,
        ),
    ]
}

/// Argo CD's self-heal for one Rollout: told to begin, it puts the image back wherever it is another.
struct SelfHeal<'n> {
    namespace: &'n Namespace<'n>,
    image: String,
    begun: AtomicBool,
    over: AtomicBool,
    healed: AtomicU64,
}

impl<'n> SelfHeal<'n> {
    fn of(namespace: &'n Namespace<'n>, rollout: &Value) -> Self {
        let image = image_of(rollout);
        let [begun, over] = [false, false].map(AtomicBool::new);
        Self { namespace, image, begun, over, healed: AtomicU64::new(0) }
    }

    fn runs(&self) -> Outcome {
        while !self.over.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(50));
            let rollout = self.namespace.rollout("web")?;
            if !self.begun.load(Ordering::SeqCst) || image_of(&rollout) == self.image {
                continue;
            }
            let path = format!("{}?fieldManager=argocd-controller", self.namespace.rollout_path("web"));
            let back = json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": self.image}]);
            self.namespace.cluster().api().patch(&path, &back)?;
            self.healed.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }

    fn begins(&self) {
        self.begun.store(true, Ordering::SeqCst);
    }
}

fn image_of(rollout: &Value) -> String {
    let image = rollout.pointer("/spec/template/spec/containers/0/image");
    image.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Makes a Rollout that Argo CD tracks, at its first revision.
fn tracked<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    let id = format!("shop:argoproj.io/Rollout:{}/web", namespace.name());
    let labels = json!({"app.kubernetes.io/instance": "shop"});
    let change =
        json!({"metadata": {"annotations": {"argocd.argoproj.io/tracking-id": id}, "labels": labels}});
    namespace.apply_changed(Sample::Canary, "web", &change)?;
    namespace.wait_phase("web", "Healthy")?;
    Ok(namespace)
}

/// Plays a case beside Argo CD, which keeps the Rollout as it is now.
fn beside_argo_cd(namespace: &Namespace<'_>, play: impl FnOnce(&SelfHeal<'_>) -> Outcome) -> Outcome {
    let rollout = namespace.rollout("web")?;
    let argo_cd = SelfHeal::of(namespace, &rollout);
    let (played, healed) = std::thread::scope(|scope| {
        let heals = scope.spawn(|| argo_cd.runs());
        // A case that fails ends the loop too.
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(&argo_cd)));
        argo_cd.over.store(true, Ordering::SeqCst);
        (played, heals.join())
    });
    healed.map_err(|_| "self-heal panicked")??;
    played.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Presses keys one by one, each after the words that the one before brought about.
fn walks(person: &mut Person, steps: &[(&str, &str)]) {
    for (keys, words) in steps {
        // Keys that follow each other at once are taken for a paste.
        person.screen.read_for(Duration::from_millis(40));
        person.types(keys);
        person.sees(words);
    }
}

fn before(namespace: &Namespace<'_>) -> Person {
    let mut person = Seat::of(namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web"]);
    person.opens();
    person
}

/// Stages another image, reads the warning, and acknowledges.
fn sets_image(person: &mut Person) {
    let steps = [
        ("o", "order"),
        ("i", "name its image"),
        ("o", "Name the image"),
        ("2", "app:v12"),
        ("\r", "order this"),
    ];
    walks(person, &steps);
    walks(person, &[("o", "Type web to go on:")]);
    person.sees(WARNING);
    person.types_name("web");
    person.waits_until_armed();
    person.acknowledges();
}

fn image(cluster: &Cluster) -> Outcome {
    let namespace = tracked(cluster, "heals-image")?;
    beside_argo_cd(&namespace, |argo_cd| {
        let mut person = before(&namespace);
        sets_image(&mut person);
        person.sees("done: the controller took the new image for a new version");
        person.closes();
        person.sees_phase("Paused");
        namespace.wait_phase("web", "Paused")?;
        argo_cd.begins();
        taken_back(&namespace, argo_cd, &mut person)?;
        // The story has both, in their order, and the header what stands.
        walks(&mut person, &[("t", "image of app: rollgate.test/app:v12 -> rollgate.test/app:v1")]);
        person.sees("image of app: rollgate.test/app:v1 -> rollgate.test/app:v12");
        person.types("\x1b");
        // Escape and a key at once are another key.
        person.screen.read_for(Duration::from_millis(100));
        person.sees_phase("Healthy");
        let left = person.leaves();
        assert_eq!(events(&left.ledger()?), ["acknowledged", "accepted", "observed"]);
        assert_eq!(only_write(&namespace, User::Operator)?.response_status.code, 200);
        Ok(())
    })
}

/// Waits until Argo CD has put the image back and the controller has gone back too.
fn taken_back(namespace: &Namespace<'_>, argo_cd: &SelfHeal<'_>, person: &mut Person) -> Outcome {
    namespace.wait_rollout("web", "is as the repository has it", |rollout| {
        image_of(rollout) == argo_cd.image && rollout["status"]["phase"] == "Healthy"
    })?;
    assert!(argo_cd.healed.load(Ordering::SeqCst) > 0);
    person.sees_phase("Healthy");
    Ok(())
}

fn undo(cluster: &Cluster) -> Outcome {
    let namespace = tracked(cluster, "heals-undo")?;
    namespace.set_tag("web", "v2")?;
    namespace.wait_phase("web", "Paused")?;
    namespace.change_status("web", &json!({"status": {"promoteFull": true}}))?;
    namespace.wait_phase("web", "Healthy")?;
    beside_argo_cd(&namespace, |argo_cd| {
        let mut person = before(&namespace);
        person.sees_phase("Healthy");
        walks(&mut person, &[("o", "order"), ("v", "order this"), ("o", "Type web to go on:")]);
        person.sees(WARNING);
        person.types_name("web");
        person.waits_until_armed();
        person.acknowledges();
        person.sees("done: the chosen revision is the wanted one");
        person.closes();
        person.sees_phase("Paused");
        namespace.wait_phase("web", "Paused")?;
        argo_cd.begins();
        taken_back(&namespace, argo_cd, &mut person)?;
        walks(&mut person, &[("t", "image of app: rollgate.test/app:v1 -> rollgate.test/app:v2")]);
        person.sees("image of app: rollgate.test/app:v2 -> rollgate.test/app:v1");
        person.types("\x1b");
        // Escape and a key at once are another key.
        person.screen.read_for(Duration::from_millis(100));
        let left = person.leaves();
        assert_eq!(events(&left.ledger()?), ["acknowledged", "accepted", "observed"]);
        Ok(())
    })
}

/// A controller that stands still, and goes on again also where a case fails.
struct Still<'c>(&'c Cluster);

impl Drop for Still<'_> {
    fn drop(&mut self) {
        // Whoever needs it waits for it, and says so where it does not come.
        let _ = self.0.resume_controller();
    }
}

fn image_unseen(cluster: &Cluster) -> Outcome {
    let namespace = tracked(cluster, "heals-unseen")?;
    beside_argo_cd(&namespace, |argo_cd| {
        let mut person = before(&namespace);
        argo_cd.begins();
        cluster.pause_controller()?;
        let still = Still(cluster);
        sets_image(&mut person);
        cluster.wait_for("the image is put back", || {
            Ok((argo_cd.healed.load(Ordering::SeqCst) > 0).then_some(()))
        })?;
        drop(still);
        person.screen.be_patient(Duration::from_secs(60));
        person.sees_one_of(&["unclear:", "the controller has not acted for"]);
        assert!(!person.has("done:"), "{}", person.screen.text());
        person.closes();
        person.sees_phase("Healthy");
        let left = person.leaves();
        let rows = left.ledger()?;
        assert!(!events(&rows).contains(&"observed"), "{rows:?}");
        let rollout = namespace.rollout("web")?;
        assert_eq!(image_of(&rollout), argo_cd.image);
        Ok(())
    })
}

//! How the cast of a scenario comes onto the stage.
//!
//! It owns the manifests of a service and the order in which things are made: namespaces, templates, then each service
//! in the state in which its past left it. It never decides what that state is: the model's controllers did, in a
//! [`Mold`]. Invariant: nothing of the cast is in the history, which begins with the play.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::file::{File, Service};
use super::measures::Measures;
use super::mold::{Cast, Copy, Mold};
use super::{home, name, steps};
use crate::sim::objects::kind::{ANALYSIS_TEMPLATE, NAMESPACE, ROLLOUT, SERVICE};
use crate::sim::objects::{Kind, Order, Place};
use crate::sim::world::{World, lease};

/// How many copies one thread makes at a time.
const FEW: usize = 256;

/// Makes the cluster of a scenario as it stands at the beginning.
///
/// # Errors
/// What the API refuses of the cast.
pub(super) fn assemble(file: &File, seed: u64) -> Result<World, String> {
    let mut world = World::new(seed, file.begins, Box::new(Measures::new(seed, file.begins, &file.metric)));
    let oldest = file.service.iter().map(|service| service.age).max().unwrap_or_default();
    let founded = file.begins.checked_sub(oldest.0).unwrap_or(file.begins);
    let namespaces: BTreeSet<&str> =
        file.service.iter().flat_map(|service| &service.namespaces).map(String::as_str).collect();
    for namespace in [lease::NAMESPACE].into_iter().chain(namespaces.iter().copied()) {
        found(&mut world, namespace, file, founded)?;
    }
    for (nth, service) in file.service.iter().enumerate() {
        enter(&mut world, service, file, (seed, nth))?;
    }
    home::enter(&mut world, file, founded, seed)?;
    world.lead().map_err(|refusal| refusal.message)?;
    world.open();
    Ok(world)
}

/// Makes a namespace and the templates in it.
pub(super) fn found(world: &mut World, namespace: &str, file: &File, at: Timestamp) -> Result<(), String> {
    let value = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    make(world, &NAMESPACE, "", value, at)?;
    for template in &file.template {
        let mut value = manifest(&ANALYSIS_TEMPLATE, &template.name);
        value.insert("spec".into(), Value::Object(template.spec.clone()));
        make(world, &ANALYSIS_TEMPLATE, namespace, Value::Object(value), at)?;
    }
    Ok(())
}

fn make(
    world: &mut World,
    kind: &'static Kind,
    namespace: &str,
    value: Value,
    at: Timestamp,
) -> Result<(), String> {
    world.objects.create(kind, namespace, value, at).map(drop).map_err(|refusal| refusal.message)
}

/// Brings a service, or many, onto the stage.
fn enter(world: &mut World, service: &Service, file: &File, (seed, nth): (u64, usize)) -> Result<(), String> {
    let (name, namespace) = match service.count {
        1 => (name::of(&service.name, 0), service.namespaces.first().cloned().unwrap_or_default()),
        _ => (Mold::NAME.to_owned(), Mold::SPACE.to_owned()),
    };
    let past = lived(service, file, (&name, &namespace), seed)?;
    let mold = Mold::of(&past, (&name, &namespace), file.begins);
    let copies: Vec<Copy> = (0..service.count)
        .map(|copy| Copy {
            name: name::of(&service.name, copy),
            namespace: service
                .namespaces
                .get(copy % service.namespaces.len().max(1))
                .cloned()
                .unwrap_or_default(),
            seed: format!("{seed}/{nth}/{copy}"),
            spread: service.spread.0,
        })
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // Some at a time: what is made waits in memory until it has entered.
    for some in copies.chunks(FEW * threads) {
        all(&mold, some)?.into_iter().for_each(|cast| cast.enter(world));
    }
    Ok(())
}

/// Makes copies, on as many threads as they are worth; their order is that of the names in either case.
fn all(mold: &Mold, copies: &[Copy]) -> Result<Vec<Cast>, String> {
    let some = |copies: &[Copy]| copies.iter().map(|copy| mold.cast(copy)).collect::<Result<Vec<_>, _>>();
    let made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = copies.chunks(FEW).map(|part| scope.spawn(move || some(part))).collect();
        let joined = |thread: std::thread::ScopedJoinHandle<'_, _>| thread.join();
        threads.into_iter().map(joined).collect()
    });
    let mut casts = Vec::with_capacity(copies.len());
    for part in made {
        casts.extend(part.map_err(|_| "a copy could not be made".to_owned())??);
    }
    Ok(casts)
}

/// Lets a service live through its past in a world of its own.
fn lived(
    service: &Service,
    file: &File,
    (name, namespace): (&str, &str),
    seed: u64,
) -> Result<World, String> {
    let born = file.begins.checked_sub(service.age.0).map_err(|error| error.to_string())?;
    let mut world = World::new(seed, born, Box::new(Measures::new(seed, file.begins, &file.metric)));
    found(&mut world, namespace, file, born)?;
    for suffix in &service.services {
        let called = suffix.replace("{name}", name);
        create(&mut world, &SERVICE, namespace, kubernetes_service(&called, name))?;
    }
    create(&mut world, &ROLLOUT, namespace, rollout(service, name))?;
    let place = Place::new(&ROLLOUT, namespace, name);
    let mut past = service.past.clone();
    past.sort_by_key(|past| std::cmp::Reverse(past.ago));
    for past in past {
        world.advance(file.begins.checked_sub(past.ago.0).unwrap_or(born));
        let wish = steps::wish(&named(&past.order, name));
        world.order_now(&place, &wish).map_err(|refusal| format!("{name}: {}", refusal.message))?;
    }
    world.advance(file.begins);
    match world.history().fault() {
        Some(fault) => Err(format!("{name}: {fault}")),
        None => Ok(world),
    }
}

fn named(order: &super::file::Wanted, name: &str) -> super::file::Wanted {
    match order {
        super::file::Wanted::Image(image) => super::file::Wanted::Image(image.replace("{name}", name)),
        other => other.clone(),
    }
}

pub(super) fn create(
    world: &mut World,
    kind: &'static Kind,
    namespace: &str,
    value: Value,
) -> Result<(), String> {
    world.apply(Order::Create { kind, namespace, value }).map(drop).map_err(|refusal| refusal.message)
}

fn manifest(kind: &Kind, name: &str) -> Map<String, Value> {
    let mut value = Map::new();
    value.insert("apiVersion".into(), kind.api_version().into());
    value.insert("kind".into(), kind.kind.into());
    value.insert("metadata".into(), json!({"name": name}));
    value
}

fn kubernetes_service(called: &str, app: &str) -> Value {
    let mut value = manifest(&SERVICE, called);
    value.insert(
        "spec".into(),
        json!({"selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}]}),
    );
    Value::Object(value)
}

fn rollout(service: &Service, name: &str) -> Value {
    let mut spec = service.spec.clone();
    let image = service.image.replace("{name}", name);
    spec.insert("replicas".into(), service.replicas.into());
    spec.insert("selector".into(), json!({"matchLabels": {"app": name}}));
    spec.insert(
        "template".into(),
        json!({"metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "app", "image": image, "ports": [{"containerPort": 8080}]}]}}),
    );
    spec.insert("strategy".into(), replaced(&Value::Object(service.strategy.clone()), name));
    let mut value = manifest(&ROLLOUT, name);
    value.insert("spec".into(), Value::Object(spec));
    Value::Object(value)
}

/// Puts a service's name where `{name}` stands in any text of a value.
fn replaced(value: &Value, name: &str) -> Value {
    match value {
        Value::String(text) => text.replace("{name}", name).into(),
        Value::Array(all) => all.iter().map(|one| replaced(one, name)).collect(),
        Value::Object(all) => all.iter().map(|(key, one)| (key.clone(), replaced(one, name))).collect(),
        other => other.clone(),
    }
}

//! The embedded cluster for tests: a world, served, with a plain HTTP client of its own beside the program's.
//!
//! Time stands still unless a test moves it; the controllers of the model therefore never act by themselves. Nothing
//! here checks anything.

#![allow(dead_code)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use rollgate::clock::Clock;
use rollgate::config::{Connection, Environment};
use rollgate::sim::model::{Asked, Measured, Metrics};
use rollgate::sim::objects::{Order, Part, Patch, PatchKind, Place, Stored, kind};
use rollgate::sim::server::{self, Served, Settings};
use rollgate::sim::world::World;
use serde_json::{Value, json};

pub const NOW: &str = "2026-11-21T08:00:00Z";
pub const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A served world.
pub struct Embedded {
    pub world: Arc<Mutex<World>>,
    pub served: Served,
    client: Client<HttpConnector, Full<Bytes>>,
    folder: tempfile::TempDir,
}

/// A whole answer.
#[derive(Debug)]
pub struct Reply {
    pub code: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Code, reason and message of a Status.
    pub fn status(&self) -> (u16, String, String) {
        let status = self.json();
        assert_eq!(status["kind"], "Status", "{}", self.text);
        assert_eq!(status["code"], self.code);
        let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
        (self.code, text("reason"), text("message"))
    }
}

/// A world at [`NOW`] with the namespace `shop`.
pub fn world() -> World {
    let mut world = empty();
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}});
    world.apply(Order::Create { kind: &kind::NAMESPACE, namespace: "", value: namespace }).unwrap();
    world
}

fn empty() -> World {
    World::new(1, NOW.parse::<Timestamp>().unwrap(), Box::new(Unmeasured))
}

/// A source that has no measurements.
struct Unmeasured;

impl Metrics for Unmeasured {
    fn measure(&self, _: &Asked<'_>, _: Timestamp) -> Measured {
        Measured::Error("there is nothing to measure here".into())
    }
}

/// A Rollout as somebody would write it.
pub fn rollout(name: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "app", "image": "shop/app:v1"}]},
            },
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}]}},
        },
    })
}

impl Embedded {
    pub async fn start() -> Self {
        Self::with(world(), Settings::default()).await
    }

    pub async fn with(world: World, settings: Settings) -> Self {
        Self::in_time_of(Clock::Still(NOW.parse().unwrap()), world, settings).await
    }

    /// Serves a world whose time passes.
    pub async fn in_time_of(clock: Clock, world: World, settings: Settings) -> Self {
        let world = Arc::new(Mutex::new(world));
        let served = server::start(Arc::clone(&world), clock, settings).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { world, served, client, folder: tempfile::tempdir().unwrap() }
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something in the world, as its script would.
    pub fn turn<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let done = act(&mut self.world());
        self.served.poke();
        done
    }

    /// Makes a Rollout in the namespace `shop`.
    pub fn make(&self, name: &str) -> Arc<Stored> {
        let order = Order::Create { kind: &kind::ROLLOUT, namespace: "shop", value: rollout(name) };
        self.turn(|world| world.apply(order)).unwrap()
    }

    /// Merges a patch into a Rollout of the namespace `shop`.
    pub fn change(&self, name: &str, patch: &Value) -> Arc<Stored> {
        let place = place(name);
        let body = patch.to_string();
        let patch = Patch { kind: PatchKind::Merge, body: body.as_bytes() };
        self.turn(|world| world.apply(Order::Patch { place: &place, part: Part::Whole, patch })).unwrap()
    }

    pub fn remove(&self, name: &str) {
        let place = place(name);
        self.turn(|world| world.apply(Order::Delete { place: &place, terms: Default::default() })).unwrap();
    }

    pub fn version(&self) -> u64 {
        self.world().objects.version()
    }

    pub fn kubeconfig(&self) -> PathBuf {
        let path = self.folder.path().join("config");
        std::fs::write(&path, self.served.kubeconfig()).unwrap();
        path
    }

    /// Connects as the program does.
    pub async fn clients(&self) -> rollgate::cluster::Clients {
        let connection = Connection { kubeconfig: Some(self.kubeconfig()), ..Connection::default() };
        rollgate::cluster::Clients::connect(&connection, &Environment::default()).await.unwrap()
    }

    /// A request with the token and these headers.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> http::request::Builder {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("{}{path}", self.served.url()))
            .header("authorization", format!("Bearer {}", self.served.token()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let (head, body) = answer.expect("no answer in time").unwrap().into_parts();
        let bytes = tokio::time::timeout(PATIENCE, body.collect()).await.expect("no body in time").unwrap();
        let text = String::from_utf8(bytes.to_bytes().to_vec()).unwrap();
        Reply { code: head.status.as_u16(), headers: head.headers, text }
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let request = self.request(method, path, headers).body(Full::from(body.to_owned())).unwrap();
        self.send(request).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &[("content-type", "application/json")], &body.to_string()).await
    }

    pub async fn patch(&self, path: &str, sort: &str, body: &Value) -> Reply {
        let media = format!("application/{sort}-patch+json");
        self.ask("PATCH", path, &[("content-type", &media)], &body.to_string()).await
    }

    /// Opens a watch, or whatever else streams lines.
    pub async fn watch(&self, path: &str) -> Lines {
        self.watch_as(path, "application/json").await
    }

    pub async fn watch_as(&self, path: &str, accept: &str) -> Lines {
        let request = self.request("GET", path, &[("accept", accept)]).body(Full::default()).unwrap();
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        Lines { answer: answer.expect("no answer in time").unwrap(), begun: BytesMut::new() }
    }
}

pub fn place(name: &str) -> Place {
    Place::new(&kind::ROLLOUT, "shop", name)
}

/// A stream of events, line by line.
pub struct Lines {
    pub answer: Response<Incoming>,
    begun: BytesMut,
}

impl Lines {
    /// The next event, or how the stream ended.
    pub async fn next(&mut self) -> Result<Option<Value>, hyper::Error> {
        loop {
            if let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
                let line = self.begun.split_to(end + 1);
                return Ok(Some(serde_json::from_slice(&line).unwrap()));
            }
            let frame = tokio::time::timeout(PATIENCE, self.answer.body_mut().frame()).await;
            match frame.expect("nothing came in time") {
                Some(frame) => self.begun.extend_from_slice(frame?.data_ref().unwrap()),
                None => return Ok(None),
            }
        }
    }

    pub async fn event(&mut self) -> Value {
        self.next().await.unwrap().expect("the stream ended")
    }

    /// The next event in short: `ADDED web@7`.
    pub async fn word(&mut self) -> String {
        word(&self.event().await)
    }

    pub async fn words(&mut self, count: usize) -> Vec<String> {
        let mut words = Vec::new();
        for _ in 0..count {
            words.push(self.word().await);
        }
        words
    }
}

/// An event in short.
pub fn word(event: &Value) -> String {
    let metadata = &event["object"]["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} {}@{}", text(&event["type"]), text(&metadata["name"]), text(&metadata["resourceVersion"]))
}

//! The tests' own blocking connection to the API server, as the admin or any other user.
//!
//! Owns one small runtime and one client. Never retries and never hides an answer: an error carries the server's code.
//! Not for use inside another asynchronous runtime.

use std::fmt;
use std::path::Path;

use futures::{StreamExt, TryStreamExt, stream};
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

/// A blocking client of the test cluster's API server.
pub struct Api {
    runtime: Runtime,
    client: Client,
}

/// Why a request was not answered with success.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// The HTTP status code; `None` when no answer came.
    pub code: Option<u16>,
    /// The server's message, or what went wrong on the way.
    pub message: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(out, "{code}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

impl From<ApiError> for String {
    fn from(error: ApiError) -> Self {
        error.to_string()
    }
}

impl From<kube::Error> for ApiError {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self { code: Some(status.code), message: status.message.clone() },
            other => Self { code: None, message: chain(&other) },
        }
    }
}

impl Api {
    /// Connects as the user of a kubeconfig file; the server's certificate is verified.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn connect(kubeconfig: &Path) -> Result<Self, String> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
        let parsed = Kubeconfig::read_from(kubeconfig).map_err(|error| chain(&error))?;
        let client = runtime.block_on(async {
            let options = KubeConfigOptions::default();
            let config =
                Config::from_custom_kubeconfig(parsed, &options).await.map_err(|error| chain(&error))?;
            Client::try_from(config).map_err(|error| chain(&error))
        })?;
        Ok(Self { runtime, client })
    }

    /// Reads a path as text, such as `/readyz`.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn text(&self, path: &str) -> Result<String, ApiError> {
        let request = request(Method::GET, path, None, Vec::new())?;
        Ok(self.runtime.block_on(self.client.request_text(request))?)
    }

    /// Reads one object or list.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.send(Method::GET, path, None, Vec::new())
    }

    /// Creates an object in the collection at `path`.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn create(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.send(Method::POST, path, Some("application/json"), object.to_string().into_bytes())
    }

    /// Merges `change` into the object at `path` (RFC 7386).
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn merge(&self, path: &str, change: &Value) -> Result<Value, ApiError> {
        let kind = "application/merge-patch+json";
        self.send(Method::PATCH, path, Some(kind), change.to_string().into_bytes())
    }

    /// Applies a JSON Patch (RFC 6902) to the object at `path`.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn patch(&self, path: &str, operations: &Value) -> Result<Value, ApiError> {
        let kind = "application/json-patch+json";
        self.send(Method::PATCH, path, Some(kind), operations.to_string().into_bytes())
    }

    /// Applies a JSON Patch as it is spelled, byte for byte; the path may hold a query.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn patch_spelled(&self, path: &str, operations: &str) -> Result<Value, ApiError> {
        self.send(Method::PATCH, path, Some("application/json-patch+json"), operations.as_bytes().to_vec())
    }

    /// Applies a manifest on the server's side; the object is made when it is not there.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn apply(&self, path: &str, yaml: &str) -> Result<Value, ApiError> {
        let path = format!("{path}?fieldManager=test-cluster&force=true");
        self.send(Method::PATCH, &path, Some("application/apply-patch+yaml"), yaml.as_bytes().to_vec())
    }

    /// Deletes the object at `path`.
    ///
    /// # Errors
    /// The server's refusal or what went wrong on the way.
    pub fn delete(&self, path: &str) -> Result<Value, ApiError> {
        self.send(Method::DELETE, path, None, Vec::new())
    }

    /// Creates many objects over several connections at once, `at_once` requests on their way at any time.
    ///
    /// # Errors
    /// The first refusal.
    pub fn create_all(
        &self,
        objects: impl Iterator<Item = (String, Value)>,
        at_once: usize,
    ) -> Result<(), ApiError> {
        self.send_all(&Method::POST, "application/json", objects, at_once)
    }

    /// Merges many changes (RFC 7386), as [`Api::create_all`].
    ///
    /// # Errors
    /// The first refusal.
    pub fn merge_all(
        &self,
        changes: impl Iterator<Item = (String, Value)>,
        at_once: usize,
    ) -> Result<(), ApiError> {
        self.send_all(&Method::PATCH, "application/merge-patch+json", changes, at_once)
    }

    fn send_all(
        &self,
        method: &Method,
        kind: &str,
        bodies: impl Iterator<Item = (String, Value)>,
        at_once: usize,
    ) -> Result<(), ApiError> {
        let one = |(path, body): (String, Value)| {
            let request = request(method.clone(), &path, Some(kind), body.to_string().into_bytes());
            async move { self.client.request_text(request?).await.map(drop).map_err(ApiError::from) }
        };
        self.runtime.block_on(stream::iter(bodies.map(one)).buffer_unordered(at_once).try_collect::<()>())
    }

    fn send(&self, method: Method, path: &str, kind: Option<&str>, body: Vec<u8>) -> Result<Value, ApiError> {
        let request = request(method, path, kind, body)?;
        Ok(self.runtime.block_on(self.client.request::<Value>(request))?)
    }
}

fn request(
    method: Method,
    path: &str,
    kind: Option<&str>,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, ApiError> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(kind) = kind {
        request = request.header("Content-Type", kind);
    }
    request
        .body(body)
        .map_err(|error| ApiError { code: None, message: format!("bad request for {path}: {error}") })
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words = format!("{words}: {cause}");
        next = cause.source();
    }
    words
}

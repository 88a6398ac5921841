//! Owns the only way by which something is ordered of the policy service: the bytes that a person acknowledged, once.
//!
//! It never makes, changes or repeats a request. Invariants: a leave to send is used up by [`Errands::send`], which puts at most one
//! request on the wire; the service and the tenant are those that were shown; what leaves it open whether the service acted is a
//! doubt.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::Value;

use super::policy::{KEY, TENANT, code};
use super::prometheus::{opening, short};
use super::secret;
use super::trouble::Trouble;
use super::wire::{Body, Question, Reply as Heard, ask};
use crate::config::services::PolicyService;
use crate::operation::errand::{Dispatch, Reply, Run, path_of_run, path_of_runs};
use crate::text::Printable;

const IDEMPOTENCY: HeaderName = HeaderName::from_static("idempotency-key");

/// Sends errands to one policy service, and reads what came of them.
pub struct Errands {
    service: PolicyService,
}

impl Errands {
    /// Prepares to ask this service; nothing is sent yet.
    pub fn new(service: PolicyService) -> Self {
        Self { service }
    }

    /// Tells whether it goes to this service in the name of this tenant.
    pub fn is_at(&self, service: &str, tenant: &str) -> bool {
        service == self.service.reach.to_string() && tenant == self.service.tenant
    }

    /// Uses up a leave to send: one request, exactly as acknowledged, and how the service answered. Nothing is sent, and code 0 is
    /// answered, where it is too late, or where the service or the tenant is not the one that was shown.
    pub async fn send(&self, dispatch: Dispatch, now: Timestamp) -> Reply {
        let headers = match self.check(&dispatch, now) {
            Ok(()) => self.headers(dispatch.key()).await,
            Err(why) => Err(Printable::ours(why)),
        };
        let headers = match headers {
            Ok(headers) => headers,
            Err(why) => return Reply::Refused { code: 0, why },
        };
        let (path, body) = (&dispatch.request().path, dispatch.request().body.clone());
        let question =
            Question { endpoint: &self.service.reach, path, headers, body: Some(Body::Json(body)) };
        match ask(question).await {
            Ok(heard) => answer(&heard, dispatch.key().is_some()),
            Err(trouble) => lost(&trouble),
        }
    }

    /// Reads a run.
    ///
    /// # Errors
    /// Why that could not be read.
    pub async fn run(&self, id: &str) -> Result<Run, Printable> {
        let read = self.read(&path_of_run(id)).await?;
        Run::read(&read).ok_or_else(|| Printable::ours("the policy service answers with what is no run"))
    }

    /// Lists the newest runs of a workflow, newest first.
    ///
    /// # Errors
    /// Why they could not be read, or not whole.
    pub async fn runs(&self, workflow: &str) -> Result<Vec<Run>, Printable> {
        let read = self.read(&path_of_runs(workflow)).await?;
        Run::list(&read)
            .ok_or_else(|| Printable::ours("the policy service answers with what is no list of runs"))
    }

    async fn read(&self, path: &str) -> Result<Value, Printable> {
        let headers = self.headers(None).await?;
        let question = Question { endpoint: &self.service.reach, path, headers, body: None };
        let heard = ask(question).await.map_err(|trouble| Printable::from(trouble.to_string()))?;
        let read: Option<Value> = serde_json::from_slice(&heard.body).ok();
        match (code(&heard, read.as_ref()), read) {
            (200, Some(read)) => Ok(read),
            (code, _) => Err(Printable::from(format!("{path} answered {code}: {}", opening(&heard)))),
        }
    }

    fn check(&self, dispatch: &Dispatch, now: Timestamp) -> Result<(), &'static str> {
        let whither = dispatch.whither();
        if now > dispatch.not_after() {
            return Err("it was too late to send it");
        }
        if !self.is_at(whither.service.as_str(), whither.tenant.as_str()) {
            return Err("this was staged for another policy service than the one that is configured");
        }
        Ok(())
    }

    async fn headers(&self, key: Option<&str>) -> Result<Vec<(HeaderName, HeaderValue)>, Printable> {
        let wrong = |_| Printable::ours("the tenant or the key cannot be sent");
        let secret = secret::header(&self.service.api_key).await;
        let secret = secret.map_err(|trouble| Printable::from(trouble.to_string()))?;
        let mut headers = vec![(KEY, secret), (TENANT, self.service.tenant.parse().map_err(wrong)?)];
        if let Some(key) = key {
            headers.push((IDEMPOTENCY, key.parse().map_err(wrong)?));
        }
        Ok(headers)
    }
}

/// Says what it means that there was no answer: what never left, or was not trusted, was surely not done.
fn lost(trouble: &Trouble) -> Reply {
    let why = Printable::from(trouble.to_string());
    match trouble {
        Trouble::Unreachable { .. }
        | Trouble::Barred { .. }
        | Trouble::Distrusted { .. }
        | Trouble::Secret { .. } => Reply::Refused { code: 0, why },
        Trouble::Silent { .. } | Trouble::Broken { .. } | Trouble::Large { .. } | Trouble::Encoded { .. } => {
            Reply::Unknown { why }
        }
    }
}

/// Says what an answer to a post means. A key that is used already is the errand's own, so that something of it is under way (Cordum:
/// handlers_workflows.go, `handleStartRun`).
fn answer(heard: &Heard, keyed: bool) -> Reply {
    let read: Option<Value> = serde_json::from_slice(&heard.body).ok();
    let text = |name: &str| read.as_ref()?.get(name)?.as_str().filter(|text| !text.is_empty());
    let (code, said) = (code(heard, read.as_ref()), text("error").map(short));
    let unknown = || {
        let why = said.clone().unwrap_or_else(|| opening(heard));
        Reply::Unknown { why: Printable::from(format!("the policy service answered {code}: {why}")) }
    };
    match (code, &said, text("run_id")) {
        (200, None, Some(run)) => Reply::Named { run: Arc::from(run) },
        (409, _, _) if keyed => unknown(),
        // What stands before a service may refuse what it let pass; the service's own refusals bear its words.
        (400..=499, Some(why), _) if code != 408 => Reply::Refused { code, why: why.clone() },
        (401 | 403 | 404 | 405 | 413, None, _) => Reply::Refused { code, why: opening(heard) },
        _ => unknown(),
    }
}

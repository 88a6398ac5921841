//! Owns the connections to one cluster: one for questions, one for watches, one for looks that nobody waits for, and a
//! fresh one for each write.
//!
//! All of them come of one pinned access and share one credential. None repeats a request by itself, none follows a redirect, and each question has a deadline. When the server refuses the credentials, the
//! kubeconfig is read again for the *same* context, and refused if it now names another server. Invariant: an
//! [`Identity`] stays as it was when the program started.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::client::Body;

use super::AGENT;
use super::credential::Remedy;
use super::fault::Fault;
use super::identity::{self, Identity, IdentityError};
use crate::clock;
use crate::config::{Connection, Environment};

mod lines;
mod look;
mod review;
mod timely;
mod wire;

use lines::Lines;
use look::Dates;
use timely::Latest;

/// How long a question may take, unless `--request-timeout` says otherwise.
const LONGEST: Duration = Duration::from_secs(30);

/// The header by which API priority and fairness marks what it looked at (flowcontrol.apiserver.k8s.io).
const CLASSIFIED: &str = "x-kubernetes-pf-flowschema-uid";

/// The largest answer to a question, in bytes.
const LARGEST: usize = 256 << 20;

/// The least time between two readings of the kubeconfig.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(3);

/// The connections to one cluster; cheap to clone.
#[derive(Clone)]
pub struct Clients {
    shared: Arc<Shared>,
}

struct Shared {
    identity: Identity,
    pinned: Connection,
    environment: Environment,
    lines: RwLock<Arc<Lines>>,
    renewed: tokio::sync::Mutex<Option<Instant>>,
    dates: Dates,
}

/// The answer to a write.
pub(super) struct Written {
    pub(super) status: StatusCode,
    /// What its `Retry-After` header says in seconds.
    pub(super) retry_after: Option<Duration>,
    /// Whether API priority and fairness says that it looked at the request.
    pub(super) classified: bool,
    pub(super) body: Bytes,
}

impl Clients {
    /// Resolves who acts where and prepares the connections; nothing is sent yet.
    ///
    /// # Errors
    /// One sentence that names the file, the context and what to do.
    pub async fn connect(connection: &Connection, environment: &Environment) -> Result<Self, IdentityError> {
        super::tls::install();
        let access = resolve(connection.clone(), environment.clone()).await?;
        let (identity, pinned) = (access.identity.clone(), access.pinned.clone());
        let lines = RwLock::new(Arc::new(Lines::new(access, 0).await?));
        let renewed = tokio::sync::Mutex::new(None);
        let (environment, dates) = (environment.clone(), Dates::default());
        let shared = Shared { identity, pinned, environment, lines, renewed, dates };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns who acts where.
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Asks a question and returns the whole answer. Asked once more if the server refused old credentials.
    pub(super) async fn ask(&self, request: &Request<Bytes>) -> Result<Bytes, Fault> {
        let longest = self.longest();
        let asked = async {
            let response = self.send(request, Line::Unary).await?;
            collect(response, LARGEST).await
        };
        tokio::time::timeout(longest, asked).await.unwrap_or(Err(Fault::Silent { after: longest }))
    }

    /// Returns how long a question may take.
    pub(super) fn longest(&self) -> Duration {
        self.shared.pinned.request_timeout.unwrap_or(LONGEST)
    }

    /// Opens a stream; the caller reads it, and decides how long it waits for it.
    pub(super) async fn open(&self, request: &Request<Bytes>) -> Result<Response<Body>, Fault> {
        self.send(request, Line::Watch).await
    }

    /// Sends a write exactly once, over a connection that no other request used.
    ///
    /// A pooled connection may have died unnoticed, which would make a plain "cannot connect" an unknown outcome.
    /// Nothing leaves later than `latest`, by [`clock::steady`], however long credentials and connection took.
    pub(super) async fn write(
        &self,
        request: Request<Bytes>,
        longest: Duration,
        latest: Duration,
    ) -> Result<Written, Fault> {
        let lines = self.lines();
        let late = || Fault::Credential { why: "the credentials could not be had in time".into() };
        let header = tokio::time::timeout(longest, lines.credential.header()).await.map_err(|_| late())??;
        let (mut parts, body) = request.into_parts();
        put(&mut parts.headers, header.clone());
        let client = lines.fresh().await?;
        if clock::steady() > latest {
            return Err(late());
        }
        parts.extensions.insert(Latest(latest));
        let sent = async {
            let response = client.send(Request::from_parts(parts, Body::from(body))).await;
            let response = response.map_err(|error| match timely::is_late(&error) {
                // It is too late for another try too.
                true => late_body(),
                false => Fault::of(&error),
            })?;
            let status = response.status();
            let retry_after = retry_after(response.headers());
            let classified = response.headers().contains_key(CLASSIFIED);
            if status == StatusCode::UNAUTHORIZED {
                lines.credential.refused(header.as_ref()).await;
            }
            let body = collect(response, LARGEST).await?;
            Ok(Written { status, retry_after, classified, body })
        };
        tokio::time::timeout(longest, sent).await.unwrap_or(Err(Fault::Silent { after: longest }))
    }

    /// Lets a credential plugin that failed be asked again at once, and reads the kubeconfig again.
    ///
    /// # Errors
    /// Says why the kubeconfig cannot be used any more.
    pub async fn log_in_again(&self) -> Result<(), Fault> {
        let lines = self.lines();
        lines.credential.forgive().await;
        self.renew(lines.generation, Duration::ZERO).await.map(|_| ())
    }

    /// Sends a question; once more if the credentials were refused and others could be had.
    async fn send(&self, request: &Request<Bytes>, line: Line) -> Result<Response<Body>, Fault> {
        let mut lines = self.lines();
        if lines.credential.ended().await {
            self.renew(lines.generation, BETWEEN_RENEWALS).await?;
            lines = self.lines();
        }
        let header = lines.credential.header().await?;
        let answered = self.send_once(&lines, request, header.clone(), line).await;
        if answered.as_ref().err().and_then(Fault::code) != Some(401) {
            return answered;
        }
        match lines.credential.refused(header.as_ref()).await {
            Remedy::Wait => return answered,
            Remedy::SendAgain => {}
            Remedy::ReadAgain if self.renew(lines.generation, BETWEEN_RENEWALS).await? => {
                lines = self.lines()
            }
            Remedy::ReadAgain => return answered,
        }
        let header = lines.credential.header().await?;
        self.send_once(&lines, request, header, line).await
    }

    async fn send_once(
        &self,
        lines: &Lines,
        request: &Request<Bytes>,
        header: Option<HeaderValue>,
        line: Line,
    ) -> Result<Response<Body>, Fault> {
        let mut sent = request.clone().map(Body::from);
        put(sent.headers_mut(), header);
        let client = match line {
            Line::Unary => &lines.unary,
            Line::Look => &lines.look,
            Line::Watch => {
                // Kubernetes ≥ 1.37 compresses each event by itself, which the decoder below kube does not read.
                sent.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
                &lines.watch
            }
        };
        let began = Instant::now();
        let response = client.send(sent).await.map_err(|error| Fault::of(&error))?;
        self.shared.dates.note(&response, began);
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let wait = retry_after(response.headers());
        let body = collect(response, 1 << 20).await.unwrap_or_default();
        Err(Fault::of_answer(status.as_u16(), &body).after(wait))
    }

    fn lines(&self) -> Arc<Lines> {
        self.shared.lines.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the kubeconfig again for the pinned context; tells whether this, or somebody since `seen`, has done so.
    async fn renew(&self, seen: u64, least: Duration) -> Result<bool, Fault> {
        let mut renewed = self.shared.renewed.lock().await;
        if self.lines().generation != seen {
            return Ok(true);
        }
        if renewed.is_some_and(|at| at.elapsed() < least) {
            return Ok(false);
        }
        *renewed = Some(Instant::now());
        let refused = |error: IdentityError| Fault::Credential { why: error.to_string().into() };
        let access =
            resolve(self.shared.pinned.clone(), self.shared.environment.clone()).await.map_err(refused)?;
        if access.identity.server != self.shared.identity.server {
            return Err(refused(IdentityError::Moved { context: self.shared.identity.context.to_string() }));
        }
        let lines = Arc::new(Lines::new(access, seen + 1).await.map_err(refused)?);
        *self.shared.lines.write().unwrap_or_else(PoisonError::into_inner) = lines;
        Ok(true)
    }
}

/// Says that the request was held back because it was too late for it; its head may have left, and is no request alone.
fn late_body() -> Fault {
    Fault::Late { why: timely::Late.to_string().into() }
}

/// Reads `Retry-After` in its form of seconds (RFC 9110 §10.2.3), which API servers write.
fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[derive(Clone, Copy)]
enum Line {
    Unary,
    Look,
    Watch,
}

fn put(headers: &mut http::HeaderMap, authorization: Option<HeaderValue>) {
    if !headers.contains_key(USER_AGENT) {
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    }
    if !headers.contains_key(ACCEPT) {
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    }
    if let Some(value) = authorization {
        headers.insert(AUTHORIZATION, value);
    }
}

async fn resolve(pinned: Connection, environment: Environment) -> Result<identity::Access, IdentityError> {
    // Files may lie on a slow disk: never on a thread that draws or reads keys.
    let resolving = tokio::task::spawn_blocking(move || identity::resolve(&pinned, &environment)).await;
    resolving
        .unwrap_or_else(|e| Err(IdentityError::Credential { context: String::new(), why: e.to_string() }))
}

async fn collect(response: Response<Body>, largest: usize) -> Result<Bytes, Fault> {
    let collected = Limited::new(response.into_body(), largest).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        let why = crate::text::causes::chain(error.as_ref()).into();
        if error.is::<LengthLimitError>() { Fault::Unreadable { why } } else { Fault::Broken { why } }
    })
}

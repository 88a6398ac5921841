//! Owns the dry run: a staged order's exact request, of which the server stores nothing (`dryRun=All`).
//!
//! Rights, guards and admission are exercised as by the order itself. It takes a [`Rehearsal`], which is no leave to send, and
//! never goes through [`super::super::dispatch`]; nothing but a [`Dispatch`](crate::operation::Dispatch) lets anything be
//! stored. Invariants: what goes out says `dryRun=All`; nothing goes out where no rule allows the order itself.

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, USER_AGENT};
use serde::Deserialize;

use super::eye::failed;
use crate::capability::sight::{Answer, Trial};
use crate::capability::{Act, Sight};
use crate::cluster::AGENT;
use crate::cluster::client::Clients;
use crate::cluster::fault::{Fault, Refusal};
use crate::operation::{Kind, Policy, Rehearsal};

/// What the server says of a patch of which a guard fails, or names what is not there (apiserver: handlers/patch.go); a
/// refusal by admission has the same code and words of its own.
const GUARD_FAILED: &str = "the server rejected our request due to an error in our request";
/// What the server says where a webhook may have effects beside its answer (apiserver: webhook/errors/statuserror.go).
const UNTRIED: &str = "does not support dry run";

/// What the server says where a right is missing, and not where admission refuses (apiserver: handlers/responsewriters).
const UNAUTHORIZED: &str = " cannot patch resource \"";

/// Tries an order without storing anything; nothing comes of an order that no row speaks of (to terminate a run).
///
/// Takes at most 5 s.
pub async fn try_run(clients: &Clients, policy: &Policy, rehearsal: &Rehearsal) -> Option<Sight> {
    let act = act(rehearsal.kind())?;
    let answer = match check(clients, policy, rehearsal) {
        Err(why) => Answer::Failed { why: why.into() },
        Ok(request) => of(clients.look(&request).await, rehearsal),
    };
    Some(Sight::Trial(rehearsal.target().key.clone(), act, answer))
}

/// Returns the row that speaks of a kind of order; none does of the end of a run.
fn act(kind: Kind) -> Option<Act> {
    match kind {
        Kind::Promote | Kind::PromoteTo | Kind::PromoteFull => Some(Act::Promote),
        Kind::Pause | Kind::Resume => Some(Act::PauseResume),
        Kind::Abort | Kind::Retry => Some(Act::AbortRetry),
        Kind::Cancel | Kind::Undo | Kind::SetImage | Kind::Restart => Some(Act::ChangeTemplate),
        Kind::Terminate => None,
    }
}

/// Makes the request, unless it is not for here, not allowed, or would be stored.
fn check(clients: &Clients, policy: &Policy, rehearsal: &Rehearsal) -> Result<Request<Bytes>, &'static str> {
    let (identity, target, staged) = (clients.identity(), rehearsal.target(), rehearsal.request());
    if target.context != identity.context || target.server != identity.server {
        return Err("this was staged for another cluster than the one this program is connected to");
    }
    if policy.terms(target.context.as_str(), &target.key, rehearsal.kind()).is_err() {
        return Err("no rule allows this here, so it is not tried either");
    }
    let (path, query) = staged.path.split_once('?').unwrap_or((&staged.path, ""));
    if !query.split('&').any(|part| part == "dryRun=All") {
        return Err("this is no dry run");
    }
    let site = rehearsal.site();
    let rest = path.strip_prefix(&site.kind.path(&target.key.namespace, &site.name));
    if !rest.is_some_and(|rest| rest.is_empty() || rest == "/status") {
        return Err("the path of the request is not that of the object it was staged for");
    }
    let request = Request::builder().method(staged.method).uri(&staged.path);
    let request = request.header(CONTENT_TYPE, staged.content_type);
    let request = request.header(USER_AGENT, format!("{AGENT} dry-run"));
    request.body(Bytes::copy_from_slice(staged.body.as_bytes())).map_err(|_| "this is no request")
}

/// Says what the server's answer means.
fn of(answered: Result<Bytes, Fault>, rehearsal: &Rehearsal) -> Answer<Trial> {
    let fault = match answered {
        Ok(body) => return accepted(&body, rehearsal),
        Err(fault) => fault,
    };
    match &fault {
        Fault::Status(Refusal { code: 400, message, .. }) if message.as_str().contains(UNTRIED) => {
            Answer::Failed { why: format!("it cannot be tried: {message}").into() }
        }
        Fault::Status(Refusal { code: 422, message, .. }) if message.as_str() == GUARD_FAILED => {
            Answer::Seen(Trial::Overtaken)
        }
        Fault::Status(Refusal { code: 409, .. }) => Answer::Seen(Trial::Overtaken),
        Fault::Status(Refusal { code: 401 | 408 | 429, .. }) => failed(&fault),
        Fault::Status(Refusal { code: 404, by_api_server: true, message, reason, .. })
            if reason == "NotFound" =>
        {
            Answer::Missing { why: message.clone() }
        }
        Fault::Status(Refusal { code: 403, message, .. }) if message.as_str().contains(UNAUTHORIZED) => {
            Answer::Forbidden { why: message.clone() }
        }
        Fault::Status(Refusal { code, message, .. }) if (400..500).contains(code) => {
            Answer::Seen(Trial::Refused { why: message.clone() })
        }
        fault => Answer::Failed { why: fault.to_string().into() },
    }
}

/// Takes a yes, if it shows the object that was meant.
fn accepted(body: &Bytes, rehearsal: &Rehearsal) -> Answer<Trial> {
    #[derive(Deserialize)]
    struct Shown {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        #[serde(default)]
        uid: String,
    }
    match serde_json::from_slice::<Shown>(body) {
        Ok(shown) if shown.metadata.uid == *rehearsal.site().uid => Answer::Seen(Trial::Accepted),
        _ => Answer::Failed {
            why: "the server answered with something else than the object that was meant".into(),
        },
    }
}

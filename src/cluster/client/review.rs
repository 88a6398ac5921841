//! Owns the question "who am I?", as the server answers it (SelfSubjectReview, since Kubernetes 1.28).
//!
//! The question is a POST that stores nothing, so it may be asked again.

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::Clients;
use crate::cluster::fault::Fault;
use crate::text::Printable;

const PATH: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const QUESTION: &[u8] = br#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;

#[derive(Deserialize)]
struct Review {
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    user_info: UserInfo,
}

#[derive(Deserialize)]
struct UserInfo {
    username: String,
}

impl Clients {
    /// Asks the server by which name it knows the user.
    ///
    /// # Errors
    /// How the question failed; the kubeconfig's name ([`crate::cluster::Identity::user`]) then has to do.
    pub async fn reviewed_user(&self) -> Result<Printable, Fault> {
        let unsent = |e: http::Error| Fault::Unsent { why: e.to_string().into() };
        let request = Request::post(PATH).header(CONTENT_TYPE, "application/json");
        let request = request.body(Bytes::from_static(QUESTION)).map_err(unsent)?;
        let answer = self.ask(&request).await?;
        let review: Review = serde_json::from_slice(&answer).map_err(|e| Fault::unreadable(&e))?;
        Ok(Printable::from_cluster(&review.status.user_info.username))
    }
}

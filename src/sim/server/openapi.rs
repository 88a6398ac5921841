//! Just enough OpenAPI for kubectl: which kinds can be patched, that fields are validated by the server, and for
//! `kubectl explain` which fields Argo's kinds have.
//!
//! It owns these documents alone (cli-runtime: pkg/resource/query_param_verifier_v3.go and kubectl: pkg/explain/v2 say what
//! is read of them). It never describes a field of a built-in kind. Invariant: every kind has its PATCH.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::answer::{self, Answer};
use super::discovery::groups;
use crate::sim::objects::{self, KINDS, Kind};

/// Answers a document; nothing where there is none.
pub(super) fn document(segments: &[String], accept: &str) -> Option<Answer> {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    let document = match words.as_slice() {
        // As protobuf, which is how kubectl asks first, there is none.
        ["openapi", "v2"] if !accept.contains("json") && !accept.contains("*/*") && !accept.is_empty() => {
            let message = "only the following media types are accepted: application/json";
            return Some(answer::refused(&crate::sim::objects::Refusal::bare(406, "NotAcceptable", message)));
        }
        ["openapi", "v2"] => json!({"swagger": "2.0", "info": info(), "paths": {}, "definitions": {}}),
        ["openapi", "v3"] => {
            let path = |(group, version): (&str, &str)| match group {
                "" => format!("api/{version}"),
                group => format!("apis/{group}/{version}"),
            };
            let one = |path: String| {
                let url = format!("/openapi/v3/{path}?hash={}", env!("CARGO_PKG_VERSION"));
                (path, json!({"serverRelativeURL": url}))
            };
            let paths: Map<String, Value> = groups().into_iter().map(path).map(one).collect();
            json!({"paths": paths})
        }
        ["openapi", "v3", "api", version] => of("", version)?,
        ["openapi", "v3", "apis", group, version] => of(group, version)?,
        _ => return None,
    };
    Some(answer::json(StatusCode::OK, &document))
}

fn info() -> Value {
    json!({"title": "Kubernetes", "version": "v1.34.1"})
}

fn of(group: &str, version: &str) -> Option<Value> {
    groups().into_iter().find(|one| *one == (group, version))?;
    let kinds = KINDS.iter().copied().filter(|kind| kind.group == group && kind.version == version);
    let paths: Map<String, Value> = kinds.map(|kind| (path(kind), json!({"patch": patch(kind)}))).collect();
    let kinds = KINDS.iter().copied().filter(|kind| kind.group == group && kind.version == version);
    let schemas: Map<String, Value> = kinds.filter_map(schema).collect();
    Some(json!({"openapi": "3.0.0", "info": info(), "paths": paths, "components": {"schemas": schemas}}))
}

/// Names and describes what an object of a kind may contain, where that is known.
fn schema(kind: &Kind) -> Option<(String, Value)> {
    let mut schema = objects::openapi(kind)?;
    let Kind { group, version, kind, .. } = kind;
    let told = schema.as_object_mut()?;
    let meant = json!([{"group": group, "version": version, "kind": kind}]);
    told.insert("x-kubernetes-group-version-kind".to_owned(), meant);
    let words = format!("{kind} of Argo Rollouts v1.9.1, as this program's own cluster knows it.");
    told.insert("description".to_owned(), Value::String(words));
    Some((format!("io.argoproj.{version}.{kind}"), schema))
}

fn path(kind: &Kind) -> String {
    let root = if kind.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", kind.group) };
    let namespace = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
    format!("{root}/{}{namespace}/{}/{{name}}", kind.version, kind.plural)
}

fn patch(kind: &Kind) -> Value {
    let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
    // Built-in kinds take strategic merge patches too; kubectl then knows their lists better than this would tell it.
    let media = ["application/json-patch+json", "application/merge-patch+json"];
    let content: Map<String, Value> =
        media.into_iter().map(|media| (media.to_owned(), json!({"schema": {"type": "object"}}))).collect();
    let parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map(parameter);
    json!({
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "parameters": parameters,
        "requestBody": {"content": content},
        "responses": {"200": {"description": "OK"}},
    })
}

//! What a path and a method ask for: a verb on a kind, a namespace, a name and a part.
//!
//! It owns the shape of the API's paths (apiserver: pkg/endpoints/request/requestinfo.go). It never reads a body or an
//! object. Invariant: a route names a kind that is served; everything else is another page or nothing.

use http::Method;

use super::query::{Query, decoded};
use crate::sim::objects::kind::NAMESPACE;
use crate::sim::objects::{Kind, Part};

/// What is asked of the objects of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// One object.
    Get,
    /// All of a collection.
    List,
    /// A collection, or one object, as it changes.
    Watch,
    /// A new object.
    Create,
    /// Another object in place of one.
    Update,
    /// A change of one object.
    Patch,
    /// One object less.
    Delete,
    /// A collection less.
    DeleteCollection,
}

impl Verb {
    /// The verb as rights and messages spell it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// Tells whether it changes objects.
    pub(super) fn writes(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

/// A request about objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// What is asked.
    pub(super) verb: Verb,
    /// Of which kind.
    pub(super) kind: &'static Kind,
    /// In which namespace; `None` for all, and for kinds without.
    pub(super) namespace: Option<String>,
    /// Which object; `None` for a collection.
    pub(super) name: Option<String>,
    /// Which part of it.
    pub(super) part: Part,
    /// Whether a pod is to be evicted (`pods/NAME/eviction`), which is a way to delete it.
    pub(super) evicts: bool,
}

/// What a path stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Objects.
    Objects(Route),
    /// Objects, by a method that their path does not take.
    NotAllowed(&'static Kind),
    /// A question about the caller's own rights or name, by the plural of its kind.
    Review(&'static str),
    /// What the server serves.
    Discovery(Vec<String>),
    /// How what it serves is described.
    OpenApi(Vec<String>),
    /// Which version of Kubernetes it speaks.
    Version,
    /// Whether it is up.
    Health,
    /// Nothing.
    Nowhere,
}

/// The reviews: what is created is an answer, and nothing is stored.
pub(super) const REVIEWS: [(&str, &str, &str); 3] = [
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
];

/// Finds what a request is about.
pub(super) fn page(method: &Method, path: &str, query: &Query) -> Page {
    let segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decoded).collect();
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["version"] => Page::Version,
        ["readyz" | "livez" | "healthz", ..] => Page::Health,
        ["openapi", ..] => Page::OpenApi(segments),
        [] | ["api"] | ["api", _] | ["apis"] | ["apis", _] | ["apis", _, _] => Page::Discovery(segments),
        ["apis", group, "v1", plural] => match review(group, plural) {
            Some(plural) if *method == Method::POST => Page::Review(plural),
            _ => objects(method, (group, "v1"), &[plural], query),
        },
        ["api", version, rest @ ..] => objects(method, ("", version), rest, query),
        ["apis", group, version, rest @ ..] => objects(method, (group, version), rest, query),
        _ => Page::Nowhere,
    }
}

fn review(group: &str, plural: &str) -> Option<&'static str> {
    REVIEWS.iter().find(|(of, name, _)| *of == group && *name == plural).map(|(_, name, _)| *name)
}

fn objects(method: &Method, (group, version): (&str, &str), rest: &[&str], query: &Query) -> Page {
    let (namespace, rest) = match rest {
        // What follows a namespace's name is a kind, unless it is a part of the namespace itself.
        ["namespaces", namespace, part, ..] if *part != "status" && *part != "finalize" => {
            (Some(*namespace), rest.get(2..).unwrap_or_default())
        }
        _ => (None, rest),
    };
    let (plural, name, part) = match rest {
        [plural] => (*plural, None, None),
        [plural, name] => (*plural, Some(*name), None),
        [plural, name, part] => (*plural, Some(*name), Some(*part)),
        _ => return Page::Nowhere,
    };
    let Some(kind) = Kind::by_path(group, version, plural) else { return Page::Nowhere };
    // An object in a namespace is not found without it; a kind without namespaces not in one.
    if (namespace.is_some() && !kind.namespaced) || (namespace.is_none() && kind.namespaced && name.is_some())
    {
        return Page::Nowhere;
    }
    let evicts = part == Some("eviction") && kind.plural == "pods" && *method == Method::POST;
    let part = match part {
        None => Part::Whole,
        Some("status") => Part::Status,
        Some("scale") => Part::Scale,
        Some(_) if evicts => Part::Whole,
        Some(_) => return Page::Nowhere,
    };
    if !kind.has(part) {
        return Page::Nowhere;
    }
    let one = name.is_some() && !evicts;
    match verb(method, one, part, query.flag("watch") == Some(true)) {
        Some(verb) => Page::Objects(Route {
            verb,
            kind,
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
            part,
            evicts,
        }),
        None => Page::NotAllowed(kind),
    }
}

fn verb(method: &Method, one: bool, part: Part, watches: bool) -> Option<Verb> {
    let whole = part == Part::Whole;
    match (method.as_str(), one) {
        ("GET", true) => Some(Verb::Get),
        ("GET", false) if watches => Some(Verb::Watch),
        ("GET", false) => Some(Verb::List),
        ("POST", false) => Some(Verb::Create),
        ("PUT", true) => Some(Verb::Update),
        ("PATCH", true) => Some(Verb::Patch),
        ("DELETE", true) if whole => Some(Verb::Delete),
        ("DELETE", false) => Some(Verb::DeleteCollection),
        _ => None,
    }
}

impl Route {
    /// The resource as rights and messages name it: `rollouts`, `rollouts/status`.
    pub(super) fn resource(&self) -> String {
        let part = match self.part {
            _ if self.evicts => "/eviction",
            Part::Whole => "",
            Part::Status => "/status",
            Part::Scale => "/scale",
        };
        format!("{}{part}", self.kind.plural)
    }

    /// The namespace that the request is judged by: of a Namespace, itself.
    pub(super) fn judged_namespace(&self) -> &str {
        match &self.namespace {
            Some(namespace) => namespace,
            None if *self.kind == NAMESPACE => self.name.as_deref().unwrap_or_default(),
            None => "",
        }
    }
}

#[cfg(test)]
mod tests;

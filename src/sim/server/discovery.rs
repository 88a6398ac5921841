//! What the server says of itself: groups, versions, kinds, and which Kubernetes it speaks.
//!
//! It owns discovery in both shapes, group by group and all at once (`APIGroupDiscoveryList`). It never names a kind
//! that is not served. Invariant: everything is made from the one table of kinds, in its order.

use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::route::REVIEWS;
use crate::sim::objects::kind::NAMESPACE;
use crate::sim::objects::{KINDS, Kind, Part};

const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const PART_VERBS: [&str; 3] = ["get", "patch", "update"];

const AGGREGATED: [(&str, &str); 2] = [
    ("v2", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
    ("v2beta1", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"),
];

/// Answers which version of Kubernetes is spoken; the part behind `+` says that it is not one.
pub(super) fn version() -> Answer {
    let version = json!({
        "major": "1", "minor": "34", "emulationMajor": "1", "emulationMinor": "34",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "33",
        "gitVersion": "v1.34.1+rollgate", "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "", "compiler": "", "platform": concat!("embedded/", env!("CARGO_PKG_VERSION")),
    });
    answer::json(StatusCode::OK, &version)
}

/// Answers a page of discovery; nothing where there is no such group.
pub(super) fn discover(segments: &[String], accept: &str) -> Option<Answer> {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let ["api"] | ["apis"] = words.as_slice()
        && let Some((version, media)) = aggregated(accept)
    {
        let list = everything(words == ["api"], version);
        return Some(answer::whole(StatusCode::OK, media, format!("{list}\n")));
    }
    let page = match words.as_slice() {
        [] => json!({"paths": paths()}),
        ["api"] => json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": ""}],
        }),
        ["apis"] => {
            let groups: Vec<Value> = groups().into_iter().skip(1).map(group).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        ["apis", name] => {
            let found = groups().into_iter().find(|(group, _)| group == name)?;
            let mut page = group(found);
            let map = page.as_object_mut()?;
            map.insert("kind".to_owned(), "APIGroup".into());
            map.insert("apiVersion".to_owned(), "v1".into());
            page
        }
        ["api", version] => resources("", version)?,
        ["apis", group, version] => resources(group, version)?,
        _ => return None,
    };
    Some(answer::json(StatusCode::OK, &page))
}

/// The shape in which all is told at once, where the caller prefers it.
fn aggregated(accept: &str) -> Option<(&'static str, &'static str)> {
    let asked = |clause: &str| {
        let has = |part: &str| clause.split(';').any(|one| one.trim() == part);
        let wanted = has("as=APIGroupDiscoveryList") && has("g=apidiscovery.k8s.io");
        AGGREGATED.into_iter().find(|(version, _)| wanted && has(&format!("v={version}")))
    };
    accept.split(',').find_map(asked)
}

/// Groups with their versions, the core group first.
pub(super) fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups = vec![("", "v1")];
    let kinds = KINDS.iter().map(|kind| (kind.group, kind.version));
    for one in kinds.chain(REVIEWS.iter().map(|(group, _, _)| (*group, "v1"))) {
        if !groups.contains(&one) {
            groups.push(one);
        }
    }
    groups
}

fn paths() -> Vec<String> {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (group, version) in groups().into_iter().skip(1) {
        paths.push(format!("/apis/{group}"));
        paths.push(format!("/apis/{group}/{version}"));
    }
    paths.extend(["/healthz", "/livez", "/openapi/v3", "/readyz", "/version"].map(str::to_owned));
    paths
}

fn group((name, version): (&str, &str)) -> Value {
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn kinds_of(group: &str, version: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().filter(move |kind| kind.group == group && kind.version == version)
}

fn verbs(kind: &Kind) -> Vec<&'static str> {
    VERBS.into_iter().filter(|verb| *kind != NAMESPACE || *verb != "deletecollection").collect()
}

/// Parts that a kind has besides the whole: name in paths, and the kind that is answered.
fn parts(
    kind: &'static Kind,
) -> impl Iterator<Item = (&'static str, (&'static str, &'static str, &'static str))> {
    let all = [
        (Part::Status, "status", (kind.group, kind.version, kind.kind)),
        (Part::Scale, "scale", ("autoscaling", "v1", "Scale")),
    ];
    all.into_iter().filter(|(part, ..)| kind.has(*part)).map(|(_, name, answered)| (name, answered))
}

fn resources(group: &str, version: &str) -> Option<Value> {
    let mut resources = Vec::new();
    for kind in kinds_of(group, version) {
        let mut one = json!({
            "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
            "verbs": verbs(kind),
        });
        lists(&mut one, kind);
        resources.push(one);
        for (part, (group, version, kind_answered)) in parts(kind) {
            let mut one = json!({
                "name": format!("{}/{part}", kind.plural), "singularName": "", "namespaced": kind.namespaced,
                "kind": kind_answered, "verbs": PART_VERBS,
            });
            if let Some(map) = one.as_object_mut().filter(|_| group != kind.group) {
                map.insert("group".to_owned(), group.into());
                map.insert("version".to_owned(), version.into());
            }
            resources.push(one);
        }
    }
    for (_, plural, kind) in REVIEWS.iter().filter(|(of, _, _)| *of == group && version == "v1") {
        let singular = kind.to_lowercase();
        resources.push(json!({
            "name": plural, "singularName": singular, "namespaced": false, "kind": kind, "verbs": ["create"],
        }));
    }
    let name = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let list =
        json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": resources});
    (!resources_empty(&list)).then_some(list)
}

fn resources_empty(list: &Value) -> bool {
    list.get("resources").and_then(Value::as_array).is_none_or(Vec::is_empty)
}

/// Adds short names and categories, where there are any.
fn lists(one: &mut Value, kind: &Kind) {
    let Some(map) = one.as_object_mut() else { return };
    for (key, words) in [("shortNames", kind.short), ("categories", kind.categories)] {
        if !words.is_empty() {
            map.insert(key.to_owned(), json!(words));
        }
    }
}

fn everything(core: bool, version: &str) -> Value {
    let groups = groups().into_iter().filter(|(group, _)| group.is_empty() == core);
    let items: Vec<Value> = groups
        .map(|(group, group_version)| {
            let told = json!({
                "version": group_version, "resources": aggregated_resources(group, group_version),
                "freshness": "Current",
            });
            json!({"metadata": {"name": group}, "versions": [told]})
        })
        .collect();
    json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{version}"), "metadata": {},
        "items": items,
    })
}

fn aggregated_resources(group: &str, version: &str) -> Vec<Value> {
    let answered = |(group, version, kind): (&str, &str, &str)| json!({"group": group, "version": version, "kind": kind});
    let mut resources = Vec::new();
    for kind in kinds_of(group, version) {
        let parts: Vec<Value> = parts(kind)
            .map(|(part, kind)| json!({"subresource": part, "responseKind": answered(kind), "verbs": PART_VERBS}))
            .collect();
        let mut one = json!({
            "resource": kind.plural, "responseKind": answered((kind.group, kind.version, kind.kind)),
            "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
            "singularResource": kind.singular, "verbs": verbs(kind),
        });
        lists(&mut one, kind);
        if let Some(map) = one.as_object_mut().filter(|_| !parts.is_empty()) {
            map.insert("subresources".to_owned(), parts.into());
        }
        resources.push(one);
    }
    for (group, plural, kind) in REVIEWS.iter().filter(|(of, _, _)| *of == group) {
        let singular = kind.to_lowercase();
        resources.push(json!({
            "resource": plural, "responseKind": answered((group, "v1", kind)), "scope": "Cluster",
            "singularResource": singular, "verbs": ["create"],
        }));
    }
    resources
}

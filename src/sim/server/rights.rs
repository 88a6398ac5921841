//! Who may do what, and the server's words for who may not.
//!
//! It owns the rules, their matching (Kubernetes: RBAC) and the reviews by which a caller asks for its own rights. It
//! never reads an object. Invariant: what is taken away is refused, whatever grants it.

use serde_json::{Value, json};

use super::route::Route;
use crate::sim::objects::{Details, KINDS, Part, Refusal};

/// What may be done to which resources. An empty list of namespaces or names means all; `*` in the others does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// Verbs: `get`, `patch`, `*`.
    pub verbs: Vec<String>,
    /// API groups; empty for the core one.
    pub groups: Vec<String>,
    /// Resources: `rollouts`, `rollouts/status`, `*/scale`, `*`.
    pub resources: Vec<String>,
    /// Namespaces.
    pub namespaces: Vec<String>,
    /// Names of objects.
    pub names: Vec<String>,
}

impl Rule {
    /// A rule about verbs on resources of one group, in all namespaces.
    pub fn new(verbs: &[&str], group: &str, resources: &[&str]) -> Self {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            verbs: owned(verbs),
            groups: vec![group.to_owned()],
            resources: owned(resources),
            ..Self::default()
        }
    }

    /// The same rule for one namespace alone.
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespaces = vec![namespace.to_owned()];
        self
    }

    fn covers(&self, asked: &Asked<'_>) -> bool {
        let among = |words: &[String], word: &str| words.iter().any(|one| one == "*" || one == word);
        let listed = |words: &[String], word: &str| words.is_empty() || words.iter().any(|one| one == word);
        let any_part = asked.resource.split_once('/').map(|(_, part)| format!("*/{part}"));
        among(&self.verbs, asked.verb)
            && among(&self.groups, asked.group)
            && (among(&self.resources, asked.resource)
                || any_part.is_some_and(|resource| self.resources.contains(&resource)))
            && listed(&self.namespaces, asked.namespace)
            && listed(&self.names, asked.name)
    }
}

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    granted: Vec<Rule>,
    taken: Vec<Rule>,
}

impl Default for Rights {
    fn default() -> Self {
        Self::everything()
    }
}

/// What somebody would do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) verb: &'a str,
    pub(super) group: &'a str,
    /// With the part: `rollouts/status`.
    pub(super) resource: &'a str,
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
}

impl Rights {
    /// Everything.
    pub fn everything() -> Self {
        let all = || vec!["*".to_owned()];
        let rule = Rule { verbs: all(), groups: all(), resources: all(), ..Rule::default() };
        Self::only(vec![rule])
    }

    /// What these rules grant.
    pub fn only(granted: Vec<Rule>) -> Self {
        Self { granted, taken: Vec::new() }
    }

    /// The same without what a rule covers.
    pub fn without(mut self, rule: Rule) -> Self {
        self.taken.push(rule);
        self
    }

    pub(super) fn allow(&self, asked: &Asked<'_>) -> bool {
        self.granted.iter().any(|rule| rule.covers(asked))
            && !self.taken.iter().any(|rule| rule.covers(asked))
    }

    /// Judges a request about objects; `name` is the object's, or the one that a field selector names.
    ///
    /// # Errors
    /// 403 in the server's words (apiserver: pkg/endpoints/handlers/responsewriters/errors.go).
    pub(super) fn judge(&self, user: &str, route: &Route, name: &str) -> Result<(), Refusal> {
        let resource = route.resource();
        let asked = Asked {
            verb: route.verb.word(),
            group: route.kind.group,
            resource: &resource,
            namespace: route.judged_namespace(),
            name,
        };
        if self.allow(&asked) {
            return Ok(());
        }
        let Asked { verb, group, namespace, .. } = asked;
        let place = match namespace {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace {namespace:?}"),
        };
        let why = format!("User {user:?} cannot {verb} resource {resource:?} in API group {group:?} {place}");
        let what = match name {
            "" => route.kind.resource(),
            name => format!("{} {name:?}", route.kind.resource()),
        };
        let details = Details {
            name: name.to_owned(),
            group: route.kind.group,
            kind: route.kind.plural,
            ..Details::default()
        };
        let message = format!("{what} is forbidden: {why}");
        Err(Refusal { code: 403, reason: "Forbidden", message, details: Some(Box::new(details)) })
    }

    /// Answers a review by its plural; `question` is what was sent.
    pub(super) fn review(&self, user: &str, plural: &str, mut question: Value) -> Value {
        let text = |path: &str| question.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let status = match plural {
            "selfsubjectaccessreviews" => {
                let part = text("/spec/resourceAttributes/subresource");
                let plural = text("/spec/resourceAttributes/resource");
                let asked = Asked {
                    verb: &text("/spec/resourceAttributes/verb"),
                    group: &text("/spec/resourceAttributes/group"),
                    resource: &if part.is_empty() { plural } else { format!("{plural}/{part}") },
                    namespace: &text("/spec/resourceAttributes/namespace"),
                    name: &text("/spec/resourceAttributes/name"),
                };
                // Paths that are no resources are open to all.
                let open = question.pointer("/spec/nonResourceAttributes").is_some();
                json!({"allowed": open || self.allow(&asked)})
            }
            "selfsubjectrulesreviews" => json!({
                "resourceRules": self.rules(&text("/spec/namespace")),
                "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["*"]}],
                "incomplete": false,
            }),
            _ => json!({"userInfo": {"username": user, "groups": ["system:authenticated"]}}),
        };
        if let Some(review) = question.as_object_mut() {
            review.entry("metadata").or_insert_with(|| json!({}));
            review.insert("status".to_owned(), status);
        }
        question
    }

    /// The rules that hold in a namespace: as granted, or spelled out where something is taken away.
    fn rules(&self, namespace: &str) -> Vec<Value> {
        if self.taken.is_empty() {
            let here = |rule: &&Rule| {
                rule.namespaces.is_empty() || rule.namespaces.iter().any(|one| one == namespace)
            };
            return self.granted.iter().filter(here).map(written).collect();
        }
        let verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
        let mut rules = Vec::new();
        for kind in KINDS {
            let parts = [(Part::Whole, ""), (Part::Status, "/status"), (Part::Scale, "/scale")];
            for (_, suffix) in parts.into_iter().filter(|(part, _)| kind.has(*part)) {
                let resource = format!("{}{suffix}", kind.plural);
                let may = |verb: &&str| {
                    self.allow(&Asked { verb, group: kind.group, resource: &resource, namespace, name: "" })
                };
                let verbs: Vec<&str> = verbs.iter().copied().filter(|verb| may(verb)).collect();
                if !verbs.is_empty() {
                    rules.push(json!({"verbs": verbs, "apiGroups": [kind.group], "resources": [resource]}));
                }
            }
        }
        rules
    }
}

fn written(rule: &Rule) -> Value {
    let mut written = json!({"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources});
    if let Some(map) = written.as_object_mut().filter(|_| !rule.names.is_empty()) {
        map.insert("resourceNames".to_owned(), json!(rule.names));
    }
    written
}

#[cfg(test)]
mod tests;

//! Owns what is offered to paste: kubectl lines, and the smallest manifests that grant what is missing.
//!
//! It never applies anything. Invariants: a manifest grants exactly the rights it is made for, to one user; two manifests
//! that differ in rights or user differ in name, so that applying one takes nothing away that another gave.

use std::fmt::Write;
use std::sync::Arc;

use super::sight::{Provider, Right};
use super::{Remedy, Viewer};
use crate::text::Printable;

/// Where rights are granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant<'a> {
    /// In this namespace, by a Role.
    In(&'a str),
    /// In the whole cluster, by a ClusterRole.
    Everywhere,
}

/// Says whom to ask for rights, with the manifest that grants them.
pub fn ask_for(rights: &[Right], to: Grant<'_>, viewer: &Viewer) -> Remedy {
    let sentence = match to {
        Grant::In(namespace) => format!("Have someone who may write Roles in {namespace} apply this."),
        Grant::Everywhere => "Have someone who may write ClusterRoles apply this.".to_owned(),
    };
    Remedy { sentence: sentence.into(), paste: Some(manifest(rights, to, viewer).into()) }
}

/// Says what to do with a command to run.
pub fn run(sentence: impl Into<Printable>, command: impl Into<Arc<str>>) -> Remedy {
    Remedy { sentence: sentence.into(), paste: Some(command.into()) }
}

/// Writes a kubectl line for the viewer's context.
pub fn kubectl(viewer: &Viewer, namespace: Option<&str>, words: &[&str]) -> String {
    let mut line = vec!["kubectl".to_owned()];
    let mut add = |words: &[&str]| line.extend(words.iter().map(|word| shell(word)));
    if !viewer.context.is_empty() {
        add(&["--context", &viewer.context]);
    }
    if let Some(namespace) = namespace {
        add(&["-n", namespace]);
    }
    add(words);
    line.join(" ")
}

/// Says how to have a Prometheus asked from here: what a template names is asked only where the person's own file says how.
pub fn reach(provider: &Provider, viewer: &Viewer) -> Option<Remedy> {
    let address = &*provider.address;
    let plain = |c: char| c.is_ascii_alphanumeric() || ":/.-_[]".contains(c);
    if &*provider.kind != "prometheus" || address.is_empty() || !address.chars().all(plain) {
        return None;
    }
    let (scheme, rest) = address.split_once("://")?;
    let mut paste = format!("[[provider]]\nkind = \"prometheus\"\naddress = \"{address}\"\n");
    if scheme == "http" {
        let (place, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let _ = writeln!(paste, "reach = \"http://127.0.0.1:9090{path}\"");
        paste = forwarding(place, viewer).unwrap_or_default() + &paste;
    }
    let sentence =
        "To have it asked from here, say in the configuration file where it is reached, for example:";
    Some(run(sentence, paste))
}

/// Says how the port of a Service is brought here, where a place names one: SERVICE.NAMESPACE, then svc and a domain.
fn forwarding(place: &str, viewer: &Viewer) -> Option<String> {
    let (host, port) = place.rsplit_once(':').unwrap_or((place, "80"));
    let mut names = host.split('.');
    let (service, namespace) = (names.next()?, names.next()?);
    if !matches!(names.next(), None | Some("svc")) {
        return None;
    }
    let words = ["port-forward", &format!("svc/{service}"), &format!("9090:{port}")];
    Some(format!("# {}\n", kubectl(viewer, Some(namespace), &words)))
}

/// Writes a Role (or ClusterRole) with exactly these rights, and its binding to the viewer.
pub fn manifest(rights: &[Right], to: Grant<'_>, viewer: &Viewer) -> String {
    let role = role_name(rights);
    let (prefix, place) = match to {
        Grant::In(namespace) => ("", format!(", namespace: {}", quoted(namespace))),
        Grant::Everywhere => ("Cluster", String::new()),
    };
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {prefix}Role\nmetadata: {{name: {}{place}}}\nrules:\n",
        quoted(&role)
    );
    for (group, resource, verbs) in rules(rights) {
        let verbs = verbs.join(", ");
        let _ = writeln!(
            text,
            "- {{apiGroups: [{}], resources: [{}], verbs: [{verbs}]}}",
            quoted(group),
            quoted(resource)
        );
    }
    let _ = write!(
        text,
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {prefix}RoleBinding\nmetadata: {{name: {}{place}}}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {prefix}Role, name: {}}}\nsubjects:\n{}",
        quoted(&binding_name(&role, &viewer.user)),
        quoted(&role),
        subject(&viewer.user)
    );
    text
}

/// Groups rights by resource, in their order.
fn rules(rights: &[Right]) -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let mut rules: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for right in rights {
        match rules.iter_mut().find(|rule| (rule.0, rule.1) == (right.group, right.resource)) {
            Some((_, _, verbs)) if verbs.contains(&right.verb) => {}
            Some((_, _, verbs)) => verbs.push(right.verb),
            None => rules.push((right.group, right.resource, vec![right.verb])),
        }
    }
    rules
}

/// Names a role after what it grants.
fn role_name(rights: &[Right]) -> String {
    let mut name = "rollgate".to_owned();
    for (group, resource, verbs) in rules(rights) {
        let resource = resource.replace('/', "-");
        let group = if group.is_empty() { String::new() } else { format!(".{group}") };
        let _ = write!(name, ":{}-{resource}{group}", verbs.join("-"));
    }
    name
}

/// RBAC's names may hold all but `/` and `%` (Kubernetes: `apimachinery/pkg/api/validation/path`).
fn binding_name(role: &str, user: &str) -> String {
    let user = if user.is_empty() { "YOUR-USER".to_owned() } else { user.replace(['/', '%'], "|") };
    format!("{role}:{user}")
}

fn subject(user: &str) -> String {
    if user.is_empty() {
        return "- {apiGroup: rbac.authorization.k8s.io, kind: User, name: YOUR-USER}  # kubectl auth whoami\n".into();
    }
    format!("- {{apiGroup: rbac.authorization.k8s.io, kind: User, name: {}}}\n", quoted(user))
}

/// Writes a word so that a POSIX shell takes it as one argument.
pub fn shell(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Writes a plain word as it is, and all else as a YAML string that holds nothing invisible (JSON's quoting is YAML's).
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '/');
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let word = matches!(text, "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
    if begins && !word && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut json = String::from("\"");
    for unit in text.chars() {
        match unit {
            '"' | '\\' => json.extend(['\\', unit]),
            ' '..='~' => json.push(unit),
            _ => {
                let _ = write!(json, "\\U{:08X}", u32::from(unit));
            }
        }
    }
    json.push('"');
    json
}

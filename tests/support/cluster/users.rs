//! Who talks to the cluster: their tokens, their kubeconfig files, and what RBAC lets them do.
//!
//! Owns the users and the roles; the API server reads the tokens from a file, so every refusal in a test is its own.
//! The programs of the cluster have users too, so that the audit log tells them from persons.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;

/// The one context (and cluster) name in every kubeconfig file of the test cluster.
pub const CONTEXT: &str = "rollgate-test";
const MASTERS: &str = "system:masters";
const RBAC: &str = "rbac.authorization.k8s.io";

/// A user of the test cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// May do everything (`system:masters`).
    Admin,
    /// Reads everything of Rollouts in all namespaces; may patch `rollouts` and `rollouts/status` in all.
    Operator,
    /// Reads everything of Rollouts in all namespaces; may write nothing.
    Viewer,
    /// Reads as the viewer; may patch `rollouts/status` alone, in all namespaces.
    StatusOperator,
    /// As the operator, but only in namespaces that were given to it; may list nothing across namespaces.
    NamespacedOperator,
    /// May do nothing at all beyond what every signed-in user may.
    Nobody,
    /// May do everything, and its writes leave no bodies in the audit log: for making thousands of objects.
    Seeder,
    /// May do everything, and is nobody but who runs `rollgate mcp`: each of its requests is that program's.
    Assistant,
    /// kube-controller-manager.
    ControllerManager,
    /// kwok, the kubelet of the cluster's one node.
    Kubelet,
    /// The Argo Rollouts controller.
    RolloutsController,
}

impl User {
    /// Every user, persons first.
    pub const ALL: [Self; 11] = [
        Self::Admin,
        Self::Operator,
        Self::Viewer,
        Self::StatusOperator,
        Self::NamespacedOperator,
        Self::Nobody,
        Self::Seeder,
        Self::Assistant,
        Self::ControllerManager,
        Self::Kubelet,
        Self::RolloutsController,
    ];

    /// Names the user as the API server and the audit log do.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
            Self::StatusOperator => "status-operator",
            Self::NamespacedOperator => "namespaced-operator",
            Self::Nobody => "nobody",
            Self::Seeder => "seeder",
            Self::Assistant => "assistant",
            Self::ControllerManager => "kube-controller-manager",
            Self::Kubelet => "kwok",
            Self::RolloutsController => "argo-rollouts",
        }
    }

    fn group(self) -> &'static str {
        match self {
            Self::Admin
            | Self::Seeder
            | Self::Assistant
            | Self::ControllerManager
            | Self::Kubelet
            | Self::RolloutsController => MASTERS,
            _ => "",
        }
    }

    fn role(self) -> Option<&'static str> {
        match self {
            Self::Operator | Self::NamespacedOperator => Some("rollouts-operator"),
            Self::Viewer => Some("rollouts-viewer"),
            Self::StatusOperator => Some("rollouts-status-operator"),
            _ => None,
        }
    }
}

/// The users' tokens, new for each cluster: no user of one cluster is known to another.
pub struct Tokens(Vec<(User, String)>);

impl Tokens {
    /// Makes a fresh token for every user.
    pub fn fresh() -> Self {
        Self(User::ALL.iter().map(|user| (*user, Uuid::now_v7().simple().to_string())).collect())
    }

    /// Returns the lines of the API server's `--token-auth-file`.
    pub fn csv(&self) -> String {
        let line = |(user, token): &(User, String)| {
            format!("{token},{name},{name},\"{group}\"\n", name = user.name(), group = user.group())
        };
        self.0.iter().map(line).collect()
    }

    /// Returns the token that `user` signs in with.
    pub fn of(&self, user: User) -> &str {
        self.0.iter().find(|(one, _)| *one == user).map_or("", |(_, token)| token)
    }
}

/// Where the API server is and whose signature it shows.
pub struct Server {
    /// `https://127.0.0.1:PORT`.
    pub url: String,
    /// The file with the certificate of the authority that signed the server's own.
    pub authority: PathBuf,
}

/// Writes a kubeconfig file with one context, [`CONTEXT`], that is its current one.
///
/// # Errors
/// When the file cannot be written.
pub fn write_kubeconfig(
    file: &Path,
    server: &Server,
    (user, token): (&str, &str),
    namespace: Option<&str>,
) -> Result<(), String> {
    let namespace = namespace.map(|name| format!(", namespace: {name}")).unwrap_or_default();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {CONTEXT}\n\
         clusters:\n- name: {CONTEXT}\n  cluster: {{server: \"{url}\", certificate-authority: \"{authority}\"}}\n\
         users:\n- name: {user}\n  user: {{token: \"{token}\"}}\n\
         contexts:\n- name: {CONTEXT}\n  context: {{cluster: {CONTEXT}, user: {user}{namespace}}}\n",
        url = server.url,
        authority = server.authority.display(),
    );
    fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// Returns each RBAC object of the cluster with the API path of its collection.
pub fn roles() -> Vec<(String, Value)> {
    let all = |resources: &[(&str, &[&str], &[&str])]| -> Vec<Value> {
        let rule = |(group, resources, verbs): &(&str, &[&str], &[&str])| json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
        resources.iter().map(rule).collect()
    };
    let read: &[&str] = &["get", "list", "watch"];
    let argo = &["rollouts", "analysisruns", "analysistemplates", "clusteranalysistemplates", "experiments"];
    let viewer = all(&[
        ("argoproj.io", argo, read),
        ("apps", &["replicasets", "deployments"], read),
        ("", &["pods", "events", "services", "namespaces"], read),
        ("networking.k8s.io", &["ingresses"], read),
        ("batch", &["jobs"], read),
        ("coordination.k8s.io", &["leases"], read),
    ]);
    let with = |more: Vec<Value>| [viewer.clone(), more].concat();
    let patch: &[&str] = &["patch"];
    let status = with(all(&[("argoproj.io", &["rollouts/status"], patch)]));
    let operator = with(all(&[("argoproj.io", &["rollouts", "rollouts/status"], patch)]));
    let roles = [
        ("rollouts-viewer", viewer.clone()),
        ("rollouts-status-operator", status),
        ("rollouts-operator", operator),
    ];
    let mut objects: Vec<(String, Value)> = roles
        .into_iter()
        .map(|(name, rules)| {
            let role = json!({"apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole", "metadata": {"name": name}, "rules": rules});
            (format!("/apis/{RBAC}/v1/clusterroles"), role)
        })
        .collect();
    for user in [User::Operator, User::Viewer, User::StatusOperator] {
        objects.push((format!("/apis/{RBAC}/v1/clusterrolebindings"), binding("ClusterRoleBinding", user)));
    }
    objects
}

/// Returns the path and the object that give `user` its role in one namespace; `None` for a user without a role.
pub fn grant(user: User, namespace: &str) -> Option<(String, Value)> {
    user.role()?;
    Some((format!("/apis/{RBAC}/v1/namespaces/{namespace}/rolebindings"), binding("RoleBinding", user)))
}

fn binding(kind: &str, user: User) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": {"name": user.name()},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user.name()}],
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": user.role().unwrap_or_default()},
    })
}

use crate::capability::Viewer;
use crate::capability::remedy::{Grant, ask_for, kubectl, manifest, reach};
use crate::capability::right::ASKED;
use crate::capability::sight::{Provider, Right};

const STATUS: Right = Right { verb: "patch", group: "argoproj.io", resource: "rollouts/status" };
const PODS: [Right; 2] = [
    Right { verb: "list", group: "", resource: "pods" },
    Right { verb: "watch", group: "", resource: "pods" },
];

fn viewer(context: &str, user: &str) -> Viewer {
    Viewer { context: context.into(), user: user.into() }
}

#[test]
fn a_manifest_grants_exactly_what_is_missing_to_the_user_in_the_namespace() {
    let text = manifest(&[STATUS], Grant::In("shop"), &viewer("prod", "eve@example.org"));
    assert_eq!(
        text,
        "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: \"rollgate:patch-rollouts-status.argoproj.io\", namespace: shop}
rules:
- {apiGroups: [argoproj.io], resources: [rollouts/status], verbs: [patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: \"rollgate:patch-rollouts-status.argoproj.io:eve@example.org\", namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: \"rollgate:patch-rollouts-status.argoproj.io\"}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: \"eve@example.org\"}
"
    );
}

#[test]
fn verbs_of_one_resource_share_a_rule() {
    let text = manifest(&[PODS[0].clone(), PODS[1].clone(), STATUS], Grant::In("shop"), &viewer("", "eve"));
    assert!(text.contains("- {apiGroups: [\"\"], resources: [pods], verbs: [list, watch]}\n"), "{text}");
    assert_eq!(text.matches("apiGroups").count(), 2, "{text}");
}

#[test]
fn two_manifests_that_differ_in_rights_or_user_never_overwrite_each_other() {
    let name = |rights: &[Right], user: &str| {
        let text = manifest(rights, Grant::In("shop"), &viewer("", user));
        text.lines().filter(|line| line.starts_with("metadata")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_ne!(name(&[STATUS], "eve")[0], name(&PODS, "eve")[0]);
    assert_ne!(name(&[STATUS], "eve")[1], name(&[STATUS], "bob")[1]);
    assert_ne!(name(&PODS[..1], "eve"), name(&PODS, "eve"));
}

#[test]
fn a_user_whose_name_is_not_plain_is_quoted_for_yaml() {
    let text = manifest(&[STATUS], Grant::Everywhere, &viewer("", "a\"b: \u{1b}{c/d%e"));
    assert!(text.contains(r#"kind: User, name: "a\"b: \U0000001B{c/d%e"}"#), "{text}");
    let bound = text.lines().find(|line| line.contains("argoproj.io:a")).unwrap();
    assert!(
        !bound.trim_start_matches("metadata:").contains(['/', '%']),
        "RBAC's names hold neither: {bound}"
    );
    for word in ["true", "null", "on", "1.5"] {
        let text = manifest(&[STATUS], Grant::In(word), &viewer("", "eve"));
        assert!(text.contains(&format!("namespace: \"{word}\"}}")), "{text}");
    }
}

#[test]
fn a_user_whom_the_server_has_not_named_is_left_to_be_filled_in() {
    let text = manifest(&[STATUS], Grant::In("shop"), &viewer("prod", ""));
    assert!(text.contains("name: YOUR-USER}  # kubectl auth whoami"), "{text}");
}

#[test]
fn a_line_of_kubectl_arrives_as_it_is_meant() {
    assert_eq!(
        kubectl(&viewer("it's $(prod)", ""), Some("shop"), &["get", "pods"]),
        r"kubectl --context 'it'\''s $(prod)' -n shop get pods"
    );
    assert_eq!(kubectl(&Viewer::default(), None, &["get", "nodes"]), "kubectl get nodes");
}

#[test]
fn each_right_that_is_asked_for_can_be_granted() {
    for right in ASKED {
        let remedy = ask_for(std::slice::from_ref(right), Grant::In("shop"), &viewer("prod", "eve"));
        let paste = remedy.paste.unwrap();
        let resource = right.resource;
        assert!(paste.contains(&format!("resources: [{resource}], verbs: [{}]", right.verb)), "{paste}");
    }
}

fn reached(kind: &str, address: &str) -> Option<String> {
    let provider = Provider { kind: kind.into(), address: address.into() };
    reach(&provider, &viewer("prod", "eve")).and_then(|remedy| remedy.paste).map(|paste| paste.to_string())
}

#[test]
fn a_prometheus_within_the_cluster_is_brought_here_by_a_forwarded_port() {
    let setting = |address: &str, path: &str| {
        format!(
            "[[provider]]\nkind = \"prometheus\"\naddress = \"{address}\"\nreach = \"http://127.0.0.1:9090{path}\"\n"
        )
    };
    let address = "http://prometheus.monitoring.svc.cluster.local:9091/prod";
    let line = "# kubectl --context prod -n monitoring port-forward svc/prometheus 9090:9091\n";
    assert_eq!(reached("prometheus", address), Some(format!("{line}{}", setting(address, "/prod"))));
    let elsewhere = "http://10.0.0.7:9090";
    assert_eq!(reached("prometheus", elsewhere), Some(setting(elsewhere, "")));
}

#[test]
fn a_prometheus_with_tls_is_asked_where_it_is() {
    let wanted = "[[provider]]\nkind = \"prometheus\"\naddress = \"https://prometheus.example.com\"\n";
    assert_eq!(reached("prometheus", "https://prometheus.example.com"), Some(wanted.to_owned()));
}

#[test]
fn an_address_that_could_say_more_than_an_address_is_not_put_into_a_setting() {
    for address in
        ["", "prometheus", "http://a\"\nreach = \"http://b", "http://{{args.address}}", "http://a b"]
    {
        assert_eq!(reached("prometheus", address), None, "{address}");
    }
    assert_eq!(reached("datadog", "https://api.datadoghq.com"), None);
}

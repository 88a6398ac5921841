use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::*;

mod login;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const SECRET: &str = "sekret-token-4711";

/// A folder of kubeconfig files.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }
}

fn two_contexts() -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: prod
clusters:
- name: east
  cluster: {{server: 'https://east.example:6443/'}}
- name: west
  cluster: {{server: 'https://west.example', insecure-skip-tls-verify: true}}
users:
- name: ann
  user: {{token: {SECRET}}}
- name: bob
  user: {{exec: {{command: get-token, apiVersion: client.authentication.k8s.io/v1}}}}
contexts:
- name: prod
  context: {{cluster: east, user: ann, namespace: shop}}
- name: stage
  context: {{cluster: west, user: bob}}
- name: torn
  context: {{cluster: north, user: ann}}
- name: nobody
  context: {{cluster: east, user: carl}}
"
    )
}

fn with(path: &Path) -> Connection {
    Connection { kubeconfig: Some(path.to_owned()), ..Connection::default() }
}

fn found(connection: &Connection) -> Identity {
    resolve(connection, &Environment::default()).unwrap().identity
}

fn refusal(connection: &Connection) -> String {
    resolve(connection, &Environment::default()).err().unwrap().to_string()
}

#[test]
fn the_current_context_is_pinned_with_its_cluster_user_and_namespace() {
    let folder = Folder::new();
    let path = folder.write("config", &two_contexts());
    let access = resolve(&with(&path), &Environment::default()).unwrap();
    let identity = access.identity;
    assert_eq!(identity.context.as_str(), "prod");
    assert_eq!(identity.cluster.as_str(), "east");
    assert_eq!(identity.server.as_str(), "https://east.example:6443");
    assert_eq!(identity.user.as_str(), "ann");
    assert_eq!(&*identity.namespace, "shop");
    assert_eq!(identity.transport, Transport::Verified);
    assert_eq!(identity.login, Login::Token);
    assert_eq!(access.pinned.context.as_deref(), Some("prod"));

    // Somebody switches the current context on disk: the same access is found again all the same.
    folder.write("config", &two_contexts().replace("current-context: prod", "current-context: stage"));
    assert_eq!(found(&access.pinned).server, identity.server);
}

#[test]
fn another_context_is_chosen_by_flag_and_its_dangers_are_told() {
    let folder = Folder::new();
    let path = folder.write("config", &two_contexts());
    let identity = found(&Connection { context: Some("stage".into()), ..with(&path) });
    assert_eq!(identity.server.as_str(), "https://west.example");
    assert_eq!(&*identity.namespace, "default");
    assert_eq!(identity.transport, Transport::Unverified);
    assert_eq!(identity.login, Login::Plugin("get-token".into()));
}

#[test]
fn flags_are_laid_over_the_context() {
    let folder = Folder::new();
    let path = folder.write("config", &two_contexts());
    let flags = Connection {
        cluster: Some("west".into()),
        user: Some("bob".into()),
        namespaces: vec!["pay".into(), "shop".into()],
        token: Some("other".to_owned().into()),
        server: Some("http://127.0.0.1:8001/k8s/".into()),
        impersonate: Some("system:admin".into()),
        impersonate_groups: vec!["oncall".into()],
        impersonate_uid: Some("7".into()),
        ..with(&path)
    };
    let access = resolve(&flags, &Environment::default()).unwrap();
    assert_eq!(access.identity.cluster.as_str(), "west");
    assert_eq!(access.identity.server.as_str(), "http://127.0.0.1:8001/k8s");
    assert_eq!(access.identity.transport, Transport::Plain);
    assert_eq!(access.identity.user.as_str(), "system:admin");
    assert_eq!(&*access.identity.namespace, "pay");
    assert_eq!(access.identity.login, Login::Token);
    assert!(access.auth.exec.is_none(), "--token beats the plugin");
    assert_eq!(access.config.auth_info.impersonate_groups, Some(vec!["oncall".to_owned()]));
    assert_eq!(access.config.auth_info.impersonate_uid.as_deref(), Some("7"));
    assert!(access.config.auth_info.token.is_none(), "tokens are put on requests by the shared credential");
}

#[test]
fn of_several_files_the_first_to_name_a_thing_wins_and_missing_ones_are_passed_over() {
    let folder = Folder::new();
    let first = folder.write(
        "first",
        "current-context: ''\nclusters: [{name: east, cluster: {server: 'https://first.example'}}]\n",
    );
    let second = folder.write("second", &two_contexts());
    let list = std::env::join_paths([folder.0.path().join("missing"), first, second]).unwrap();
    let environment = Environment { kubeconfig: Some(list), ..Environment::default() };
    let identity = resolve(&Connection::default(), &environment).unwrap().identity;
    assert_eq!(identity.context.as_str(), "prod");
    assert_eq!(identity.server.as_str(), "https://first.example");
}

#[test]
fn the_flag_beats_the_variable_and_the_variable_beats_the_home_folder() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.path().join(".kube")).unwrap();
    folder.write(".kube/config", &two_contexts());
    let other = folder.write("other", &two_contexts().replace("east.example", "other.example"));
    let home = Environment { home: Some(folder.0.path().to_owned()), ..Environment::default() };
    let server =
        |flags: &Connection, environment: &Environment| resolve(flags, environment).unwrap().identity.server;
    assert_eq!(server(&Connection::default(), &home).as_str(), "https://east.example:6443");
    let variable = Environment { kubeconfig: Some(other.clone().into()), ..home.clone() };
    assert_eq!(server(&Connection::default(), &variable).as_str(), "https://other.example:6443");
    let lost = Environment { kubeconfig: Some("/nowhere".into()), ..home };
    assert_eq!(server(&with(&other), &lost).as_str(), "https://other.example:6443");
}

#[test]
fn a_missing_kubeconfig_says_where_it_was_looked_for_and_what_to_do() {
    let folder = Folder::new();
    let environment = Environment { home: Some(folder.0.path().to_owned()), ..Environment::default() };
    let looked = folder.0.path().join(".kube/config");
    assert_eq!(
        resolve(&Connection::default(), &environment).err().unwrap().to_string(),
        format!("there is no kubeconfig at {}: set KUBECONFIG or pass --kubeconfig PATH", looked.display())
    );
    assert!(
        refusal(&with(Path::new("/no/such")))
            .starts_with("cannot read the kubeconfig /no/such: No such file")
    );
    let environment = Environment { kubeconfig: Some(OsString::from("/no/such")), ..Environment::default() };
    let refused = resolve(&Connection::default(), &environment).err().unwrap().to_string();
    assert!(refused.starts_with("cannot read the kubeconfig /no/such: "), "{refused}");
}

#[test]
fn broken_yaml_is_named_by_file_and_line_and_never_quoted() {
    let folder = Folder::new();
    let path =
        folder.write("config", &format!("users:\n- name: ann\n  user: {{token: {SECRET}\nclusters: []\n"));
    let refused = refusal(&with(&path));
    assert!(refused.starts_with(&format!("the kubeconfig {}, line ", path.display())), "{refused}");
    assert!(
        refused
            .ends_with("is not valid YAML for a kubeconfig: correct it, or name another with --kubeconfig")
    );
    assert!(!refused.contains(SECRET), "{refused}");
    let path = folder.write("config", &format!("users: {SECRET}\n"));
    let refused = refusal(&with(&path));
    assert!(refused.contains("line 1") && !refused.contains(SECRET), "{refused}");
}

#[test]
fn a_kubeconfig_that_everybody_may_write_is_refused() {
    let folder = Folder::new();
    let path = folder.write("config", &two_contexts());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(refusal(&with(&path)).ends_with(&format!("run chmod o-w {}", path.display())));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
    found(&with(&path));
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let folder = Folder::new();
    let path = folder.write("config", &two_contexts());
    let at = path.display();
    let named = |context: &str| Connection { context: Some(context.into()), ..with(&path) };
    assert_eq!(
        refusal(&named("prdo")),
        format!("there is no context `prdo` in {at}: it has prod, stage, torn, nobody")
    );
    assert_eq!(
        refusal(&named("torn")),
        format!(
            "context `torn` needs the cluster `north`, which is not in {at}: it has east, west; \
             pass --cluster or mend the context"
        )
    );
    assert!(
        refusal(&named("nobody")).starts_with("context `nobody` needs the user `carl`, which is not in ")
    );
    let path = folder.write("bare", &two_contexts().replace("current-context: prod", ""));
    assert_eq!(
        refusal(&with(&path)),
        format!(
            "{} names no current context: pass --context with one of prod, stage, torn, nobody",
            path.display()
        )
    );
    let empty = folder.write("empty", "");
    assert!(refusal(&with(&empty)).ends_with("names no current context: pass --context with one of none"));
}

#[test]
fn a_server_that_is_no_url_is_refused_and_its_password_never_shown() {
    let folder = Folder::new();
    let to = |server: &str| {
        let path = folder.write("config", &two_contexts().replace("https://east.example:6443/", server));
        with(&path)
    };
    assert!(refusal(&to("")).contains("the server of cluster `east` is not given: mend it in "));
    assert!(refusal(&to("ftp://x")).contains("is no http or https URL"));
    assert!(refusal(&to("https://a b")).contains("is no URL"));
    let identity = found(&to("https://user:pass@east.example/p/"));
    assert_eq!(identity.server.as_str(), "https://east.example/p");
    // client-go: without a scheme, http where nothing speaks of TLS.
    assert_eq!(found(&to("localhost:8080")).server.as_str(), "http://localhost:8080");
}

#[test]
fn certificates_that_cannot_be_read_are_named_with_their_file() {
    let folder = Folder::new();
    let cluster = |extra: &str| {
        let path = folder.write(
            "config",
            &two_contexts().replace("6443/'}", &format!("6443/', certificate-authority: {extra}}}")),
        );
        with(&path)
    };
    // A relative path is meant from the kubeconfig's own folder.
    let missing = folder.0.path().join("ca.pem");
    let refused = refusal(&cluster("ca.pem"));
    assert!(
        refused.starts_with(&format!(
            "context `prod`: the certificate authority in {} cannot be used: No such file",
            missing.display()
        )),
        "{refused}"
    );
    folder.write("ca.pem", "nothing");
    assert!(refusal(&cluster("ca.pem")).ends_with("cannot be used: it holds no certificate in PEM"));
    folder.write("ca.pem", CERTIFICATE);
    let access = resolve(&cluster("ca.pem"), &Environment::default()).unwrap();
    assert_eq!(access.config.root_cert, Some(vec![vec![0, 0, 0]]));
    assert!(
        refusal(&Connection { certificate_authority: Some("/no/ca".into()), ..cluster("ca.pem") })
            .contains("the certificate authority in /no/ca cannot be used")
    );

    let user = |login: &str| {
        with(&folder.write("config", &two_contexts().replace(&format!("{{token: {SECRET}}}"), login)))
    };
    folder.write("cert.pem", CERTIFICATE);
    let refused = refusal(&user("{client-certificate: cert.pem}"));
    assert!(
        refused.contains("the client key written in the kubeconfig cannot be used: there is none beside")
    );
    let refused = refusal(&user("{client-certificate: cert.pem, client-key-data: '%%'}"));
    assert!(refused.contains("the client key written in the kubeconfig cannot be used: it is not base64"));
    let refused = refusal(&user("{client-certificate: cert.pem, client-key: cert.pem}"));
    assert!(refused.ends_with("cert.pem cannot be used: it holds no private key in PEM"), "{refused}");
    assert!(refusal(&user("{tokenFile: tok}")).contains("the token file in "));
}

#[test]
fn no_proxy_is_asked_about_the_cluster_and_never_about_the_proxy() {
    let folder = Folder::new();
    let path = folder.write("config", &two_contexts());
    let proxy = |no_proxy: &str| {
        let environment = Environment {
            https_proxy: Some("proxy.corp:3128".into()),
            no_proxy: Some(no_proxy.into()),
            ..Environment::default()
        };
        resolve(&with(&path), &environment).unwrap().config.proxy_url.map(|uri| uri.to_string())
    };
    let through = Some("http://proxy.corp:3128/".to_owned());
    for passes in [
        "",
        "proxy.corp:3128",
        "proxy.corp",
        "other.example,,",
        "ast.example",
        "east.example:443",
        ".ast.example",
    ] {
        assert_eq!(proxy(passes), through, "NO_PROXY={passes}");
    }
    for direct in
        ["*", "east.example", " EAST.example ", "example", ".example", "*.example", "x, east.example:6443"]
    {
        assert_eq!(proxy(direct), None, "NO_PROXY={direct}");
    }
}

#[test]
fn addresses_and_networks_in_no_proxy_are_understood_and_loopback_is_always_direct() {
    let folder = Folder::new();
    let proxied = |server: &str, no_proxy: &str| {
        let path = folder.write("config", &two_contexts().replace("https://east.example:6443/", server));
        let environment = Environment {
            https_proxy: Some("http://proxy.corp:3128".into()),
            no_proxy: Some(no_proxy.into()),
            ..Environment::default()
        };
        resolve(&with(&path), &environment).unwrap().config.proxy_url.is_some()
    };
    assert!(proxied("https://10.1.2.3", "10.2.0.0/16,10.1.2.4"));
    assert!(!proxied("https://10.1.2.3", "10.1.0.0/16"));
    assert!(!proxied("https://10.1.2.3:6443", "10.1.2.3"));
    assert!(proxied("https://10.1.2.3:6443", "10.1.2.3:443"));
    assert!(!proxied("https://[fd00::1]", "fd00::/8"));
    assert!(!proxied("https://10.1.2.3", "0.0.0.0/0"));
    assert!(!proxied("https://localhost:6443", ""));
    assert!(!proxied("https://127.0.0.1:6443", ""));
    assert!(!proxied("https://[::1]:6443", ""));
}

#[test]
fn the_proxy_of_a_cluster_always_counts_and_must_be_of_a_known_kind() {
    let folder = Folder::new();
    let of_cluster = |proxy: &str| {
        let text = two_contexts().replace("6443/'}", &format!("6443/', proxy-url: '{proxy}'}}"));
        let path = folder.write("config", &text);
        let environment = Environment { no_proxy: Some("*".into()), ..Environment::default() };
        resolve(&with(&path), &environment).map(|access| access.config.proxy_url.map(|uri| uri.to_string()))
    };
    assert_eq!(of_cluster("http://p:1").unwrap().as_deref(), Some("http://p:1/"));
    assert_eq!(of_cluster("socks5h://p:1").unwrap().as_deref(), Some("socks5://p:1/"));
    let refused = of_cluster("quic://user:hunter2@p:1").unwrap_err().to_string();
    assert_eq!(
        refused,
        "context `prod`: the proxy from the cluster's proxy-url is of a kind that cannot be used: \
         it must be http://, https:// or socks5://HOST:PORT"
    );
}

#[test]
fn a_server_and_a_token_need_no_kubeconfig() {
    let flags = Connection {
        server: Some("https://one.example".into()),
        token: Some(SECRET.to_owned().into()),
        ..Connection::default()
    };
    let identity = found(&flags);
    assert_eq!(identity.context.as_str(), "(no context)");
    assert_eq!(identity.server.as_str(), "https://one.example");
    assert!(!format!("{identity:?}").contains(SECRET));
}

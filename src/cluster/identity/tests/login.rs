//! Pods, OIDC logins, and which authorities count: what is read of each before anybody connects.

use super::*;
use crate::config::Pod;

fn pod(host: &str, account: &Path) -> Pod {
    Pod { host: host.into(), port: "6443".into(), namespace: None, account: account.to_owned() }
}

#[test]
fn a_pods_service_account_is_told_as_a_context_and_its_token_is_left_to_be_read_anew() {
    let folder = Folder::new();
    folder.write("token", SECRET);
    folder.write("ca.crt", CERTIFICATE);
    let at = |host: &str| {
        let environment = Environment { pod: Some(pod(host, folder.0.path())), ..Environment::default() };
        resolve(&Connection::default(), &environment).unwrap()
    };
    let access = at("10.96.0.1");
    assert_eq!(access.identity.server.as_str(), "https://10.96.0.1:6443");
    // client-go: without a namespace in the folder it is `default`.
    assert_eq!(&*access.identity.namespace, "default");
    let token = folder.0.path().join("token").to_string_lossy().into_owned();
    assert_eq!(access.auth.token_file, Some(token));
    assert!(access.auth.token.is_none());
    assert_eq!(
        access.config.root_cert_file,
        Some(folder.0.path().join("ca.crt")),
        "it is renewed in its place"
    );
    assert_eq!(access.pinned.context.as_deref(), Some("in-cluster"));
    assert_eq!(at("fd00::1").identity.server.as_str(), "https://[fd00::1]:6443");
    folder.write("namespace", "shop\n");
    assert_eq!(&*at("10.96.0.1").identity.namespace, "shop");
}

#[test]
fn what_is_missing_in_a_pod_is_named_with_the_kubeconfig_that_is_missing_too() {
    let folder = Folder::new();
    let home = Some(folder.0.path().join("home"));
    let environment =
        Environment { home, pod: Some(pod("10.96.0.1", folder.0.path())), ..Environment::default() };
    let refused = |flags: &Connection| resolve(flags, &environment).err().unwrap().to_string();
    let at = folder.0.path().display();
    assert_eq!(
        refused(&Connection::default()),
        format!(
            "there is no kubeconfig at {at}/home/.kube/config, and this pod's service account cannot be used: \
             {at}/token: No such file or directory (os error 2): pass --kubeconfig PATH, or let the pod mount its \
             service account (automountServiceAccountToken)"
        )
    );
    folder.write("token", SECRET);
    let authority =
        format!("context `in-cluster`: the certificate authority in {at}/ca.crt cannot be used: ");
    assert!(refused(&Connection::default()).starts_with(&authority));
    folder.write("ca.crt", CERTIFICATE);
    assert_eq!(
        refused(&Connection { context: Some("prod".into()), ..Connection::default() }),
        format!("there is no context `prod` in {at}: it has in-cluster")
    );
}

#[test]
fn an_oidc_login_names_its_issuer_and_its_client() {
    let folder = Folder::new();
    let user = |config: &str| {
        let login = format!("{{auth-provider: {{name: oidc, config: {{{config}}}}}}}");
        with(&folder.write("config", &two_contexts().replace(&format!("{{token: {SECRET}}}"), &login)))
    };
    let whole =
        "idp-issuer-url: 'https://idp.example/', client-id: rollgate, client-secret: '', refresh-token: r";
    let access = resolve(&user(whole), &Environment::default()).unwrap();
    assert_eq!(access.identity.login, Login::Provider("oidc".into()));
    let provider = access.provider.unwrap();
    assert_eq!(provider.issuer, "https://idp.example");
    assert!(
        provider.client_secret.is_none() && provider.id_token.is_none() && provider.refresh_token.is_some()
    );
    assert_eq!(
        refusal(&user("idp-issuer-url: 'https://idp.example'")),
        "context `prod`: cannot log in: the user's auth-provider oidc names no client-id"
    );
    assert!(refusal(&user("client-id: rollgate")).ends_with("names no idp-issuer-url"));
    let refused = refusal(&user(&format!("{whole}, idp-certificate-authority: /no/ca.pem")));
    let missing =
        "context `prod`: the certificate authority of the identity provider in /no/ca.pem cannot be used: No";
    assert!(refused.starts_with(missing), "{refused}");
    // A token counts before any provider.
    let flags = Connection { token: Some("tok".to_owned().into()), ..user(whole) };
    assert!(resolve(&flags, &Environment::default()).unwrap().provider.is_none());
}

#[test]
fn the_way_to_an_identity_provider_is_its_own() {
    let folder = Folder::new();
    let login =
        "{auth-provider: {name: oidc, config: {idp-issuer-url: 'https://idp.example', client-id: c}}}";
    let path = folder.write("config", &two_contexts().replace(&format!("{{token: {SECRET}}}"), login));
    let environment = Environment {
        https_proxy: Some("proxy.corp:3128".into()),
        no_proxy: Some("east.example".into()),
        ..Environment::default()
    };
    let access = resolve(&with(&path), &environment).unwrap();
    assert_eq!(access.config.proxy_url, None);
    let provider = access.provider.unwrap();
    let proxy = provider.proxy(&http::Uri::from_static("https://idp.example/token")).unwrap();
    assert_eq!(proxy.map(|uri| uri.to_string()).as_deref(), Some("http://proxy.corp:3128/"));
}

#[test]
fn the_systems_authorities_are_left_alone_where_nothing_is_verified() {
    let folder = Folder::new();
    let roots = |server: &str, more: &str| {
        let cluster = format!("{server}'{more}");
        let text = two_contexts().replace("https://east.example:6443/'", &cluster);
        let environment = Environment::default();
        resolve(&with(&folder.write("config", &text)), &environment).unwrap().config.root_cert
    };
    assert_eq!(roots("https://east.example", ""), None);
    assert_eq!(roots("https://east.example", ", insecure-skip-tls-verify: true"), Some(Vec::new()));
    assert_eq!(roots("http://east.example", ""), Some(Vec::new()));
    // The proxy itself is verified.
    assert_eq!(roots("http://east.example", ", proxy-url: 'https://proxy.corp'"), None);
}

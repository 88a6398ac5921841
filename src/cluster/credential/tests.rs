use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use kube::config::{ExecConfig, ExecInteractiveMode};

use super::refresh::{Issuer, Refreshed};
use super::*;

fn plugin(script: &str) -> ExecConfig {
    ExecConfig {
        command: Some("sh".into()),
        args: Some(vec!["-c".into(), script.into()]),
        env: Some(vec![HashMap::from([("name".into(), "WHO".into()), ("value".into(), "ann".into())])]),
        interactive_mode: Some(ExecInteractiveMode::Always),
        ..ExecConfig::default()
    }
}

/// A plugin that notes each run in `runs` and prints an ExecCredential with this status.
fn issuing(runs: &Path, status: &str) -> ExecConfig {
    let runs = runs.display();
    plugin(&format!(
        "echo run >> {runs}; printf '{{\"kind\":\"ExecCredential\",\"status\":{status}}}' \"$(wc -l < {runs} | tr -d ' ')\""
    ))
}

fn runs(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

async fn complaint(exec: &ExecConfig) -> String {
    Plugin::new(exec).unwrap().run().await.err().unwrap()
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_put_on_every_request() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("runs");
    let auth = AuthInfo {
        exec: Some(issuing(&noted, r#"{"token":"tok-%s","expirationTimestamp":"2999-01-01T00:00:00Z"}"#)),
        ..AuthInfo::default()
    };
    let (credential, certificate) = Credential::new(&auth).await.unwrap();
    assert!(certificate.is_none());
    for _ in 0..5 {
        let header = credential.header().await.unwrap().unwrap();
        assert_eq!(header, "Bearer tok-1");
        assert!(header.is_sensitive());
    }
    assert_eq!(runs(&noted), 1);
}

#[tokio::test]
async fn a_certificate_that_a_plugin_issues_is_found_before_the_first_request() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("runs");
    let status = r#"{"clientCertificateData":"CERT","clientKeyData":"KEY"}"#;
    let auth = AuthInfo { exec: Some(issuing(&noted, status)), ..AuthInfo::default() };
    let (credential, certificate) = Credential::new(&auth).await.unwrap();
    assert_eq!(certificate.unwrap().chain, "CERT");
    assert_eq!(credential.header().await.unwrap(), None);
    assert!(!credential.ended().await);
    assert_eq!(runs(&noted), 1);
}

#[tokio::test]
async fn a_plugin_is_told_that_nobody_answers_it_and_gets_its_variables() {
    let folder = tempfile::tempdir().unwrap();
    let seen = folder.path().join("seen");
    let script = format!("echo \"$KUBERNETES_EXEC_INFO $WHO\" > {}; cat; exit 3", seen.display());
    complaint(&plugin(&script)).await;
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(seen.contains(r#""interactive":false"#) && seen.contains(r#""kind":"ExecCredential""#), "{seen}");
    assert!(seen.trim_end().ends_with(" ann"), "{seen}");
}

#[tokio::test]
async fn a_plugin_that_fails_is_quoted_without_what_looks_like_a_token() {
    let words = "echo old >&2; echo 'session ended for eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln: Bearer s3cr3t' >&2; exit 1";
    let why = complaint(&plugin(words)).await;
    assert!(
        why.starts_with("the credential plugin `sh` failed (exit status: 1): session ended for (hidden)"),
        "{why}"
    );
    assert!(why.ends_with("log in outside (any kubectl command with this context will do), then try again"));
    assert!(!why.contains("eyJ") && !why.contains("s3cr3t"), "{why}");
}

#[tokio::test]
async fn what_a_plugin_prints_is_never_quoted() {
    for (script, said) in [
        ("echo tok-4711", "printed no ExecCredential"),
        (r#"echo '{"token":"tok-4711"}'"#, "without a status"),
        (r#"echo '{"status":{}}'"#, "issued neither a token nor a certificate"),
        (r#"echo '{"status":{"token":"tok-4711","expirationTimestamp":"soon"}}'"#, "that is no time"),
        (r#"printf %s '{"status":{"token":"tok-4711\n"}}'"#, "cannot be put in a header"),
        ("echo tok-4711; exit 1", "failed (exit status: 1); log in"),
    ] {
        let why = complaint(&plugin(script)).await;
        assert!(why.contains(said) && !why.contains("4711"), "{script}: {why}");
    }
}

#[tokio::test]
async fn a_plugin_that_is_not_there_says_how_to_get_it() {
    let exec = ExecConfig {
        command: Some("/no/such/plugin".into()),
        install_hint: Some("Install it with\n  brew install plugin".into()),
        ..ExecConfig::default()
    };
    let why = complaint(&exec).await;
    assert!(
        why.starts_with("the credential plugin `/no/such/plugin` cannot be started (No such file"),
        "{why}"
    );
    assert!(why.ends_with(": Install it with brew install plugin"), "{why}");
}

#[tokio::test]
async fn a_plugin_that_does_not_end_is_ended_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let child = folder.path().join("child");
    let script = format!("sleep 600 & echo $! > {}; wait", child.display());
    let plugin = Plugin::new(&plugin(&script)).unwrap().within(Duration::from_secs(2));
    let why = plugin.run().await.err().unwrap();
    assert!(why.contains("did not end within 2 s"), "{why}");
    let pid: i32 = std::fs::read_to_string(child).unwrap().trim().parse().unwrap();
    let gone = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    for _ in 0..500 {
        if gone() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the plugin's child {pid} is still running");
}

#[tokio::test]
async fn a_failure_is_remembered_and_told_to_all_until_it_is_forgiven() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("runs");
    let refreshed = Refreshed::new(Issuer::Plugin(
        Plugin::new(&plugin(&format!("echo run >> {}; exit 1", noted.display()))).unwrap(),
    ));
    for _ in 0..5 {
        assert!(matches!(refreshed.header().await, Err(Fault::Credential { .. })));
    }
    assert_eq!(runs(&noted), 1);
    refreshed.forgive().await;
    assert!(refreshed.header().await.is_err());
    assert_eq!(runs(&noted), 2);
}

#[tokio::test]
async fn a_token_that_the_server_refuses_at_once_is_not_asked_for_in_a_storm() {
    let folder = tempfile::tempdir().unwrap();
    let noted = folder.path().join("runs");
    let refreshed =
        Refreshed::new(Issuer::Plugin(Plugin::new(&issuing(&noted, r#"{"token":"tok-%s"}"#)).unwrap()));
    let header = refreshed.header().await.unwrap();
    assert_eq!(refreshed.refused(header.as_ref()).await, Remedy::Wait);
    // Whoever was refused with an older token has a newer one at hand.
    assert_eq!(refreshed.refused(Some(&HeaderValue::from_static("Bearer old"))).await, Remedy::SendAgain);
    assert_eq!(refreshed.header().await.unwrap(), header);
    assert_eq!(runs(&noted), 1);
}

#[tokio::test]
async fn a_token_that_fits_no_header_is_refused_and_not_quoted() {
    let auth = AuthInfo { token: Some("tok-4711\nx".to_owned().into()), ..AuthInfo::default() };
    let why = Credential::new(&auth).await.err().unwrap();
    assert_eq!(why, "the token holds characters that no token has; write it anew");
}

#[tokio::test]
async fn tokens_of_the_kubeconfig_are_put_on_requests() {
    let auth = AuthInfo { token: Some("plain".to_owned().into()), ..AuthInfo::default() };
    let (credential, _) = Credential::new(&auth).await.unwrap();
    assert_eq!(credential.header().await.unwrap().unwrap(), "Bearer plain");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    let auth = AuthInfo { token_file: Some(file.to_string_lossy().into()), ..AuthInfo::default() };
    let (credential, _) = Credential::new(&auth).await.unwrap();
    assert_eq!(credential.header().await.unwrap().unwrap(), "Bearer from-file");

    // client-go: if the file has gone since, what was last read of it is used.
    std::fs::remove_file(&file).unwrap();
    assert_eq!(credential.header().await.unwrap().unwrap(), "Bearer from-file");

    let password = Some("pw".to_owned().into());
    let auth = AuthInfo { username: Some("ann".into()), password, ..AuthInfo::default() };
    let (credential, _) = Credential::new(&auth).await.unwrap();
    assert_eq!(credential.header().await.unwrap().unwrap(), "Basic YW5uOnB3");

    let (credential, _) = Credential::new(&AuthInfo::default()).await.unwrap();
    assert_eq!(credential.header().await.unwrap(), None);
}

#[test]
fn long_words_are_hidden_and_addresses_are_not() {
    let long = "a".repeat(90);
    assert_eq!(redacted(&format!("token {long} refused")), "token (hidden) refused");
    let address = format!("https://login.example/{long}");
    assert_eq!(redacted(&address), address);
}

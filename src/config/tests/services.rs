use super::super::services::{Endpoint, Login};
use super::*;

fn provider(text: &str) -> crate::config::services::Provider {
    parse(&format!("[[provider]]\n{text}")).unwrap().services.providers.remove(0)
}

#[test]
fn a_provider_is_found_by_the_address_that_templates_name_and_reached_elsewhere() {
    let file = parse(
        "[[provider]]\nkind = 'prometheus'\naddress = 'http://prometheus.monitoring.svc:9090/'\n\
         reach = 'http://127.0.0.1:19090/prom/'\n",
    )
    .unwrap();
    let found = file.services.provider("prometheus", "http://prometheus.monitoring.svc:9090").unwrap();
    assert_eq!(found.reach.to_string(), "http://127.0.0.1:19090/prom");
    assert_eq!(found.login, Login::Nobody);
    assert!(file.services.provider("prometheus", "http://prometheus.monitoring.svc:9090//").is_some());
    assert!(file.services.provider("prometheus", "http://prometheus.other.svc:9090").is_none());
    assert!(file.services.provider("datadog", "http://prometheus.monitoring.svc:9090").is_none());
}

#[test]
fn ports_and_files_that_are_left_out_or_relative_are_what_one_expects() {
    let read =
        provider("address = 'https://prom.example.com'\nca-file = 'ca.pem'\nbearer-token-file = '/t'\n");
    let folder = Path::new("/home/ann/.config/rollgate");
    let wanted = Endpoint {
        secure: true,
        host: "prom.example.com".to_owned(),
        port: 443,
        prefix: String::new(),
        authority: Some(folder.join("ca.pem")),
    };
    assert_eq!(read.reach, wanted);
    assert_eq!(read.login, Login::Bearer { token: "/t".into() });
    let read = provider("address = 'http://[::1]'\nuser = 'ann'\npassword-file = 'pw'\n");
    assert_eq!((read.reach.host.as_str(), read.reach.port), ("::1", 80));
    assert_eq!(read.reach.to_string(), "http://[::1]:80");
    assert_eq!(read.login, Login::Basic { user: "ann".to_owned(), password: folder.join("pw") });
}

#[test]
fn an_address_without_tls_is_one_of_this_machine() {
    let refused = refusal("[[provider]]\naddress = 'http://prometheus.monitoring:9090'\n");
    assert!(refused.contains("toml:2: provider: address: is asked over https"), "{refused}");
    let refused = refusal("[[provider]]\naddress = 'http://p:9090'\nreach = 'http://10.0.0.7:9090'\n");
    assert!(refused.contains("toml:3: provider: reach: is asked over https"), "{refused}");
    for local in ["http://localhost:1", "http://127.9.9.9:1", "http://[::1]:1"] {
        provider(&format!("address = '{local}'\n"));
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let url = "must be a URL as";
    for (written, why) in [
        ("address = 'https://ann:pw@prom.example.com'", url),
        ("address = 'https://prom.example.com?x=1'", url),
        ("address = 'https://prom.example.com/#a'", url),
        ("address = 'ftp://prom.example.com'", url),
        ("address = 'prom.example.com:9090'", url),
        ("address = ''", url),
        ("kind = 'prometheus'", "a provider wants address"),
        ("kind = 'datadog'\naddress = 'https://p'", "`datadog` cannot be asked"),
        ("address = 'https://p'\nuser = 'ann'", "log in with bearer-token-file alone"),
        ("address = 'https://p'\nuser = 'a:b'\npassword-file = 'f'", "without a colon"),
        ("address = 'https://p'\nuser = 'ann'\npassword-file = 'f'\nbearer-token-file = 'g'", "log in with"),
        ("address = 'https://p'\npassword = 'secret'", "there is no setting `password`"),
        ("address = 'https://p'\nca-file = ''", "must be the path of a file"),
        ("address = 'https://p'\n[[provider]]\naddress = 'https://p/'", "https://p is there twice"),
    ] {
        let refused = refusal(&format!("[[provider]]\n{written}\n"));
        assert!(refused.contains(why), "{written}: {refused}");
        assert!(!refused.contains("pw") && !refused.contains("secret'"), "{refused}");
    }
}

#[test]
fn the_policy_service_wants_where_in_whose_name_and_which_key() {
    let whole =
        "[policy-service]\nurl = 'https://cordum.example.com'\ntenant = 'default'\napi-key-file = 'key'\n";
    let read = parse(whole).unwrap().services.policy_service.unwrap();
    assert_eq!((read.tenant.as_str(), read.simulate), ("default", false));
    assert_eq!(read.api_key, Path::new("/home/ann/.config/rollgate/key"));
    assert!(parse(&format!("{whole}simulate = true\n")).unwrap().services.policy_service.unwrap().simulate);
    for key in ["url", "tenant", "api-key-file"] {
        let less: String =
            whole.lines().filter(|line| !line.starts_with(key)).map(|l| format!("{l}\n")).collect();
        assert!(refusal(&less).ends_with(&format!("policy-service: wants {key}")), "{}", refusal(&less));
    }
    let refused = refusal("[policy-service]\nurl = 'http://cordum.example.com'\n");
    assert!(refused.contains("policy-service: url: is asked over https"), "{refused}");
    let refused = refusal("[policy-service]\napi-key = 'k'\n");
    assert!(refused.ends_with("toml:2: there is no setting `api-key`"), "{refused}");
}

#[test]
fn the_controllers_metrics_are_reached_at_their_usual_path_unless_another_is_written() {
    let read =
        |written: &str| parse(&format!("[controller]\n{written}\n")).unwrap().services.controller.unwrap();
    let plain = read("metrics = 'http://127.0.0.1:8090'");
    assert_eq!(
        (plain.reach.to_string().as_str(), plain.login),
        ("http://127.0.0.1:8090/metrics", Login::Nobody)
    );
    let whole = read(
        "metrics = 'https://argo.example.com/rollouts/metrics/'\nbearer-token-file = '/t'\nca-file = 'ca.pem'",
    );
    assert_eq!(whole.reach.to_string(), "https://argo.example.com:443/rollouts/metrics");
    assert_eq!(whole.login, Login::Bearer { token: "/t".into() });
    assert_eq!(whole.reach.authority.as_deref(), Some(Path::new("/home/ann/.config/rollgate/ca.pem")));
    assert_eq!(parse("").unwrap().services.controller, None);
    for (written, why) in [
        (
            "metrics = 'http://argo-rollouts-metrics.argo-rollouts:8090'",
            "controller: metrics: is asked over https",
        ),
        ("user = 'ann'", "controller: wants metrics"),
        ("metric = 'http://127.0.0.1:1'", "there is no setting `metric`"),
        ("metrics = 'http://127.0.0.1:1'\nuser = 'ann'", "log in with"),
    ] {
        let refused = refusal(&format!("[controller]\n{written}\n"));
        assert!(refused.contains(why), "{written}: {refused}");
    }
}

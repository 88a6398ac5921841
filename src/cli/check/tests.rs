use super::*;
use crate::config::{Environment, Flags};

fn said(text: &str, flags: Flags) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let flags = Flags { config: Some(path.clone()), ..flags };
    words(&Config::resolve(flags, &Environment::default()).unwrap())
        .replace(&path.display().to_string(), "config.toml")
}

#[test]
fn what_is_allowed_denied_and_frozen_is_said_in_the_order_in_which_it_counts() {
    let text = "role = 'sre'\nallow = 'staging/*'\n\
        [[rule]]\ncontext = 'prod'\nnamespace = 'shop'\noperation = 'promote'\neffect = 'allow'\nwith = 'reason'\n\
        max-weight = 25\ncool-down = '10m'\nrole = ['sre', 'dev']\nexpiry = '90s'\n\
        [[rule]]\nnamespace = 'pay'\n\
        [[freeze]]\nname = 'weekend'\nat = '0 18 * * fri'\nlasts = '2d 14h'\nzone = 'Europe/Berlin'\n";
    let flags = Flags { allow: vec!["dev/*".into()], ..Flags::default() };
    assert_eq!(
        said(text, flags),
        "config.toml is in order.\n\
         allows  dev/*: expires after 2m\n\
         allows  staging/*: expires after 2m\n\
         allows  prod/shop promote (line 3): reason typed, role sre or dev, at most 25 % by one promotion, \
         10m between two promotions, expires after 90s\n\
         denies  */pay (line 13)\n\
         Of the rules that cover an order the last one counts.\n\
         freezes weekend: 0 18 * * fri, for 2d 14h, Europe/Berlin; `override weekend` and a reason go over it\n\
         You claim the role sre.\n"
    );
}

#[test]
fn without_rules_it_says_that_nothing_may_be_ordered() {
    assert_eq!(
        said("", Flags::default()),
        "config.toml is in order.\nNothing may be ordered: this program only reads.\n"
    );
    let none = words(&Config::resolve(Flags::default(), &Environment::default()).unwrap());
    assert!(none.starts_with("There is no configuration file."), "{none}");
}

#[test]
fn policies_of_gates_are_counted_and_one_that_can_never_pass_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let gates = folder.path().join("gates");
    std::fs::create_dir(&gates).unwrap();
    std::fs::set_permissions(&gates, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let policy = "rollout_gates:\n  min_data_points_per_metric: 50\n";
    std::fs::write(gates.join("web.yaml"), policy).unwrap();
    std::fs::set_permissions(gates.join("web.yaml"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let flags = Flags { gates: Some(gates.clone()), ..Flags::default() };
    let told = words(&Config::resolve(flags, &Environment::default()).unwrap());
    assert!(told.contains(&format!("gates   1 policy in {}\n", gates.display())), "{told}");
    assert!(told.contains("gates   web can never pass: there are no metrics"), "{told}");
}

#[test]
fn a_rule_for_the_policy_service_without_one_is_said_to_lead_nowhere() {
    let rule =
        "[[rule]]\ncontext = 'prod'\nnamespace = 'shop'\noperation = ['abort', 'rerun']\neffect = 'allow'\n";
    let nowhere = "nowhere prod/shop abort,rerun (line 1): run and rerun go to the policy service, and there is no [policy-service]\n";
    assert!(said(rule, Flags::default()).contains(nowhere));
    let service = "[policy-service]\nurl = 'http://127.0.0.1:8081'\ntenant = 'shop'\napi-key-file = 'key'\n";
    assert!(!said(&format!("{rule}{service}"), Flags::default()).contains("nowhere"));
    assert!(!said(&rule.replace("'allow'", "'deny'"), Flags::default()).contains("nowhere"));
}

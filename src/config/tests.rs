use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use super::connection::request_timeout;
use super::*;
use crate::operation::Kind;
use crate::rollout::Key;

mod rules;
mod services;

fn parse(text: &str) -> Result<File, Error> {
    File::parse(Path::new("/home/ann/.config/rollgate/config.toml"), text)
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn key(namespace: &str) -> Key {
    Key { namespace: namespace.into(), name: "web".into() }
}

#[test]
fn every_setting_of_the_file_is_read() {
    let file = parse(
        "theme = 'light'\nascii = true\ncolour = '256'\nledger = 'mine.db'\nallow = [\n  'a/b',\n]\n\
         [keys]\npromote = ['p', 'ctrl-p']\nquit = 'x'\n",
    )
    .unwrap();
    assert_eq!(file.theme.as_deref(), Some("light"));
    assert_eq!(file.glyphs, Some(Glyphs::Ascii));
    assert_eq!(file.colour, Some(Colour::Palette));
    assert_eq!(file.ledger.as_deref(), Some(Path::new("/home/ann/.config/rollgate/mine.db")));
    assert_eq!(file.keys["promote"], ["p", "ctrl-p"]);
    assert_eq!(file.keys["quit"], ["x"]);
    assert_eq!(file.allow.len(), 1);
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_key_that_was_meant() {
    assert_eq!(
        refusal("theme = 'dark'\n\ncolor = 'auto'\n"),
        "/home/ann/.config/rollgate/config.toml:3: there is no setting `color`: did you mean `colour`?"
    );
    assert!(refusal("rules = []\n").ends_with("toml:1: there is no setting `rules`: did you mean `rule`?"));
    assert_eq!(
        refusal("telemetry = true\n"),
        "/home/ann/.config/rollgate/config.toml:1: there is no setting `telemetry`"
    );
}

#[test]
fn a_wrong_value_is_refused_with_its_line() {
    assert!(refusal("theme = 'dark'\nascii = 'yes'\n").ends_with("toml:2: ascii: must be true or false"));
    assert!(
        refusal("allow = ['a/b',\n 7]\n")
            .ends_with("toml:2: allow: must be a text in quotes, or a list of them")
    );
    assert!(refusal("theme = 4\n").ends_with("toml:1: theme: must be a text in quotes"));
    assert!(refusal("colour = 'red'\n").contains("`red` is not a colour depth: use auto, never"));
    assert!(refusal("allow = ['prod']\n").contains("`prod` is not CONTEXT/NAMESPACE"));
    assert!(refusal("theme = 'dark'\ntheme = 'light'\n").contains("toml:2: "));
    assert!(refusal("theme = \n").contains("toml:1: "));
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "theme = 'file'\ncolour = '16'\nledger = '/file.db'\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut environment = Environment { config: Some(path.clone()), ..Environment::default() };

    let config = Config::resolve(Flags::default(), &environment).unwrap();
    assert_eq!((config.theme.as_deref(), config.colour), (Some("file"), Colour::Sixteen));
    assert_eq!(config.file.as_ref(), Some(&path));

    environment.theme = Some("variable".into());
    environment.no_colour = true;
    environment.ledger = Some("/variable.db".into());
    let config = Config::resolve(Flags::default(), &environment).unwrap();
    assert_eq!((config.theme.as_deref(), config.colour), (Some("variable"), Colour::Never));
    assert_eq!(config.ledger.as_deref(), Some(Path::new("/variable.db")));

    let flags = Flags { theme: Some("flag".into()), colour: Some(Colour::True), ..Flags::default() };
    let config = Config::resolve(flags, &environment).unwrap();
    assert_eq!((config.theme.as_deref(), config.colour), (Some("flag"), Colour::True));
}

#[test]
fn leave_to_write_is_what_flags_and_file_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "# mine\nallow = [\"kind/team-a\"]\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let flags = Flags {
        config: Some(path.clone()),
        allow: vec!["arn:aws:eks:eu:1:cluster/prod/pay".into()],
        ..Flags::default()
    };
    let config = Config::resolve(flags, &Environment::default()).unwrap();
    assert!(config.policy.may_allow("kind", &key("team-a")));
    assert!(!config.policy.may_allow("kind", &key("team-b")));
    let place = key("pay");
    let (rule, _) = config.policy.terms("arn:aws:eks:eu:1:cluster/prod", &place, Kind::Promote).unwrap();
    assert_eq!(rule.to_string(), "arn:aws:eks:eu:1:cluster/prod/pay");
}

#[test]
fn nothing_may_be_written_unless_a_person_says_so() {
    let config = Config::resolve(Flags::default(), &Environment::default()).unwrap();
    assert!(config.policy.is_read_only());
    let flags = Flags { allow: vec!["*/prod".into()], ..Flags::default() };
    let refused = Config::resolve(flags, &Environment::default()).unwrap_err().to_string();
    assert!(refused.starts_with("--allow: `*/prod` is not CONTEXT/NAMESPACE"), "{refused}");
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "theme = 'dark'\n").unwrap();
    for mode in [0o660, 0o602, 0o622] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let refused = File::read(&path).unwrap_err().to_string();
        assert!(refused.contains("others may write it; run chmod go-w "), "{mode:o}: {refused}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(File::read(&path).is_ok());
}

#[test]
fn a_named_file_must_be_there_and_the_default_one_need_not() {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags { config: Some(folder.path().join("none.toml")), ..Flags::default() };
    let refused = Config::resolve(flags, &Environment::default()).unwrap_err().to_string();
    assert!(
        refused.starts_with("cannot read the configuration ") && refused.contains("none.toml: No such file")
    );
    let environment = Environment { config_home: Some(folder.path().to_owned()), ..Environment::default() };
    assert!(Config::resolve(Flags::default(), &environment).is_ok());
    std::fs::create_dir_all(folder.path().join("rollgate/config.toml")).unwrap();
    let refused = Config::resolve(Flags::default(), &environment).unwrap_err().to_string();
    assert!(refused.ends_with("it is not a regular file"), "{refused}");
}

#[test]
fn a_request_timeout_is_read_as_kubectl_reads_it() {
    assert_eq!(request_timeout("0"), Ok(None));
    assert_eq!(request_timeout("0s"), Ok(None));
    assert_eq!(request_timeout("30s"), Ok(Some(Duration::from_secs(30))));
    assert_eq!(request_timeout("1m30s"), Ok(Some(Duration::from_secs(90))));
    assert_eq!(request_timeout("1500ms"), Ok(Some(Duration::from_millis(1500))));
    for wrong in ["", "30", "s", "1d", "-1s", "1.5s", "99999999999999999h"] {
        assert!(request_timeout(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_token_is_never_shown_by_debug() {
    let connection = Connection { token: Some("tok-SECRET".to_owned().into()), ..Connection::default() };
    assert!(!format!("{connection:?}").contains("SECRET"));
}

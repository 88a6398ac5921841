use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::{Config, Environment, Flags};

const CORE: &str = "rollout_gates:\n  min_data_points_per_metric: 50\n";

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    /// A configuration file, and the folder beside it.
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Self { folder };
        home.put("config.toml", config);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        set_permissions(path.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
        write(&path, text).unwrap();
        set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    }

    fn resolve(&self, gates: Option<&str>) -> Result<Gates, String> {
        let flags = Flags {
            config: Some(self.path("config.toml")),
            gates: gates.map(|name| self.path(name)),
            ..Flags::default()
        };
        let config = Config::resolve(flags, &Environment::default()).map_err(|error| error.to_string())?;
        Ok(config.gates)
    }
}

fn names(gates: &Gates) -> Vec<&str> {
    gates.shelf.policies().iter().map(|policy| &*policy.name).collect()
}

#[test]
fn the_folder_beside_the_configuration_is_read_by_name_and_need_not_be_there() {
    let home = Home::new("");
    assert_eq!(home.resolve(None).unwrap().folder, None);
    home.put("gates/b.yml", CORE);
    home.put("gates/a.yaml", CORE);
    home.put("gates/c.yaml", &format!("name: zebra\n{CORE}"));
    home.put("gates/notes.txt", "no policy");
    home.put("gates/.a.yaml", "{ half written");
    let gates = home.resolve(None).unwrap();
    assert_eq!(names(&gates), ["a", "b", "zebra"]);
    assert_eq!(gates.folder, Some(home.path("gates")));
}

#[test]
fn a_flag_beats_the_setting_and_the_setting_the_folder_beside_and_what_is_named_must_be_there() {
    let home = Home::new("gates = 'mine'\n");
    home.put("gates/beside.yaml", CORE);
    home.put("mine/set.yaml", CORE);
    home.put("other/flag.yaml", CORE);
    assert_eq!(names(&home.resolve(None).unwrap()), ["set"]);
    assert_eq!(names(&home.resolve(Some("other")).unwrap()), ["flag"]);
    let refused = home.resolve(Some("none")).unwrap_err();
    assert!(
        refused.starts_with("cannot read the gates ") && refused.contains("none: No such file"),
        "{refused}"
    );
    let refused = home.resolve(Some("config.toml")).unwrap_err();
    assert!(refused.ends_with("it is no folder"), "{refused}");
}

#[test]
fn a_policy_that_is_wrong_ends_the_start_with_file_line_and_what_was_meant() {
    let home = Home::new("");
    home.put("gates/a.yaml", CORE);
    home.put("gates/b.yaml", "rollout_gates:\n  min_data_points_per_metrc: 50\n");
    let refused = home.resolve(None).unwrap_err();
    let place =
        format!("{}:2: there is no setting `min_data_points_per_metrc`", home.path("gates/b.yaml").display());
    assert!(refused.starts_with(&place) && refused.contains("did you mean"), "{refused}");
    home.put("gates/b.yaml", &format!("name: a\n{CORE}"));
    let refused = home.resolve(None).unwrap_err();
    assert!(refused.contains("b.yaml: there is another policy `a` in this folder"), "{refused}");
    std::fs::remove_file(home.path("gates/b.yaml")).unwrap();
    std::fs::create_dir(home.path("gates/b.yaml")).unwrap();
    assert!(home.resolve(None).unwrap_err().ends_with("it is not a regular file"));
}

#[test]
fn what_others_may_write_decides_nothing() {
    let home = Home::new("");
    home.put("gates/a.yaml", CORE);
    assert!(home.resolve(None).is_ok());
    for (path, mode) in [("gates/a.yaml", 0o666), ("gates", 0o775)] {
        let before = std::fs::metadata(home.path(path)).unwrap().permissions();
        set_permissions(home.path(path), Permissions::from_mode(mode)).unwrap();
        let refused = home.resolve(None).unwrap_err();
        assert!(
            refused
                .contains("decides about promotions, so it is refused: others may write it; run chmod go-w "),
            "{refused}"
        );
        set_permissions(home.path(path), before).unwrap();
    }
    assert!(home.resolve(None).is_ok());
}

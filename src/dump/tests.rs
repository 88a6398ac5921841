use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::*;

fn from_text(text: &str) -> Result<Dump, DumpError> {
    Dump::read(Path::new("-"), &mut text.as_bytes())
}

fn dump_of(text: &str) -> Dump {
    from_text(text).expect("a dump")
}

fn names(dump: &Dump) -> Vec<&str> {
    dump.rollouts.iter().map(|it| &*it.meta.key.name).collect()
}

fn rollout(name: &str) -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"namespace": "shop", "name": name}})
}

#[test]
fn one_json_object_is_one_rollout() {
    let dump = dump_of(&rollout("web").to_string());
    assert_eq!(names(&dump), ["web"]);
    assert_eq!(dump.skipped, 0);
}

#[test]
fn json_documents_follow_one_another_with_or_without_separators() {
    let text = format!("\n{}\n---\n{}{}\n", rollout("a"), rollout("b"), rollout("c"));
    assert_eq!(names(&dump_of(&text)), ["a", "b", "c"]);
}

#[test]
fn a_json_array_is_a_list() {
    assert_eq!(names(&dump_of(&json!([rollout("a"), rollout("b"), 7]).to_string())), ["a", "b"]);
}

#[test]
fn yaml_documents_are_read_one_by_one_and_empty_ones_are_nothing() {
    let text = "# a comment\n---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: a\n---\n---\n\
                apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: b, namespace: shop}\n...\n";
    let dump = dump_of(text);
    assert_eq!(names(&dump), ["a", "b"]);
    assert_eq!(dump.skipped, 0);
}

#[test]
fn a_list_of_mixed_kinds_fills_every_shelf_and_counts_the_rest() {
    let item =
        |version: &str, kind: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}});
    let list = json!({"apiVersion": "v1", "kind": "List", "items": [
        item("argoproj.io/v1alpha1", "Rollout"), item("apps/v1", "ReplicaSet"), item("v1", "Pod"),
        item("argoproj.io/v1alpha1", "AnalysisRun"), item("argoproj.io/v1alpha1", "Experiment"),
        item("apps/v1", "Deployment"), item("v1", "Service"), item("other.io/v1", "Rollout"), "text",
    ]});
    for text in [list.to_string(), serde_saphyr::to_string(&list).unwrap()] {
        let dump = dump_of(&text);
        let counts = [
            dump.rollouts.len(),
            dump.replica_sets.len(),
            dump.pods.len(),
            dump.analysis_runs.len(),
            dump.experiments.len(),
            dump.deployments.len(),
            dump.skipped,
        ];
        assert_eq!(counts, [1, 1, 1, 1, 1, 1, 3], "{text}");
    }
}

#[test]
fn items_of_a_typed_list_take_its_kind_wherever_it_is_written() {
    let item = r#"{"metadata":{"name":"web-1"}}"#;
    let before = format!(r#"{{"kind":"PodList","apiVersion":"v1","items":[{item}]}}"#);
    let after = format!(r#"{{"items":[{item}],"apiVersion":"v1","kind":"PodList"}}"#);
    for text in [before, after] {
        let dump = dump_of(&text);
        assert_eq!((dump.pods.len(), dump.skipped), (1, 0), "{text}");
    }
}

#[test]
fn items_of_an_untyped_list_that_name_no_kind_are_skipped() {
    let dump = dump_of(r#"{"kind":"List","apiVersion":"v1","items":[{"metadata":{"name":"x"}}]}"#);
    assert_eq!(dump.skipped, 1);
}

#[test]
fn lists_within_lists_and_empty_lists_are_read() {
    let inner =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "RolloutList", "items": [rollout("in")]});
    let outer = json!({"apiVersion": "v1", "kind": "List", "items": [inner, rollout("out")]});
    assert_eq!(names(&dump_of(&outer.to_string())), ["in", "out"]);
    for empty in ["[]", "null", "{}"] {
        let text = format!(r#"{{"apiVersion":"v1","kind":"List","items":{empty}}}"#);
        assert_eq!(dump_of(&text), Dump::default(), "{empty}");
    }
}

#[test]
fn the_last_of_two_objects_of_one_name_is_kept_in_the_place_of_the_first() {
    let mut later = rollout("a");
    later["spec"] = json!({"replicas": 9});
    let dump = dump_of(&json!([rollout("a"), rollout("b"), later]).to_string());
    assert_eq!(names(&dump), ["a", "b"]);
    assert_eq!(dump.rollouts[0].spec.replicas, Some(9));
}

#[test]
fn a_rollout_with_wrong_and_missing_fields_is_shown_with_what_is_known() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: odd}\n\
                spec: {replicas: many, strategy: 7, novel: [1]}\nstatus: none\n";
    let dump = dump_of(text);
    assert_eq!(names(&dump), ["odd"]);
    assert_eq!(dump.rollouts[0].spec.replicas, None);
}

#[test]
fn broken_json_is_named_with_its_line_counted_from_the_start_of_the_file() {
    let text = format!("{}\n\n{{\"a\": 1,\n \"b\" 2}}", rollout("a"));
    let error = from_text(&text).unwrap_err().to_string();
    assert!(
        error.starts_with("standard input, line 4, is not JSON of Kubernetes objects: expected `:`;"),
        "{error}"
    );
}

#[test]
fn json_that_ends_too_early_says_so() {
    let error = from_text("{\"kind\": \"List\",\n\"items\": [").unwrap_err().to_string();
    assert!(error.contains("line 2, is not JSON of Kubernetes objects: the text ends too early;"), "{error}");
}

#[test]
fn broken_yaml_is_named_with_its_line() {
    let error = from_text("kind: Rollout\nmetadata:\n  name: a\n name: b\n").unwrap_err().to_string();
    let expected = "standard input, line 4, is not YAML of Kubernetes objects: while parsing a block mapping, did not \
                    find expected key; correct it, or write it again with kubectl get -o json";
    assert_eq!(error, expected);
}

#[test]
fn text_that_is_no_object_is_an_error() {
    let error = from_text("just words\n").unwrap_err().to_string();
    assert!(error.starts_with("standard input is not YAML of Kubernetes objects: "), "{error}");
}

#[test]
fn a_fault_anywhere_leaves_no_half_dump() {
    assert!(from_text(&format!("{}\n{{", rollout("a"))).is_err());
}

#[test]
fn an_empty_input_is_an_empty_dump() {
    for text in ["", "\n", "---\n", "# nothing\n", "\u{feff}"] {
        assert_eq!(from_text(text), Ok(Dump::default()), "{text:?}");
    }
}

#[test]
fn yaml_that_multiplies_itself_is_refused() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let again = vec![format!("*a{}", i - 1); 10].join(",");
        text.push_str(&format!("a{i}: &a{i} [{again}]\n"));
    }
    assert!(from_text(&text).is_err());
}

#[test]
fn nesting_without_end_is_refused_in_both_languages() {
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "a:\n ".to_owned() + &"- ".repeat(100_000)] {
        assert!(from_text(&text).is_err());
    }
}

#[test]
fn a_folder_is_read_in_the_order_of_its_paths_and_only_where_names_say_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    for (path, text) in [
        ("c.json", rollout("third").to_string()),
        ("a.yaml", rollout("first").to_string()),
        ("b/x.yml", "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: second}\n".to_owned()),
        ("README.md", "{ not read".to_owned()),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    let dump = Dump::read(folder.path(), &mut io::empty()).unwrap();
    assert_eq!(names(&dump), ["first", "second", "third"]);
}

#[test]
fn a_fault_in_a_folder_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.yaml"), "a: [\n").unwrap();
    let error = Dump::read(folder.path(), &mut io::empty()).unwrap_err().to_string();
    let place = format!("{}, line ", folder.path().join("bad.yaml").display());
    assert!(error.starts_with(&place), "{error}");
}

#[test]
fn a_folder_without_readable_names_says_what_to_write_there() {
    let folder = tempfile::tempdir().unwrap();
    let error = Dump::read(folder.path(), &mut io::empty()).unwrap_err();
    assert!(error.to_string().contains("holds no .yaml, .yml or .json file"), "{error}");
}

#[test]
fn a_missing_file_is_named_in_one_sentence() {
    let error = Dump::read(Path::new("/nowhere/at/all.yaml"), &mut io::empty()).unwrap_err().to_string();
    let expected = "cannot read /nowhere/at/all.yaml: No such file or directory; \
                    give --from a file, a folder, or - for standard input";
    assert_eq!(error, expected);
}

#[test]
fn a_name_is_found_in_its_namespace_or_alone_in_all() {
    let mut twin = rollout("web");
    twin["metadata"]["namespace"] = json!("bank");
    let dump = dump_of(&json!([rollout("web"), twin, rollout("api")]).to_string());
    assert_eq!(&*dump.find(Some("bank"), "web").unwrap().meta.key.namespace, "bank");
    assert_eq!(&*dump.find(None, "api").unwrap().meta.key.name, "api");
    assert_eq!(dump.find(None, "web"), Err(Unfound::Several(vec!["bank".to_owned(), "shop".to_owned()])));
    assert_eq!(dump.find(Some("bank"), "api"), Err(Unfound::Absent));
    assert_eq!(dump.rollouts_in(Some("shop")).len(), 2);
}

#[test]
fn a_family_is_assembled_from_the_dump() {
    let text = json!([
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web", "uid": "u1"}},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata":
            {"name": "web-1", "uid": "u2", "ownerReferences": [{"uid": "u1", "name": "web", "kind": "Rollout", "apiVersion": "x"}]}},
        {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "stranger", "uid": "u9"}},
    ]);
    let dump = dump_of(&text.to_string());
    let family = dump.family(dump.find(None, "web").unwrap());
    let sets: Vec<&str> = family.replica_sets.iter().map(|it| &*it.meta.key.name).collect();
    assert_eq!(sets, ["web-1"]);
}

#[test]
fn the_last_of_two_equal_keys_counts_in_both_languages() {
    let head = "\"apiVersion\": \"argoproj.io/v1alpha1\", \"kind\": \"Rollout\",";
    let json = format!("{{{head} \"metadata\": {{\"name\": \"a\", \"name\": \"b\"}}}}");
    assert_eq!(names(&dump_of(&json)), ["b"]);
    assert_eq!(names(&dump_of(&format!("# as YAML\n{json}"))), ["b"]);
}

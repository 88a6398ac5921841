use std::collections::HashSet;

use proptest::prelude::*;

use super::rules::Unfit;
use super::*;

fn with(overrides: &[(&str, &str)]) -> Result<Keymap, KeymapError> {
    Keymap::with_overrides(overrides.iter().copied())
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

#[test]
fn the_default_table_obeys_every_rule() {
    Keymap::defaults().unwrap();
}

#[test]
fn every_action_is_listed_once_under_a_kebab_case_name_with_words_keys_and_places() {
    let mut names = HashSet::new();
    for action in Action::ALL {
        let row = action.binding();
        assert!(names.insert(row.name), "{} twice", row.name);
        assert!(row.name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", row.name);
        assert_eq!(Action::named(row.name), Some(*action), "the row of {} stands elsewhere", row.name);
        assert!(row.help.ends_with('.') && row.help.len() < 60, "{}", row.help);
        assert!(!row.label.is_empty() && row.label.len() <= 10, "{}", row.label);
        assert!(!row.places.is_empty() && !row.keys.is_empty());
    }
}

#[test]
fn keys_mean_what_the_place_says() {
    let keymap = Keymap::defaults().unwrap();
    for (place, text, expected) in [
        (Place::Fleet, "enter", Some(Action::Open)),
        (Place::Fleet, "esc", Some(Action::ClearFilter)),
        (Place::Rollout, "esc", Some(Action::Back)),
        (Place::Modal, "esc", Some(Action::Cancel)),
        (Place::Modal, "enter", None),
        (Place::Modal, "space", None),
        (Place::Modal, "y", Some(Action::Confirm)),
        (Place::Fleet, "y", None),
        (Place::Rollout, "y", None),
        (Place::Modal, "p", None),
        (Place::Fleet, "p", Some(Action::Promote)),
        (Place::Rollout, "x", Some(Action::Abort)),
        (Place::Help, "p", None),
        (Place::Modal, "n", Some(Action::Cancel)),
        (Place::Fleet, "n", Some(Action::NextNamespace)),
        (Place::Fleet, "G", Some(Action::Bottom)),
        (Place::Modal, "ctrl-c", Some(Action::Leave)),
        (Place::Typing, "ctrl-c", Some(Action::Leave)),
        (Place::Fleet, "ctrl-p", None),
        (Place::Fleet, "P", None),
    ] {
        assert_eq!(keymap.resolve(place, key(text)), expected, "{text} in {place:?}");
    }
}

#[test]
fn typed_text_never_means_an_action() {
    let keymap = Keymap::defaults().unwrap();
    for c in (' '..='~').chain(['é', 'я']) {
        assert_eq!(keymap.resolve(Place::Typing, Key::char(c)), None, "{c}");
    }
    assert_eq!(keymap.resolve(Place::Typing, key("down")), Some(Action::Down));
    assert_eq!(keymap.resolve(Place::Typing, key("esc")), Some(Action::Cancel));
}

#[test]
fn an_override_replaces_all_keys_of_its_action_and_no_others() {
    let keymap = with(&[("down", "ctrl-n"), ("promote", "b")]).unwrap();
    assert_eq!(keymap.resolve(Place::Fleet, key("ctrl-n")), Some(Action::Down));
    assert_eq!(keymap.resolve(Place::Fleet, key("j")), None);
    assert_eq!(keymap.resolve(Place::Fleet, key("b")), Some(Action::Promote));
    assert_eq!(keymap.resolve(Place::Fleet, key("p")), None);
    assert_eq!(keymap.keys(Action::Up), [key("up"), key("k")]);
}

#[test]
fn a_conflict_names_the_key_the_place_and_both_actions() {
    let refusal = with(&[("filter", "n")]).unwrap_err();
    assert_eq!(refusal.to_string(), "key n means both filter and next-namespace in Fleet");
}

#[test]
fn the_same_key_may_mean_different_things_in_places_apart() {
    with(&[("filter", "c")]).unwrap();
}

#[test]
fn a_reading_key_may_not_be_a_slip_away_from_a_staging_one() {
    let refusal = with(&[("refresh", "ctrl-p")]).unwrap_err();
    assert!(
        matches!(
            refusal,
            KeymapError::Unfit { action: Action::Promote, why: Unfit::SlipFrom(Action::Refresh, _), .. }
        ),
        "{refusal}"
    );
    for slip in ["ctrl-y", "alt-y", "Y", "alt-x", "X"] {
        with(&[("refresh", slip)]).expect_err(slip);
    }
    with(&[("pause", "z")]).expect_err("z lies beside ctrl-z");
}

#[test]
fn no_torn_escape_sequence_stages_or_confirms() {
    for action in ["promote", "pause", "resume", "abort", "confirm"] {
        for letter in "ABCDFHPQRS[O~0123456789".chars() {
            let refusal = with(&[(action, &letter.to_string())]).unwrap_err();
            assert!(
                matches!(refusal, KeymapError::Unfit { why: Unfit::TornSequence, .. }),
                "{action} on {letter}: {refusal}"
            );
        }
        with(&[(action, "alt-A")]).expect_err("Escape and A may be one key or two");
    }
}

#[test]
fn reflex_keys_neither_stage_nor_confirm() {
    for action in ["promote", "abort", "confirm"] {
        for reflex in ["enter", "space", "esc", "tab", "ctrl-space"] {
            with(&[(action, reflex)]).expect_err(&format!("{action} on {reflex}"));
        }
    }
}

#[test]
fn the_confirming_key_stages_nothing() {
    let refusal = with(&[("confirm", "p")]).unwrap_err();
    assert!(refusal.to_string().contains("the same key stages an operation (promote)"), "{refusal}");
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    for (overrides, words) in [
        (("promotee", "p"), "there is no action \"promotee\""),
        (("promote", "hyper-p"), "key \"hyper-p\" of promote"),
        (("promote", ""), "promote has no key"),
        (("refresh", "ctrl-i"), "terminals send it as tab"),
        (("cancel", "n q"), "cancel needs a key that types no text"),
    ] {
        let refusal = with(&[overrides]).unwrap_err().to_string();
        assert!(refusal.contains(words), "{refusal}");
    }
}

#[test]
fn the_footer_puts_essential_keys_first_and_help_shows_every_one() {
    let keymap = Keymap::defaults().unwrap();
    for place in Place::ALL {
        let footer = keymap.footer(*place);
        assert!(footer.windows(2).all(|pair| pair[0].binding.rank <= pair[1].binding.rank));
        assert!(footer.iter().all(|entry| entry.binding.rank != Rank::HelpOnly));
        assert!(keymap.entries(*place).count() >= footer.len());
    }
    let modal: Vec<_> = keymap.footer(Place::Modal).iter().map(|entry| entry.action).collect();
    assert_eq!(modal, [Action::Confirm, Action::Cancel, Action::CopyRequest]);
    let helped: HashSet<_> =
        Place::ALL.iter().flat_map(|place| keymap.entries(*place)).map(|entry| entry.action).collect();
    assert_eq!(helped.len(), Action::ALL.len());
}

#[test]
fn keys_are_spelled_in_words_or_symbols() {
    let keymap = Keymap::defaults().unwrap();
    let up = keymap.bindings().find(|entry| entry.action == Action::Up).unwrap();
    assert_eq!(up.first_key(Spelling::Utf8), "↑");
    assert_eq!(up.all_keys(Spelling::Ascii), "up k");
    assert_eq!(key("ctrl-page-up").to_string(), "ctrl-page-up");
}

#[test]
fn every_spelling_of_a_key_is_one_value() {
    assert_eq!(key("shift-g"), key("G"));
    assert_eq!(key("ctrl-C"), key("ctrl-c"));
    assert_eq!(key("alt-ctrl-x"), key("ctrl-alt-x"));
    assert_eq!(key("-"), Key::char('-'));
    assert_eq!(key("ctrl--"), Key::char('-').ctrl());
    assert_eq!(key("f"), Key::char('f'));
    assert_eq!(key("f12"), Key::new(Code::Function(12)));
    for wrong in ["", "f0", "f13", "f01", "ff1", "ctrl-", "ctrl-ctrl-a", "page", "ab", "\u{1b}", "ctrl- "] {
        wrong.parse::<Key>().expect_err(wrong);
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    let code = prop_oneof![
        (33u8..127).prop_map(|byte| Code::Char(byte.into())),
        proptest::sample::select(vec![
            Code::Enter,
            Code::Esc,
            Code::Tab,
            Code::Up,
            Code::PageDown,
            Code::Char(' ')
        ]),
        (1u8..=12).prop_map(Code::Function),
    ];
    (code, any::<[bool; 3]>()).prop_map(|(code, [ctrl, alt, shift])| {
        let mut key = Key::new(code);
        if shift {
            key = key.shift();
        }
        if ctrl {
            key = key.ctrl();
        }
        if alt { key.alt() } else { key }
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(key in any_key()) {
        match key.to_string().parse::<Key>() {
            Ok(back) => prop_assert_eq!(back, key),
            Err(why) => prop_assert!(matches!(why, KeyError::SameAs(_)), "{}: {}", key, why),
        }
    }

    #[test]
    fn a_slip_is_mutual_and_never_the_key_itself(a in any_key(), b in any_key()) {
        prop_assert_eq!(a.is_one_modifier_from(b), b.is_one_modifier_from(a));
        prop_assert!(!a.is_one_modifier_from(a));
    }

    #[test]
    fn whatever_is_configured_only_sound_keys_stage_or_confirm(
        overrides in proptest::collection::vec((proptest::sample::select(Action::ALL), any_key()), 0..4)
    ) {
        let pairs = overrides.iter().map(|(action, key)| (action.name(), key.to_string()));
        let Ok(keymap) = Keymap::with_overrides(pairs) else { return Ok(()) };
        for place in Place::ALL {
            for torn in "ABCDFHPQRS[O~0123456789 ".chars() {
                let means = keymap.resolve(*place, Key::char(torn)).map(Action::danger);
                prop_assert!(matches!(means, None | Some(Danger::Reads)), "{} in {:?}", torn, place);
            }
            for entry in keymap.entries(*place) {
                for key in entry.keys.iter().filter(|key| *place != Place::Typing || key.text().is_none()) {
                    prop_assert_eq!(keymap.resolve(*place, *key), Some(entry.action));
                }
            }
        }
    }
}

use proptest::prelude::*;
use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

use super::*;

fn shown(raw: &str) -> String {
    Printable::from_cluster(raw).to_string()
}

#[test]
fn plain_text_is_kept() {
    for plain in
        ["", " ", "api-7d9", "a ~ !\"#$%&'()*+,/:;<=>?@[\\]^_`{|}", "Überlauf bei 90 °C – 中文 한국어 עברית"]
    {
        assert_eq!(shown(plain), plain);
    }
}

#[test]
fn control_characters_become_visible() {
    let cases = [
        ("a\tb", "a b"),
        ("one\ntwo\r\n", "one\\ntwo\\r\\n"),
        ("\u{1b}[31mred", "␛[31mred"),
        ("\u{1b}]52;c;aGk=\u{7}", "␛]52;c;aGk=\\u{7}"),
        ("\u{0}\u{8}\u{7f}", "\\u{0}\\u{8}\\u{7F}"),
        ("\u{9b}31m\u{85}", "\\u{9B}31m\\u{85}"),
    ];
    for (raw, expected) in cases {
        assert_eq!(shown(raw), expected, "{raw:?}");
    }
}

#[test]
fn invisible_and_direction_changing_characters_become_visible() {
    let hidden = [
        '\u{AD}',
        '\u{34F}',
        '\u{61C}',
        '\u{115F}',
        '\u{1160}',
        '\u{17B4}',
        '\u{180B}',
        '\u{180E}',
        '\u{200B}',
        '\u{200D}',
        '\u{200E}',
        '\u{202A}',
        '\u{202E}',
        '\u{2028}',
        '\u{2029}',
        '\u{2060}',
        '\u{2065}',
        '\u{2066}',
        '\u{2069}',
        '\u{206F}',
        '\u{2800}',
        '\u{3164}',
        '\u{FE0F}',
        '\u{FEFF}',
        '\u{FFA0}',
        '\u{FFF9}',
        '\u{1D159}',
        '\u{1D173}',
        '\u{E0001}',
        '\u{E0041}',
        '\u{E01EF}',
    ];
    for character in hidden {
        let expected = format!("a\\u{{{:X}}}b", u32::from(character));
        assert_eq!(shown(&format!("a{character}b")), expected);
    }
}

#[test]
fn characters_without_an_agreed_picture_become_visible() {
    for character in ['\u{E000}', '\u{F8FF}', '\u{10FFFD}', '\u{FDD0}', '\u{FFFF}', '\u{378}', '\u{10FFFF}'] {
        assert!(shown(&character.to_string()).starts_with("\\u{"), "{character:?}");
    }
}

#[test]
fn a_base_carries_two_marks_and_spells_the_rest() {
    assert_eq!(shown("e\u{301}"), "e\u{301}");
    assert_eq!(shown("e\u{301}\u{302}\u{303}\u{304}x\u{301}"), "e\u{301}\u{302}\\u{303}\\u{304}x\u{301}");
}

#[test]
fn a_mark_without_base_is_spelt_so_that_it_cannot_climb_onto_a_border() {
    assert_eq!(shown("\u{301}a"), "\\u{301}a");
    assert_eq!(shown("\u{1161}"), "\\u{1161}", "a Hangul vowel without its consonant");
    assert_eq!(shown("\u{1112}\u{1161}\u{11ab}"), "\u{1112}\u{1161}\u{11ab}");
}

#[test]
fn text_beyond_the_longest_ends_in_an_ellipsis() {
    let longest = Printable::LONGEST;
    assert_eq!(shown(&"a".repeat(longest)), "a".repeat(longest));
    assert_eq!(shown(&"a".repeat(longest + 1)), format!("{}…", "a".repeat(longest - 1)));
    assert_eq!(shown(&"é".repeat(longest)), "é".repeat(longest));
    assert_eq!(shown(&"é".repeat(longest + 1)), format!("{}…", "é".repeat(longest - 1)));
}

#[test]
fn an_escape_is_not_cut_in_two() {
    let tail = |filler: usize| {
        let long = shown(&format!("{}\u{202e}", "a".repeat(filler)));
        long.trim_start_matches('a').to_owned()
    };
    assert_eq!(tail(Printable::LONGEST - 8), "\\u{202E}");
    assert_eq!(tail(Printable::LONGEST - 7), "…");
    assert_eq!(tail(Printable::LONGEST), "…");
}

#[test]
fn our_own_words_are_kept() {
    assert_eq!(
        Printable::ours("more replicas need to be updated").as_str(),
        "more replicas need to be updated"
    );
}

#[test]
fn width_counts_columns() {
    let width = |raw: &str| Printable::from(raw).width();
    assert_eq!([width("api"), width("中文"), width("e\u{301}"), width("")], [3, 4, 1, 0]);
}

#[test]
fn text_is_cut_at_its_end() {
    let cut = |raw: &str, columns: usize| Printable::from(raw).cut(columns).to_string();
    assert_eq!(cut("checkout", 8), "checkout");
    assert_eq!(cut("checkout", 7), "checko…");
    assert_eq!(cut("checkout", 1), "…");
    assert_eq!(cut("checkout", 0), "");
    assert_eq!(cut("中文字", 5), "中文…");
    assert_eq!(cut("中文字", 4), "中…", "half a character is not drawn");
    assert_eq!(cut("ae\u{301}io", 3), "ae\u{301}…");
}

#[test]
fn text_is_cut_in_its_middle() {
    let cut = |raw: &str, columns: usize| Printable::from(raw).cut_middle(columns).to_string();
    assert_eq!(cut("checkout-7d9f8", 14), "checkout-7d9f8");
    assert_eq!(cut("checkout-7d9f8", 8), "chec…9f8");
    assert_eq!(cut("checkout-7d9f8", 2), "c…");
    assert_eq!(cut("checkout-7d9f8", 1), "…");
    assert_eq!(cut("checkout-7d9f8", 0), "");
    assert_eq!(cut("中文字中文字", 8), "中文…字");
    assert_eq!(cut("中文字中文字", 7), "中…文字", "what the start cannot use goes to the end");
}

#[test]
fn padding_counts_as_in_other_text() {
    assert_eq!(format!("{:>6}|{:<6}|", Printable::from("api"), Printable::from("api")), "   api|api   |");
}

/// Text rich in what is dangerous.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{1,6}",
        any::<char>().prop_map(String::from),
        (0_u32..0x20).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0x300_u32..0x310).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0x2000_u32..0x2070).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0x1100_u32..0x1200).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0x1F1E6_u32..0x1F200).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0x1F3F0_u32..0x1F480).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0x600_u32..0x660).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
        (0xE0000_u32..0xE0200).prop_filter_map("scalar", |code| char::from_u32(code).map(String::from)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn is_mark(character: char) -> bool {
    use Category::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(character.general_category(), EnclosingMark | NonspacingMark | SpacingMark)
}

proptest! {
    #[test]
    fn a_second_pass_changes_nothing(raw in hostile()) {
        let once = shown(&raw);
        prop_assert_eq!(shown(&once), once);
    }

    #[test]
    fn nothing_hidden_survives(raw in hostile()) {
        use Category::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Unassigned};
        let hidden = [Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Unassigned];
        for character in shown(&raw).chars() {
            prop_assert!(!hidden.contains(&character.general_category()), "{character:?}");
        }
    }

    #[test]
    fn no_base_carries_three_marks(raw in hostile()) {
        let shown: Vec<char> = shown(&raw).chars().collect();
        prop_assert!(!shown.first().copied().is_some_and(is_mark));
        prop_assert!(!shown.windows(3).any(|three| three.iter().copied().all(is_mark)));
    }

    #[test]
    fn nothing_visible_is_lost(raw in "[ -~]{0,80}") {
        prop_assert_eq!(shown(&raw), raw);
    }

    #[test]
    fn a_cut_fits_and_keeps_whole_characters(raw in hostile(), columns in 0_usize..60) {
        let text = Printable::from(raw);
        let whole: Vec<&str> = text.as_str().graphemes(true).collect();
        for cut in [text.cut(columns), text.cut_middle(columns)] {
            prop_assert!(cut.width() <= columns);
            prop_assert_eq!(&Printable::from_cluster(cut.as_str()), &cut);
            for kept in cut.as_str().graphemes(true) {
                prop_assert!(kept == "…" || whole.contains(&kept), "{kept:?}");
            }
        }
    }

    #[test]
    fn the_length_is_bounded(raw in hostile(), times in 1_usize..400) {
        let once = shown(&raw.repeat(times));
        prop_assert!(once.chars().count() <= Printable::LONGEST);
        prop_assert_eq!(shown(&once), once);
    }
}

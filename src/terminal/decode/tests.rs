use proptest::prelude::*;

use super::*;

/// Feeds pieces, each so many milliseconds after the one before, then waits for ever.
fn torn(pieces: &[(u64, &[u8])]) -> Vec<Decoded> {
    let (mut decoder, mut now, mut decoded) = (Decoder::new(), Instant::now(), Vec::new());
    for (gap, bytes) in pieces {
        now += Duration::from_millis(*gap);
        decoded.extend(decoder.elapsed(now));
        decoded.extend(decoder.feed(bytes, now));
    }
    decoded.extend(decoder.elapsed(now + Duration::from_secs(60)));
    assert!(!decoder.is_incomplete());
    decoded.into_iter().map(|(meant, _)| meant).collect()
}

fn whole(bytes: &[u8]) -> Vec<Decoded> {
    torn(&[(0, bytes)])
}

fn key(text: &str) -> Decoded {
    Decoded::Key(text.parse().unwrap())
}

const KEYS: &[(&str, &str)] = &[
    ("q", "q"),
    ("G", "G"),
    (" ", "space"),
    ("\r", "enter"),
    ("\t", "tab"),
    ("\x7f", "backspace"),
    ("\x03", "ctrl-c"),
    ("\x1a", "ctrl-z"),
    ("\x0a", "ctrl-j"),
    ("\0", "ctrl-space"),
    ("\x1f", "ctrl-_"),
    ("\x1bx", "alt-x"),
    ("\x1b\r", "alt-enter"),
    ("\x1b\x03", "ctrl-alt-c"),
    ("é", "é"),
    ("漢", "漢"),
    ("\x1b[A", "up"),
    ("\x1bOA", "up"),
    ("\x1b[1;5B", "ctrl-down"),
    ("\x1b[1;2C", "shift-right"),
    ("\x1b[1;3D", "alt-left"),
    ("\x1b[H", "home"),
    ("\x1bOF", "end"),
    ("\x1b[1~", "home"),
    ("\x1b[4~", "end"),
    ("\x1b[3~", "delete"),
    ("\x1b[5~", "page-up"),
    ("\x1b[6;5~", "ctrl-page-down"),
    ("\x1b[Z", "shift-tab"),
    ("\x1bOP", "f1"),
    ("\x1b[1;5S", "ctrl-f4"),
    ("\x1b[15~", "f5"),
    ("\x1b[17~", "f6"),
    ("\x1b[21~", "f10"),
    ("\x1b[24~", "f12"),
    ("\x1bOM", "enter"),
];

#[test]
fn each_key_is_what_the_configuration_calls_it() {
    for (bytes, name) in KEYS {
        assert_eq!(whole(bytes.as_bytes()), [key(name)], "{bytes:?}");
    }
}

#[test]
fn keys_read_together_are_apart_again() {
    let bytes: String = KEYS.iter().map(|(bytes, _)| *bytes).collect();
    let expected: Vec<_> = KEYS.iter().map(|(_, name)| key(name)).collect();
    assert_eq!(whole(bytes.as_bytes()), expected);
}

#[test]
fn a_sequence_torn_anywhere_by_a_slow_link_is_still_one_key() {
    for (bytes, name) in KEYS {
        let bytes = bytes.as_bytes();
        for at in 1..bytes.len() {
            let (head, tail) = bytes.split_at(at);
            // Right after the escape it cannot be told from the key for longer.
            let gap = if at == 1 { 29 } else { 499 };
            assert_eq!(torn(&[(0, head), (gap, tail)]), [key(name)], "{bytes:?} torn at {at}");
        }
    }
}

#[test]
fn an_escape_is_the_key_after_a_short_pause() {
    let (mut decoder, start) = (Decoder::new(), Instant::now());
    assert_eq!(decoder.feed(b"\x1b", start), []);
    assert!(decoder.is_incomplete());
    assert_eq!(decoder.due(), Some(start + ESCAPE_PAUSE));
    assert_eq!(decoder.elapsed(start + ESCAPE_PAUSE - Duration::from_millis(1)), []);
    assert_eq!(decoder.elapsed(start + ESCAPE_PAUSE), [(key("esc"), start)]);
    assert_eq!(decoder.due(), None);
    assert_eq!(whole(b"\x1b\x1b"), [key("esc"), key("esc")]);
    assert_eq!(whole(b"\x1b\x1b[A"), [key("esc"), key("up")]);
}

#[test]
fn a_pause_is_noticed_even_where_nobody_asked_in_time() {
    let (mut decoder, start) = (Decoder::new(), Instant::now());
    decoder.feed(b"\x1b", start);
    let later = start + Duration::from_secs(1);
    assert_eq!(decoder.feed(b"j", later), [(key("esc"), start), (key("j"), later)]);
}

#[test]
fn a_sequence_torn_for_too_long_makes_only_keys_that_no_operation_may_have() {
    assert_eq!(torn(&[(0, b"\x1b"), (31, b"[A")]), [key("esc"), key("["), key("A")]);
    assert_eq!(torn(&[(0, b"\x1b["), (501, b"A")]), [Decoded::Unknown, key("A")]);
}

#[test]
fn late_replies_press_no_keys() {
    for reply in [
        "\x1b[?2026;2$y",
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        "\x1bP>|XTerm(390)\x1b\\",
        "\x1b[?62;4c",
        "\x1b[>41;390;0c",
        "\x1b[12;40R",
        "\x1b[?1u",
        "\x1b[<0;10;20M",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[M !!",
        "\x1b[[A",
    ] {
        let mut bytes = reply.as_bytes().to_vec();
        bytes.push(b'j');
        assert_eq!(whole(&bytes), [Decoded::Unknown, key("j")], "{reply:?}");
    }
}

#[test]
fn no_sequence_wedges_it_for_longer_than_a_pause() {
    for begun in ["\x1b]11;rgb", "\x1bP", "\x1b[", "\x1b[200", "\x1bO", "\x1b[M", "\x1b[[", "\u{6f22}"] {
        let begun = if begun == "\u{6f22}" { &[0xe6, 0xbc][..] } else { begun.as_bytes() };
        assert_eq!(torn(&[(0, begun), (500, b"q")]), [Decoded::Unknown, key("q")], "{begun:?}");
    }
    assert_eq!(torn(&[(0, b"\x1b[200~half"), (2000, b"q")]), [Decoded::Paste("half".into()), key("q")]);
}

#[test]
fn a_sequence_may_be_broken_off_by_the_next() {
    assert_eq!(whole(b"\x1b[1;\x1b[B"), [Decoded::Unknown, key("down")]);
    assert_eq!(whole(b"\x1b]11;\x1b[B"), [key("down")]);
    assert_eq!(whole(b"\x1b[1\x01"), [Decoded::Unknown]);
    assert_eq!(whole(&[0xe6, b'q']), [Decoded::Unknown, key("q")]);
    assert_eq!(whole(&[0xff, b'q']), [Decoded::Unknown, key("q")]);
    assert_eq!(whole("\u{9b}".as_bytes()), [Decoded::Unknown]);
}

#[test]
fn a_paste_is_one_text_whatever_is_in_it() {
    for text in ["checkout", "y\r\n", "\x1b[A\x1b\x03", "\x1b[201", "é漢", ""] {
        let bytes = format!("\x1b[200~{text}\x1b[201~j");
        assert_eq!(whole(bytes.as_bytes()), [Decoded::Paste(text.into()), key("j")], "{text:?}");
        let (head, tail) = bytes.as_bytes().split_at(bytes.len() / 2);
        assert_eq!(torn(&[(0, head), (400, tail)]), [Decoded::Paste(text.into()), key("j")], "{text:?}");
    }
}

#[test]
fn a_paste_that_ends_itself_early_leaves_the_rest_as_keys_of_the_same_moment() {
    let (mut decoder, now) = (Decoder::new(), Instant::now());
    let decoded = decoder.feed(b"\x1b[200~a\x1b[201~y\x1b[201~", now);
    assert_eq!(decoded, [(Decoded::Paste("a".into()), now), (key("y"), now), (Decoded::Unknown, now)]);
}

#[test]
fn a_giant_paste_is_cut_and_its_end_still_found() {
    let mut bytes = b"\x1b[200~".to_vec();
    bytes.extend(vec![b'x'; LONGEST_PASTE * 2]);
    bytes.extend(b"\x1b[201~j");
    let decoded = whole(&bytes);
    assert_eq!(decoded, [Decoded::Paste("x".repeat(LONGEST_PASTE)), key("j")]);
}

#[test]
fn a_giant_sequence_is_no_key_and_takes_no_room() {
    let mut bytes = b"\x1b[".to_vec();
    bytes.extend(vec![b'1'; 100_000]);
    bytes.extend(b"Aj");
    let mut decoder = Decoder::new();
    let decoded: Vec<_> = decoder.feed(&bytes, Instant::now()).into_iter().map(|(meant, _)| meant).collect();
    assert_eq!(decoded, [Decoded::Unknown, key("j")]);
    assert!(decoder.held.capacity() < 1024);
}

#[test]
fn focus_reports_are_no_keys() {
    assert_eq!(whole(b"\x1b[I\x1b[O"), [Decoded::FocusGained, Decoded::FocusLost]);
}

proptest! {
    #[test]
    fn any_bytes_torn_anyhow_end_between_keys_and_make_no_more_inputs_than_bytes(
        pieces in proptest::collection::vec(
            (0u64..600, proptest::collection::vec(prop_oneof![
                2 => any::<u8>(),
                1 => Just(0x1b),
                1 => proptest::sample::select(b"[O]P~;?0129ABmMy\\\x07".to_vec()),
            ], 0..12)), 0..20)
    ) {
        let borrowed: Vec<(u64, &[u8])> = pieces.iter().map(|(gap, bytes)| (*gap, bytes.as_slice())).collect();
        let decoded = torn(&borrowed);
        // One byte can end a broken sequence and be a key of its own.
        prop_assert!(decoded.len() <= 2 * pieces.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
        for meant in decoded {
            if let Decoded::Key(key) = meant {
                prop_assert!(!key.text().is_some_and(char::is_control));
            }
        }
    }

    #[test]
    fn text_is_read_character_by_character_however_it_is_torn(text in "[ -~é漢●]{0,20}", at in 0usize..60) {
        let bytes = text.as_bytes();
        let (head, tail) = bytes.split_at(at.min(bytes.len()));
        let expected: Vec<_> = text.chars().map(|c| Decoded::Key(Key::char(c))).collect();
        prop_assert_eq!(torn(&[(0, head), (100, tail)]), expected);
    }
}

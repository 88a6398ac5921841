use super::*;

#[test]
fn the_text_travels_as_padded_base64_of_the_rfc() {
    for (plain, encoded) in [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
        ("\u{ff}\u{7ff}~?", "w7/fv34/"),
    ] {
        let bytes = sequence(plain, Through::Directly).unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), format!("\x1b]52;c;{encoded}\x07"));
    }
}

#[test]
fn the_sequence_holds_no_control_but_its_own_frame() {
    let bytes = sequence("\x1b]0;evil\x07\n", Through::Directly).unwrap();
    assert!(bytes.starts_with(b"\x1b]52;c;") && bytes.ends_with(b"\x07"));
    assert!(bytes[7..bytes.len() - 1].iter().all(|byte| byte.is_ascii_graphic()));
}

#[test]
fn under_tmux_every_escape_inside_the_passthrough_is_doubled() {
    let bytes = sequence("hi", Through::Tmux).unwrap();
    assert_eq!(bytes, b"\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\");
}

#[test]
fn text_beyond_what_terminals_take_is_refused() {
    assert!(sequence(&"x".repeat(LONGEST), Through::Directly).unwrap().len() <= 100_000);
    assert_eq!(sequence(&"x".repeat(LONGEST + 1), Through::Tmux), Err(TooLong(LONGEST + 1)));
}

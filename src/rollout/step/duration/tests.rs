use proptest::prelude::*;

use super::*;

#[test]
fn numbers_without_unit_are_seconds() {
    assert_eq!(["300", "0", "-5", "+7"].map(seconds), [Some(300), Some(0), Some(-5), Some(7)]);
}

#[test]
fn go_durations_are_read() {
    let cases = [
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5m", 30),
        ("5.s", 5),
        ("1h2m3s", 3723),
        ("100ms", 0),
        ("2500ms", 2),
        ("999999us", 0),
        ("1000000us", 1),
        ("1000000\u{b5}s", 1),
        ("1000000\u{3bc}s", 1),
        ("2000000000ns", 2),
        ("-90s", -90),
        ("-1500ms", -1),
        ("+1m", 60),
        ("1m1m", 120),
        ("0.000000000000000000000001h", 0),
    ];
    for (written, expected) in cases {
        assert_eq!(seconds(written), Some(expected), "{written}");
    }
}

#[test]
fn what_go_refuses_reads_as_nothing() {
    for written in [
        "",
        "soon",
        "5 m",
        "m",
        ".",
        "-",
        "+",
        ".s",
        "1",
        "5d",
        "1h30",
        "5M",
        "1e3s",
        "--5s",
        "5m ",
        "\u{665}s",
        "2562048h",
        "9999999999999999999999s",
        "1.2.3s",
    ] {
        assert_eq!(go_nanoseconds(written), None, "{written:?}");
    }
    assert_eq!(go_nanoseconds("0"), Some(0));
    assert_eq!(seconds("99999999999"), None, "beyond 32 bits and without unit");
}

proptest! {
    #[test]
    fn whole_units_add_up(h in 0_i64..1000, m in 0_i64..1000, s in 0_i64..1000) {
        prop_assert_eq!(seconds(&format!("{h}h{m}m{s}s")), Some(h * 3600 + m * 60 + s));
    }

    #[test]
    fn no_text_panics(text in "[-+.0-9a-zµ ]{0,24}") {
        let _ = (seconds(&text), go_nanoseconds(&text));
    }
}

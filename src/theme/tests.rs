use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::*;

const DEPTHS: [Depth; 3] = [Depth::TrueColor, Depth::Ansi16, Depth::Mono];

fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment::read(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
}

/// The mono theme with one line replaced: (line number, text of the file).
fn mono_with(role: &str, look: &str) -> (usize, String) {
    let source = include_str!("../../themes/mono.toml");
    let start = format!("{role} = ");
    let line = source.lines().position(|line| line.starts_with(&start)).unwrap();
    let lines: Vec<String> = source
        .lines()
        .map(|line| if line.starts_with(&start) { format!("{role} = {look}") } else { line.to_owned() })
        .collect();
    (line + 1, lines.join("\n"))
}

fn refusal(text: &str) -> ThemeError {
    Theme::parse(text, Depth::Ansi16).expect_err("this theme has a mistake")
}

#[test]
fn every_built_in_theme_loads_at_every_depth() {
    for theme in Builtin::ALL {
        assert_eq!(Builtin::named(theme.name()), Some(*theme));
        for depth in DEPTHS {
            Theme::builtin(*theme, depth).unwrap();
        }
    }
}

#[test]
fn without_colour_no_style_has_a_colour_but_what_matters_has_an_attribute() {
    for theme in Builtin::ALL {
        let theme = Theme::builtin(*theme, Depth::Mono).unwrap();
        for role in Role::ALL {
            let style = theme.style(role);
            assert_eq!((style.fg, style.bg, style.underline_color), (None, None, None), "{role:?}");
        }
        for role in [Role::Selected, Role::Danger, Role::Accent, Role::Bad] {
            assert!(!theme.style(role).add_modifier.is_empty(), "{role:?}");
        }
    }
}

#[test]
fn the_built_in_themes_use_no_more_than_the_sixteen_names() {
    for theme in [Builtin::Dark, Builtin::Light] {
        let theme = Theme::builtin(theme, Depth::TrueColor).unwrap();
        for role in Role::ALL {
            for colour in [theme.style(role).fg, theme.style(role).bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{role:?}");
            }
        }
        assert_eq!(theme.style(Role::Text).fg, None, "plain text is the terminal's own");
    }
}

#[test]
fn a_role_is_its_own_index_and_has_one_name() {
    for (index, role) in Role::ALL.into_iter().enumerate() {
        assert_eq!(role as usize, index);
        assert_eq!(Role::named(role.name()), Some(role));
    }
}

#[test]
fn a_rich_colour_is_used_where_it_can_be_shown_and_its_name_elsewhere() {
    let (_, text) = mono_with("warn", "{ fg = [\"#e0af68\", \"yellow\"], bold = true }");
    let at = |depth| Theme::parse(&text, depth).unwrap().style(Role::Warn);
    assert_eq!(at(Depth::TrueColor).fg, Some(Color::Rgb(0xe0, 0xaf, 0x68)));
    assert_eq!(at(Depth::Ansi16).fg, Some(Color::Yellow));
    assert_eq!(at(Depth::Mono).fg, None);
    assert_eq!(at(Depth::Mono).add_modifier, Modifier::BOLD);
}

#[test]
fn mistakes_are_named_with_their_line_at_every_depth() {
    for (look, words) in [
        ("{ fg = \"#e0af68\" }", "16-colour terminals need a name too"),
        ("{ fg = \"pink\" }", "\"pink\" is no colour"),
        ("{ fg = \"#12345\" }", "is no colour"),
        ("{ fg = [] }", "16-colour terminals need a name too"),
        ("{ fg = 3 }", "a colour is a text or a list of texts"),
        ("{ blink = true }", "blink"),
        ("{ bold = 1 }", "boolean"),
    ] {
        let (line, text) = mono_with("warn", look);
        for depth in DEPTHS {
            let error = Theme::parse(&text, depth).unwrap_err();
            assert!(error.what.contains(words), "{error}");
            assert_eq!(error.line, line, "{error}");
        }
    }
}

#[test]
fn a_role_that_would_vanish_without_colour_is_refused() {
    let (line, text) = mono_with("selected", "{ bg = \"blue\" }");
    let error = refusal(&text);
    assert_eq!(error.line, line);
    assert!(error.what.contains("needs an attribute"), "{error}");
}

#[test]
fn unknown_missing_and_doubled_roles_are_refused() {
    let (line, text) = mono_with("warn", "{}\nwarm = {}");
    assert_eq!(refusal(&text), ThemeError { line: line + 1, what: "there is no role \"warm\"".to_owned() });
    let missing = include_str!("../../themes/mono.toml").replace("stale = { dim = true, italic = true }", "");
    assert!(refusal(&missing).what.contains("role \"stale\" is missing"));
    let (line, text) = mono_with("warn", "{}\nwarn = {}");
    assert_eq!(refusal(&text).line, line + 1);
    assert_eq!(refusal("[roles]\ntext = {").line, 2);
    assert!(refusal("").what.contains("roles"));
}

#[test]
fn the_depth_follows_flag_then_configuration_then_environment() {
    let plain = [("TERM", "xterm-256color")];
    for (flag, config, variables, expected) in [
        (None, None, &plain[..], Depth::Ansi16),
        (None, None, &[("TERM", "xterm"), ("COLORTERM", "truecolor")], Depth::TrueColor),
        (None, None, &[("TERM", "xterm"), ("COLORTERM", "24bit")], Depth::TrueColor),
        (None, None, &[("TERM", "xterm"), ("COLORTERM", "yes")], Depth::Ansi16),
        (None, None, &[("TERM", "xterm"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::Mono),
        (None, None, &[("TERM", "xterm"), ("NO_COLOR", "")], Depth::Ansi16),
        (None, None, &[("TERM", "vt220")], Depth::Mono),
        (None, None, &[("TERM", "linux")], Depth::Mono),
        (None, None, &[("TERM", "xterm-mono")], Depth::Mono),
        (None, Some(Depth::Ansi16), &[("TERM", "xterm"), ("NO_COLOR", "1")], Depth::Ansi16),
        (Some(Depth::Mono), Some(Depth::TrueColor), &plain[..], Depth::Mono),
        (Some(Depth::TrueColor), None, &[("TERM", "vt100"), ("NO_COLOR", "1")], Depth::TrueColor),
    ] {
        assert_eq!(Depth::choose(flag, config, &environment(variables)), Ok(expected), "{variables:?}");
    }
}

#[test]
fn a_dumb_terminal_is_refused_whatever_is_asked() {
    for variables in [&[("TERM", "dumb")][..], &[("TERM", "")], &[], &[("TERM", "dumb"), ("NO_COLOR", "1")]] {
        for flag in [None, Some(Depth::Mono), Some(Depth::TrueColor)] {
            assert!(matches!(Depth::choose(flag, None, &environment(variables)), Err(DepthError::Dumb(_))));
        }
    }
}

#[test]
fn the_charset_follows_the_first_locale_variable_that_is_set() {
    for (variables, expected) in [
        (&[("LANG", "en_GB.UTF-8")][..], Charset::Utf8),
        (&[("LANG", "de_DE.utf8")], Charset::Utf8),
        (&[("LANG", "C.UTF-8"), ("LC_ALL", "C")], Charset::Ascii),
        (&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], Charset::Utf8),
        (&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "")], Charset::Utf8),
        (&[("LANG", "en_GB.ISO-8859-1")], Charset::Ascii),
        (&[], Charset::Ascii),
    ] {
        assert_eq!(Charset::choose(false, &environment(variables)), expected, "{variables:?}");
        assert_eq!(Charset::choose(true, &environment(variables)), Charset::Ascii);
    }
}

#[test]
fn every_sign_is_one_column_wide_and_can_never_be_drawn_as_an_emoji() {
    // Unicode emoji-data.txt: the only emoji in the Geometric Shapes block; arrows from U+2194 on have some too.
    let emoji_shapes = ['▪', '▫', '▶', '◀', '◻', '◼', '◽', '◾'];
    for (name, sign) in Glyphs::of(Charset::Utf8).all() {
        assert_eq!(sign.width(), 1, "{name}");
        assert_eq!(sign.chars().count(), 1, "{name}");
        let c = sign.chars().next().unwrap();
        let plain = c == '…' || c == '·' || c.is_ascii_graphic();
        let arrow = ('\u{2190}'..='\u{2193}').contains(&c);
        let drawn = ('\u{2500}'..='\u{25ff}').contains(&c) && !emoji_shapes.contains(&c);
        assert!(plain || arrow || drawn, "{name}: {c}");
    }
    for (name, sign) in Glyphs::of(Charset::Ascii).all() {
        assert!(sign.len() == 1 && sign.bytes().all(|byte| byte.is_ascii_graphic()), "{name}");
    }
}

#[test]
fn two_points_are_one_column_of_dots_as_high_as_they_are() {
    // Dots of a cell from below, left and right (Unicode 16, chapter 21.1: dots 7, 3, 2, 1 and 8, 6, 5, 4).
    let (left, right) = ([0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]);
    let dots = |column: [u32; 4], height: u8| column.iter().take(usize::from(height)).sum::<u32>();
    for (one, other) in (0..=4).flat_map(|one| (0..=4).map(move |other| (one, other))) {
        let drawn = Glyphs::of(Charset::Utf8).pair(one, other);
        let expected = 0x2800 + dots(left, one) + dots(right, other);
        assert_eq!(drawn, if expected == 0x2800 { ' ' } else { char::from_u32(expected).unwrap() });
        assert_eq!(drawn.to_string().width(), 1);
        assert!(Glyphs::of(Charset::Ascii).pair(one, other).is_ascii());
    }
    assert_eq!(Glyphs::of(Charset::Utf8).pair(9, 4), '⣿', "there is nothing above the highest");
}

#[test]
fn the_states_of_a_rollout_differ_by_sign_alone() {
    for charset in [Charset::Utf8, Charset::Ascii] {
        let glyphs = Glyphs::of(charset);
        let mut states = [
            glyphs.healthy,
            glyphs.paused,
            glyphs.progressing,
            glyphs.degraded,
            glyphs.unknown,
            glyphs.empty,
        ];
        states.sort_unstable();
        assert!(states.windows(2).all(|pair| pair[0] != pair[1]), "{states:?}");
    }
}

#[test]
fn a_theme_is_loaded_by_name_or_by_path_and_errors_name_the_file() {
    assert_eq!(
        Theme::load("light", Depth::Ansi16).unwrap(),
        Theme::builtin(Builtin::Light, Depth::Ansi16).unwrap()
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let path = path.to_str().unwrap();
    let missing = Theme::load(path, Depth::Ansi16).unwrap_err().to_string();
    assert!(missing.contains(path), "{missing}");
    std::fs::write(path, include_str!("../../themes/light.toml")).unwrap();
    assert_eq!(
        Theme::load(path, Depth::TrueColor).unwrap(),
        Theme::builtin(Builtin::Light, Depth::TrueColor).unwrap()
    );
    std::fs::write(path, "[roles]\nwarm = {}").unwrap();
    let mistaken = Theme::load(path, Depth::Ansi16).unwrap_err().to_string();
    assert!(mistaken.contains(path) && mistaken.contains("line 2"), "{mistaken}");
    let unknown = Theme::load("solarized", Depth::Ansi16).unwrap_err().to_string();
    assert!(unknown.contains("dark, light, mono"), "{unknown}");
}

//! Owns [`Key`]: one key with its modifiers, apart from any terminal library.
//!
//! Reads and writes the words of the configuration file (`ctrl-c`, `page-up`, `enter`, `G`) and the spellings of the
//! footer. It never reads a terminal.
//! Invariant: a key has one form. Letters carry shift in their case, control letters are lower-case, so equal keys
//! are equal values.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A character; letters carry shift in their case.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// A function key, from 1.
    Function(u8),
}

/// Which characters a spelling may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// Arrows and the like as symbols (`↑`).
    Utf8,
    /// Words only (`up`).
    Ascii,
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither one character nor a known name.
    #[error("it is neither one character nor a key's name such as enter, page-up, ctrl-c or f5")]
    Unknown,
    /// Terminals send the same byte for another key.
    #[error("terminals send it as {0}")]
    SameAs(&'static str),
}

/// One key press: a key and its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    code: Code,
    ctrl: bool,
    alt: bool,
    shift: bool,
}

/// Names of the keys that are no characters: configuration word and symbol.
const NAMES: &[(Code, &str, &str)] = &[
    (Code::Enter, "enter", "enter"),
    (Code::Esc, "esc", "esc"),
    (Code::Tab, "tab", "tab"),
    (Code::Char(' '), "space", "space"),
    (Code::Backspace, "backspace", "backspace"),
    (Code::Delete, "delete", "delete"),
    (Code::Insert, "insert", "insert"),
    (Code::Up, "up", "↑"),
    (Code::Down, "down", "↓"),
    (Code::Left, "left", "←"),
    (Code::Right, "right", "→"),
    (Code::PageUp, "page-up", "page-up"),
    (Code::PageDown, "page-down", "page-down"),
    (Code::Home, "home", "home"),
    (Code::End, "end", "end"),
];

impl Key {
    /// Makes a key without modifiers.
    pub const fn new(code: Code) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// Makes the key of a character.
    pub const fn char(character: char) -> Self {
        Self::new(Code::Char(character))
    }

    /// Adds the control key; letters become lower-case.
    #[must_use]
    pub const fn ctrl(mut self) -> Self {
        self.ctrl = true;
        if let Code::Char(c) = self.code {
            self.code = Code::Char(c.to_ascii_lowercase());
        }
        self
    }

    /// Adds the alt key.
    #[must_use]
    pub const fn alt(mut self) -> Self {
        self.alt = true;
        self
    }

    /// Adds the shift key: ASCII letters become upper-case, other characters already carry it.
    #[must_use]
    pub const fn shift(mut self) -> Self {
        match self.code {
            Code::Char(c) if !self.ctrl => self.code = Code::Char(c.to_ascii_uppercase()),
            Code::Char(_) => {}
            _ => self.shift = true,
        }
        self
    }

    /// Returns the key without its modifiers.
    pub const fn code(self) -> Code {
        self.code
    }

    /// Tells whether control is held.
    pub const fn has_ctrl(self) -> bool {
        self.ctrl
    }

    /// Tells whether alt is held.
    pub const fn has_alt(self) -> bool {
        self.alt
    }

    /// Returns the character that the key types, if it types one.
    pub const fn text(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }

    /// Tells whether the two keys are the same but for exactly one modifier: a slip of one finger.
    pub fn is_one_modifier_from(self, other: Self) -> bool {
        let (mine, theirs) = (self.taken_apart(), other.taken_apart());
        let differing = mine.1.iter().zip(theirs.1).filter(|(a, b)| **a != *b).count();
        mine.0 == theirs.0 && differing == 1
    }

    /// Writes the key as a footer shows it.
    pub fn spelled(self, spelling: Spelling) -> String {
        let mut text = String::new();
        for (held, word) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                text.push_str(word);
            }
        }
        match NAMES.iter().find(|(code, ..)| *code == self.code) {
            Some((_, word, symbol)) => text.push_str(if spelling == Spelling::Utf8 { symbol } else { word }),
            None => match self.code {
                Code::Char(c) => text.push(c),
                Code::Function(n) => text.push_str(&format!("f{n}")),
                _ => {}
            },
        }
        text
    }

    /// Splits off every modifier, also the shift in a letter's case: (key, [ctrl, alt, shift]).
    fn taken_apart(self) -> (Code, [bool; 3]) {
        match self.code {
            Code::Char(c) => {
                let upper = c.is_ascii_uppercase();
                (Code::Char(c.to_ascii_lowercase()), [self.ctrl, self.alt, upper || self.shift])
            }
            code => (code, [self.ctrl, self.alt, self.shift]),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.spelled(Spelling::Ascii))
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut rest, mut ctrl, mut alt, mut shift) = (text, false, false, false);
        loop {
            let (held, word) = match rest {
                r if r.len() > 5 && r.starts_with("ctrl-") => (&mut ctrl, "ctrl-"),
                r if r.len() > 4 && r.starts_with("alt-") => (&mut alt, "alt-"),
                r if r.len() > 6 && r.starts_with("shift-") => (&mut shift, "shift-"),
                _ => break,
            };
            if *held {
                return Err(KeyError::Unknown);
            }
            *held = true;
            rest = rest.strip_prefix(word).unwrap_or(rest);
        }
        let mut key = Self::new(parse_code(rest)?);
        for (held, add) in [(shift, Self::shift as fn(Self) -> Self), (ctrl, Self::ctrl), (alt, Self::alt)] {
            if held {
                key = add(key);
            }
        }
        refuse_ambiguous(key)
    }
}

fn parse_code(text: &str) -> Result<Code, KeyError> {
    if let Some((code, ..)) = NAMES.iter().find(|(_, word, _)| *word == text) {
        return Ok(*code);
    }
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if !c.is_control() && !c.is_whitespace() => Ok(Code::Char(c)),
        (Some('f'), Some(_)) => match text.trim_start_matches('f').parse() {
            Ok(n @ 1..=12) if text == format!("f{n}") => Ok(Code::Function(n)),
            _ => Err(KeyError::Unknown),
        },
        _ => Err(KeyError::Unknown),
    }
}

/// Refuses control letters that arrive as the byte of another key (ECMA-48: `^I` is HT, `^M` is CR, `^[` is ESC)
/// and alt keys that begin a sequence.
fn refuse_ambiguous(key: Key) -> Result<Key, KeyError> {
    match key.code {
        Code::Char('i') if key.ctrl => Err(KeyError::SameAs("tab")),
        Code::Char('m') if key.ctrl => Err(KeyError::SameAs("enter")),
        Code::Char('[') if key.ctrl => Err(KeyError::SameAs("esc")),
        Code::Char('[' | 'O' | ']' | 'P' | 'X' | '^' | '_') if key.alt => {
            Err(KeyError::SameAs("the start of a longer sequence"))
        }
        _ => Ok(key),
    }
}

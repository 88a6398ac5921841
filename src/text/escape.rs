//! Owns the one function that turns text from outside into text that is safe to draw.
//!
//! It never drops a code point silently: what cannot be shown is replaced by something visible, for example
//! `\u{202E}`. It never judges scripts: letters that are written from right to left stay as they are. Invariant:
//! its output is unchanged by a second pass. Rules: Unicode general categories and `Default_Ignorable_Code_Point`.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthChar;

/// Marks that one base character may carry; more would climb over the lines above and below.
const MOST_MARKS: usize = 2;

/// Escapes `raw` so that it holds only visible text of one line and at most `longest` (≥ 1) characters.
///
/// Plain ASCII is returned as it is. Where text is left out at the end, it ends in `…`.
pub fn escape(raw: &str, longest: usize) -> Cow<'_, str> {
    if raw.len() <= longest && raw.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(raw);
    }
    let mut page = Page { text: String::with_capacity(raw.len().min(longest)), ..Page::default() };
    let mut marks = MOST_MARKS;
    for character in raw.chars() {
        let shown = match kind(character) {
            Kind::Visible => {
                marks = 0;
                page.append(longest, |text| text.push(character))
            }
            Kind::Mark if marks < MOST_MARKS => {
                marks += 1;
                page.append(longest, |text| text.push(character))
            }
            Kind::Mark => page.append(longest, |text| spell(text, character)),
            Kind::Hidden => {
                marks = 0;
                page.append(longest, |text| spell(text, character))
            }
        };
        if !shown {
            break;
        }
    }
    Cow::Owned(page.text)
}

/// Text under construction, which remembers where it can end to make room for `…`.
#[derive(Default)]
struct Page {
    text: String,
    characters: usize,
    /// Bytes up to the last whole piece after which one more character fits.
    cut: usize,
}

impl Page {
    /// Appends one piece; ends the page and returns `false` where it does not fit.
    fn append(&mut self, longest: usize, write: impl FnOnce(&mut String)) -> bool {
        if self.characters < longest {
            self.cut = self.text.len();
        }
        let before = self.text.len();
        write(&mut self.text);
        self.characters += self.text.get(before..).map_or(0, |piece| piece.chars().count());
        let fits = self.characters <= longest;
        if !fits {
            self.text.truncate(self.cut);
            self.text.push('…');
        }
        fits
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Drawn in cells of its own.
    Visible,
    /// Drawn onto the character before it.
    Mark,
    /// Not drawn, or moves the cursor, or has no agreed picture.
    Hidden,
}

fn kind(character: char) -> Kind {
    use GeneralCategory as Category;
    match character.general_category() {
        Category::Control
        | Category::Format
        | Category::LineSeparator
        | Category::ParagraphSeparator
        | Category::PrivateUse
        | Category::Surrogate
        | Category::Unassigned => Kind::Hidden,
        _ if is_blank(character) => Kind::Hidden,
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark => Kind::Mark,
        // Vowels and finals of decomposed Hangul are letters, yet are drawn onto the letter before them.
        _ if character.width() == Some(0) => Kind::Mark,
        _ => Kind::Visible,
    }
}

/// Default-ignorable code points that are letters or marks by category, and symbols whose picture is empty.
fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\u{34F}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{1D159}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn spell(text: &mut String, hidden: char) {
    match hidden {
        '\t' => text.push(' '),
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\u{1B}' => text.push('␛'),
        // Writing to a String cannot fail.
        _ => _ = write!(text, "\\u{{{:X}}}", u32::from(hidden)),
    }
}

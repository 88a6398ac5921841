//! Owns the reading of theme files (TOML) and of the mistakes in them.
//!
//! A colour may be a list from richest to simplest (`fg = ["#e0af68", "yellow"]`); the first that the depth can show
//! is taken. A file is judged in full at every depth, so that a mistake shows on the author's own terminal.
//! Invariant: a mistake is an error with its line, never a silent default.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::{Depth, Role, colour};

/// A mistake in a theme file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("theme, line {line}: {what}")]
pub struct ThemeError {
    /// Line of the mistake, from 1.
    pub line: usize,
    /// What is wrong, in words.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThemeFile {
    roles: Spanned<BTreeMap<Spanned<String>, Spanned<Look>>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Look {
    fg: Option<Spanned<Choice>>,
    bg: Option<Spanned<Choice>>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a colour is a text or a list of texts")]
enum Choice {
    One(String),
    RichestFirst(Vec<String>),
}

/// Reads a theme file into one style a role, in the order of [`Role::ALL`].
pub(super) fn read(text: &str, depth: Depth) -> Result<[Style; Role::ALL.len()], ThemeError> {
    let file: ThemeFile = toml::from_str(text)
        .map_err(|error| mistake(text, error.span().map_or(0, |span| span.start), error.message()))?;
    let whole = file.roles.span().start;
    let mut looks = BTreeMap::new();
    for (name, look) in file.roles.into_inner() {
        let role = Role::named(name.get_ref()).ok_or_else(|| {
            mistake(text, name.span().start, &format!("there is no role \"{}\"", name.get_ref()))
        })?;
        looks.insert(role, look);
    }
    let mut styles = [Style::new(); Role::ALL.len()];
    for (role, style) in Role::ALL.into_iter().zip(&mut styles) {
        let look = looks
            .get(&role)
            .ok_or_else(|| mistake(text, whole, &format!("role \"{}\" is missing", role.name())))?;
        *style = read_look(text, role, look, depth)?;
    }
    Ok(styles)
}

fn read_look(text: &str, role: Role, look: &Spanned<Look>, depth: Depth) -> Result<Style, ThemeError> {
    let start = look.span().start;
    let look = look.get_ref();
    let mut modifier = Modifier::empty();
    for (on, attribute) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ] {
        modifier.set(attribute, on);
    }
    if role.needs_attribute() && modifier.is_empty() {
        return Err(mistake(
            text,
            start,
            &format!(
                "role \"{}\" needs an attribute (bold, reverse, …) that shows without colour",
                role.name()
            ),
        ));
    }
    let mut style = Style::new().add_modifier(modifier);
    style.fg = read_choice(text, look.fg.as_ref(), depth)?;
    style.bg = read_choice(text, look.bg.as_ref(), depth)?;
    Ok(style)
}

fn read_choice(
    text: &str,
    choice: Option<&Spanned<Choice>>,
    depth: Depth,
) -> Result<Option<Color>, ThemeError> {
    let Some(choice) = choice else { return Ok(None) };
    let start = choice.span().start;
    let names = match choice.get_ref() {
        Choice::One(name) => std::slice::from_ref(name),
        Choice::RichestFirst(names) => names.as_slice(),
    };
    let mut colours = Vec::new();
    for name in names {
        let colour = colour::read(name).ok_or_else(|| {
            mistake(
                text,
                start,
                &format!("\"{name}\" is no colour: use default, one of the 16 names or #rrggbb"),
            )
        })?;
        colours.push(colour);
    }
    let simple = colours.iter().copied().find(|colour| !colour::is_rich(*colour)).ok_or_else(|| {
        mistake(text, start, "16-colour terminals need a name too, as in [\"#e0af68\", \"yellow\"]")
    })?;
    Ok(match depth {
        Depth::Mono => None,
        Depth::Ansi16 => Some(simple),
        Depth::TrueColor => colours.first().copied(),
    })
}

fn mistake(text: &str, at: usize, what: &str) -> ThemeError {
    let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    ThemeError { line, what: what.to_owned() }
}

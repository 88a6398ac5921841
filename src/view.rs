//! Owns how a screen is drawn: places, columns, cutting. Decides nothing about what is said.
//!
//! ```text
//! ┌ header ─ context user ───────────────────────────── freshness  leave ┐
//! │ body ─── fleet | rollout | gate | timeline | health | orders | help      │
//! │ notice ─ one sentence, or what is known of the selection             │
//! └ footer ─ keys, or what is being typed ───────────────────────────────┘
//! ```
//! It reads a [`Screen`], a [`Looks`] and the frame; never the app, the store or a clock. Invariant: data reaches the
//! terminal only as [`crate::text::Printable`], cut here by columns.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line as Drawn, Span};

use crate::screen::{Body, Footer, Header, Screen};
use crate::text::{Printable, Role};
use crate::theme::{Glyphs, Theme};

mod choosing;
mod columns;
mod fleet;
mod gates;
mod health;
mod help;
mod line;
mod modal;
mod orders;
mod panel;
mod rollout;
mod story;
#[cfg(test)]
mod tests;
mod timeline;

/// Smallest terminal in which a screen can be read: columns and rows.
pub const SMALLEST: (u16, u16) = (60, 15);

/// How things look: styles and signs.
#[derive(Clone, Debug)]
pub struct Looks {
    /// Styles by meaning.
    pub theme: Theme,
    /// Signs by meaning.
    pub glyphs: Glyphs,
}

/// What drawing found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// Lines that do not fit and can be scrolled to.
    pub scrollable: usize,
    /// Whether the confirmation, if there is one, can be read.
    pub confirmable: bool,
}

/// Draws a screen.
pub fn draw(frame: &mut Frame<'_>, screen: &Screen, looks: &Looks) -> Fit {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(frame, screen, looks);
        return Fit::default();
    }
    let said = notice_height(&screen.footer, margin(area).width, looks);
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(said),
        Constraint::Length(1),
    ]);
    let [top, middle, notice, keys] = rows.areas(area);
    header(frame, top, &screen.header, looks);
    let mut fit = match &screen.body {
        Body::Fleet(fleet) => fleet::draw(frame, middle, fleet, looks),
        Body::Rollout(rollout) => rollout::draw(frame, middle, rollout, looks),
        Body::Gate(page) => gates::draw(frame, middle, page, looks),
        Body::Timeline(timeline) => timeline::draw(frame, middle, timeline, looks),
        Body::Health(health) => health::draw(frame, middle, health, looks),
        Body::Orders(orders) => orders::draw(frame, middle, orders, looks),
        Body::Help(help) => help::draw(frame, middle, help, looks),
    };
    footer(frame, (notice, keys), &screen.footer, looks);
    if let Some(story) = &screen.story {
        frame.buffer_mut().set_style(area, looks.theme.style(Role::Muted));
        fit = story::draw(frame, area, story, looks);
    }
    if let Some(sheet) = &screen.choosing {
        frame.buffer_mut().set_style(area, looks.theme.style(Role::Muted));
        fit = choosing::draw(frame, area, sheet, looks);
    }
    if let Some(modal) = &screen.modal {
        frame.buffer_mut().set_style(area, looks.theme.style(Role::Muted));
        fit = modal::draw(frame, area, modal, looks);
    }
    if looks.glyphs.ellipsis.is_ascii() {
        spell_in_ascii(frame, looks);
    }
    fit
}

/// Replaces what the charset cannot draw: cluster text may hold any letter, and cutting leaves an ellipsis.
fn spell_in_ascii(frame: &mut Frame<'_>, looks: &Looks) {
    for cell in &mut frame.buffer_mut().content {
        match cell.symbol() {
            symbol if symbol.is_ascii() => {}
            "…" => _ = cell.set_symbol(looks.glyphs.ellipsis),
            _ => _ = cell.set_symbol("?"),
        }
    }
}

fn too_small(frame: &mut Frame<'_>, screen: &Screen, looks: &Looks) {
    let area = frame.area();
    line::put(frame, Rect { height: area.height.min(1), ..area }, &screen.header.summary, looks);
}

fn header(frame: &mut Frame<'_>, area: Rect, header: &Header, looks: &Looks) {
    let inner = margin(area);
    let right = line::width(&header.right);
    let [left, edge] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(right)]).spacing(2).areas(inner);
    line::put(frame, left, &header.left, looks);
    line::put(frame, edge, &header.right, looks);
}

/// Gives a sentence the lines that it needs, up to three: the end of an advice is what one looks for.
fn notice_height(footer: &Footer, width: u16, looks: &Looks) -> u16 {
    let lines = line::wrapped(&footer.notice, width, looks).len();
    u16::try_from(lines).unwrap_or(3).clamp(1, 3)
}

fn footer(frame: &mut Frame<'_>, (notice, bottom): (Rect, Rect), footer: &Footer, looks: &Looks) {
    let inner = margin(notice);
    for (drawn, y) in
        line::wrapped(&footer.notice, inner.width, looks).into_iter().zip(inner.top()..inner.bottom())
    {
        frame.render_widget(drawn, Rect { y, height: 1, ..inner });
    }
    let bottom = margin(bottom);
    match &footer.typing {
        Some(typing) => typed(frame, bottom, typing, (&footer.keys, looks)),
        None => frame.render_widget(keys(&footer.keys, bottom.width, looks), bottom),
    }
}

/// Draws keys with what they do, as many as fit.
fn keys<'a>(keys: &'a [(Printable, Printable)], width: u16, looks: &Looks) -> Drawn<'a> {
    let mut spans = Vec::new();
    let mut left = usize::from(width);
    for (key, label) in keys {
        let wanted = key.width() + label.width() + 3;
        if wanted > left + 2 {
            break;
        }
        left = left.saturating_sub(wanted);
        spans.push(Span::styled(key.as_str(), looks.theme.style(Role::Key)));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(label.as_str(), looks.theme.style(Role::Muted)));
        spans.push(Span::raw("  "));
    }
    Drawn::from(spans)
}

fn typed(
    frame: &mut Frame<'_>,
    area: Rect,
    (label, text, cursor): &(Printable, Printable, usize),
    (ends, looks): (&[(Printable, Printable)], &Looks),
) {
    let mut line = Drawn::from(vec![
        Span::styled(label.as_str(), looks.theme.style(Role::Key)),
        Span::styled(text.as_str(), looks.theme.style(Role::Input)),
        Span::raw("   "),
    ]);
    let left = usize::from(area.width).saturating_sub(line.width());
    line.extend(keys(ends, u16::try_from(left).unwrap_or(u16::MAX), looks));
    frame.render_widget(line, area);
    let column = u16::try_from(label.width() + cursor).unwrap_or(u16::MAX);
    frame.set_cursor_position(Position {
        x: area.x.saturating_add(column).min(area.right().saturating_sub(1)),
        y: area.y,
    });
}

/// Leaves a column free on both sides.
fn margin(area: Rect) -> Rect {
    Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area }
}

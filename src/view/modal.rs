//! Draws the confirmation over the screen.
//!
//! ```text
//! ┌ promote  shop/checkout ───────────────────────────────┐
//! │ will    End the pause at step 2; …                    │  scrolls
//! │ …                                                     │
//! │ Nothing has been sent. Read it, then acknowledge …    │  always in view
//! │ y acknowledge and send   esc cancel                   │
//! └───────────────────────────────────────────────────────┘
//! ```
//! What is asked and the keys are always in view; only the lines above them scroll.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line as Drawn, Span};

use super::{Fit, Looks, keys, line, panel};
use crate::screen::modal::Modal;
use crate::text::{Printable, Role};

const LABEL: u16 = 9;
const WIDEST: u16 = 110;

/// Draws the confirmation in the middle of the terminal.
pub(super) fn draw(frame: &mut Frame<'_>, screen: Rect, modal: &Modal, looks: &Looks) -> Fit {
    let width = screen.width.saturating_sub(2).min(WIDEST);
    let inside = width.saturating_sub(4);
    let lines = lines(modal, inside, looks);
    let ask: Vec<Drawn<'_>> = modal.ask.iter().flat_map(|text| line::wrapped(text, inside, looks)).collect();
    // What is asked, or what came of it, is never cut for the sake of the facts above it, which scroll.
    let typed = u16::from(modal.typing.is_some());
    let bottom = (u16::try_from(ask.len()).unwrap_or(u16::MAX).saturating_add(2 + typed))
        .min(screen.height.saturating_sub(6));
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(bottom + 2);
    let height = wanted.min(screen.height.saturating_sub(2));
    let area = Rect {
        x: screen.x + (screen.width.saturating_sub(width)) / 2,
        y: screen.y + (screen.height.saturating_sub(height)) / 2,
        width,
        height,
    };
    panel::open(frame, area, &modal.title, looks);
    let inner = Rect { x: area.x + 2, y: area.y + 1, width: inside, height: area.height.saturating_sub(2) };
    let [facts, foot] = Layout::vertical([Constraint::Min(1), Constraint::Length(bottom)]).areas(inner);
    let scrollable = lines.len().saturating_sub(usize::from(facts.height));
    let scroll = modal.scroll.min(scrollable);
    for (drawn, y) in lines.into_iter().skip(scroll).zip(facts.top()..facts.bottom()) {
        frame.render_widget(drawn, Rect { y, height: 1, ..facts });
    }
    line::more_below(frame, facts, scrollable - scroll, looks);
    draw_foot(frame, foot, (modal, ask), looks);
    Fit { scrollable, confirmable: true }
}

fn lines<'a>(modal: &'a Modal, inside: u16, looks: &Looks) -> Vec<Drawn<'a>> {
    let mut all = Vec::new();
    for (label, text) in &modal.rows {
        for (nth, drawn) in line::wrapped(text, inside.saturating_sub(LABEL), looks).into_iter().enumerate() {
            let label = if nth == 0 { label.as_str() } else { "" };
            let mut spans = vec![Span::styled(
                format!("{label:<width$}", width = usize::from(LABEL)),
                looks.theme.style(Role::Muted),
            )];
            spans.extend(drawn.spans);
            all.push(Drawn::from(spans));
        }
    }
    all
}

fn draw_foot(frame: &mut Frame<'_>, foot: Rect, (modal, ask): (&Modal, Vec<Drawn<'_>>), looks: &Looks) {
    let last = Rect { y: foot.bottom().saturating_sub(1), height: 1, ..foot };
    let room = Rect { y: foot.y + 1, height: foot.height.saturating_sub(2), ..foot };
    let missing = ask.len() > usize::from(room.height);
    for (drawn, y) in ask.into_iter().zip(room.top()..room.bottom()) {
        frame.render_widget(drawn, Rect { y, height: 1, ..room });
    }
    if missing {
        let edge = Rect {
            x: room.right().saturating_sub(1),
            y: room.bottom().saturating_sub(1),
            width: 1,
            height: 1,
        };
        frame.render_widget(Span::styled(looks.glyphs.ellipsis, looks.theme.style(Role::Bad)), edge);
    }
    if let Some((typed, cursor)) = &modal.typing {
        draw_typed(
            frame,
            Rect { y: room.bottom().saturating_sub(1), height: 1, ..room },
            (typed, *cursor),
            looks,
        );
    }
    frame.render_widget(keys(&modal.keys, last.width, looks), last);
}

/// Draws what is being typed, its end in view.
pub(super) fn draw_typed(
    frame: &mut Frame<'_>,
    place: Rect,
    (typed, cursor): (&Printable, usize),
    looks: &Looks,
) {
    let width = usize::from(place.width.saturating_sub(3)).max(1);
    let before = cursor.saturating_sub(width);
    let shown: String = typed.as_str().chars().skip(before).take(width).collect();
    let line = Drawn::from(vec![
        Span::styled("> ", looks.theme.style(Role::Key)),
        Span::styled(shown, looks.theme.style(Role::Input)),
    ]);
    frame.render_widget(line, place);
    let column = u16::try_from(2 + cursor - before).unwrap_or(place.width);
    frame
        .set_cursor_position(Position { x: place.x + column.min(place.width.saturating_sub(1)), y: place.y });
}

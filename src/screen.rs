//! Owns what each screen says, as plain data: built from what is known, where the person is, and the time.
//!
//! Consumed by the view (which draws it) and by tests. It decides words, order and emphasis; it never knows a colour,
//! a glyph or a column. Reads app and store, changes neither, and reads no clock. Invariant: every text in it is a
//! [`crate::text::Printable`].

use jiff::{SignedDuration, Timestamp};

use crate::app::{App, Page};
use crate::keymap::Spelling;
use crate::text::Printable;

pub mod ages;
pub mod choosing;
pub mod fleet;
mod footer;
pub mod gates;
mod header;
pub mod health;
pub mod help;
mod images;
pub mod line;
pub mod modal;
pub mod orders;
pub mod rollout;
pub mod story;
pub mod timeline;
mod waits;

pub use ages::Ages;
pub use line::{Line, Piece, Sign};

/// One whole screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// Who, where, how fresh: always in view.
    pub header: Header,
    /// What fills the middle.
    pub body: Body,
    /// What the keys do here, or what is being typed.
    pub footer: Footer,
    /// The list from which an order is chosen, where it lies over it.
    pub choosing: Option<choosing::Sheet>,
    /// The confirmation that lies over it.
    pub modal: Option<modal::Modal>,
    /// The story of a demo, where it lies over it.
    pub story: Option<story::Panel>,
    /// How long all of this stays true if nothing happens; `None` where nothing ages.
    pub next_change: Option<SignedDuration>,
}

/// Who, where, how fresh.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Context and user.
    pub left: Line,
    /// Freshness and what may be written.
    pub right: Line,
    /// The worst news that fits in a line when the terminal is too small for a screen.
    pub summary: Line,
}

/// What fills the middle.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// All Rollouts.
    Fleet(fleet::Fleet),
    /// One Rollout.
    Rollout(Box<rollout::Rollout>),
    /// What the evidence says of a canary.
    Gate(Box<gates::Page>),
    /// What happened.
    Timeline(Box<timeline::Timeline>),
    /// What works and what does not.
    Health(Box<health::Health>),
    /// The orders that need a person.
    Orders(Box<orders::Orders>),
    /// Every key.
    Help(help::Help),
}

/// The last two lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Footer {
    /// One sentence for the person, or what is known of the selection.
    pub notice: Line,
    /// Keys and what they do, the most needed first.
    pub keys: Vec<(Printable, Printable)>,
    /// The line being typed: label, text, cursor column in the text.
    pub typing: Option<(Printable, Printable, usize)>,
}

/// Builds the screen as of `now`.
pub fn build(app: &App, now: Timestamp, spelling: Spelling) -> Screen {
    let mut ages = Ages::at(now);
    let header = header::build(app, &mut ages);
    let body = match (&app.page, app.help) {
        (_, true) => Body::Help(help::build(app, spelling)),
        (Page::Fleet, _) => Body::Fleet(fleet::build(app, &mut ages, spelling)),
        (Page::Rollout(key), _) => Body::Rollout(Box::new(rollout::build(app, key, &mut ages, spelling))),
        (Page::Gate(key), _) => Body::Gate(Box::new(gates::build(app, key, &mut ages, spelling))),
        (Page::Health, _) => Body::Health(Box::new(health::build(app, &mut ages, spelling))),
        (Page::Timeline(of), _) => {
            Body::Timeline(Box::new(timeline::build(app, of.as_ref(), &mut ages, spelling)))
        }
        (Page::Unsettled, _) => Body::Orders(Box::new(orders::build(app, &mut ages, spelling))),
    };
    let footer = footer::build(app, &mut ages, spelling);
    let choosing = choosing::build(app, &mut ages, spelling);
    let modal = app.modal.as_ref().and_then(|modal| modal::build(app, modal, &mut ages, spelling));
    let story = story::build(app, spelling);
    Screen { header, body, footer, choosing, modal, story, next_change: ages.next_change() }
}

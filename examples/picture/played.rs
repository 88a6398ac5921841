//! A screen of a cluster that takes orders, played in memory: the objects of the dump, as if a cluster told them.
//!
//! The app, the screen and the view are the program's own; the terminal and the cluster are not there. Nothing can be
//! sent.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rollgate::app::Event;
use rollgate::keymap::{Key, Spelling};
use rollgate::screen;
use rollgate::theme::{Charset, Depth};
use rollgate::view;

use crate::grid::Grid;
use crate::world::{World, looks};

/// Silence that arms a confirmation, with room to spare, in milliseconds.
const REST: u64 = 1000;

/// Presses keys at a person's speed, lets the keyboard rest, and draws; with what gates say where they are `judged`.
pub fn grid((columns, rows): (u16, u16), keys: &str, judged: bool) -> Grid {
    let mut world = if judged { World::failing() } else { World::fixture() };
    world.event(Event::Resize(columns, rows));
    for word in keys.split_whitespace() {
        match word.parse::<Key>() {
            Ok(_) => world.press(word),
            Err(_) => word.chars().for_each(|letter| world.press(&letter.to_string())),
        }
    }
    world.rest(REST);
    let screen = screen::build(&world.app, world.now().wall, Spelling::Utf8);
    let looks = looks(Depth::Ansi16, Charset::Utf8);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal in memory");
    terminal.draw(|frame| _ = view::draw(frame, &screen, &looks)).expect("a drawing");
    Grid::of_buffer(terminal.backend().buffer())
}

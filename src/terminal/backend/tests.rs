use std::num::NonZeroU16;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use ratatui::Terminal;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::Line;

use super::super::signals::Alarm;
use super::super::writer::Sink;
use super::*;

struct Tape(mpsc::Sender<Vec<u8>>);

impl Sink for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

struct Stage {
    terminal: Terminal<LeanBackend>,
    writes: mpsc::Receiver<Vec<u8>>,
    size: Arc<Mutex<(u16, u16)>>,
}

impl Stage {
    fn new(synchronised: bool) -> Self {
        let (sender, writes) = mpsc::channel();
        let writer = Writer::start(Tape(sender), Alarm::default()).unwrap();
        let size = Arc::new(Mutex::new((20, 3)));
        let asked = Arc::clone(&size);
        let ask = Box::new(move || Ok(*asked.lock().unwrap()));
        let terminal = Terminal::new(LeanBackend::new(writer, ask, synchronised)).unwrap();
        Self { terminal, writes, size }
    }

    /// Draws one line and returns the writes that it took.
    fn draw(&mut self, line: Line<'_>, cursor: Option<Position>) -> Vec<Vec<u8>> {
        self.terminal
            .draw(|frame| {
                frame.render_widget(line, Rect::new(0, 0, 20, 1));
                if let Some(cursor) = cursor {
                    frame.set_cursor_position(cursor);
                }
            })
            .unwrap();
        self.sent()
    }

    fn sent(&self) -> Vec<Vec<u8>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.terminal.backend().writer.idle());
        self.writes.try_iter().collect()
    }
}

fn text(writes: &[Vec<u8>]) -> String {
    String::from_utf8(writes.concat()).unwrap()
}

#[test]
fn a_frame_is_one_write_and_the_same_frame_again_is_none() {
    let mut stage = Stage::new(false);
    assert_eq!(stage.draw("checkout paused".into(), None).len(), 1);
    for _ in 0..100 {
        assert_eq!(stage.draw("checkout paused".into(), None), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn a_small_change_costs_few_bytes() {
    let mut stage = Stage::new(false);
    stage.draw("weight 20".into(), None);
    let writes = stage.draw("weight 40".into(), None);
    assert_eq!(text(&writes), "\x1b[1;8H4");
}

#[test]
fn a_cursor_that_stays_is_not_put_again() {
    let mut stage = Stage::new(false);
    let cursor = Some(Position::new(4, 0));
    assert!(text(&stage.draw("/che".into(), cursor)).ends_with("\x1b[?25h\x1b[1;5H"));
    assert!(stage.draw("/che".into(), cursor).is_empty());
    assert_eq!(text(&stage.draw("/che".into(), Some(Position::new(3, 0)))), "\x1b[1;4H");
    assert_eq!(text(&stage.draw("/che".into(), None)), "\x1b[?25l");
    // Drawing cells moves the terminal's cursor, so it has to be put back.
    stage.draw("/che".into(), cursor);
    assert!(text(&stage.draw("/chx".into(), cursor)).ends_with("\x1b[1;5H"));
}

#[test]
fn nothing_that_asks_the_terminal_is_sent_even_when_cleared_or_resized() {
    let mut stage = Stage::new(false);
    let mut all = text(&stage.draw("a".into(), None));
    stage.terminal.clear().unwrap();
    all += &text(&stage.draw("b".into(), None));
    *stage.size.lock().unwrap() = (10, 2);
    all += &text(&stage.draw("c".into(), None));
    // DSR, DA, XTVERSION, DECRQM, OSC colour queries, kitty's query.
    for question in ["\x1b[6n", "\x1b[5n", "\x1b[c", "\x1b[>", "$p", "\x1b]", "\x1b[?u"] {
        assert!(!all.contains(question), "{all:?}");
    }
}

#[test]
fn a_resize_and_its_frame_are_one_write_and_show_the_new_frame_alone() {
    let mut stage = Stage::new(false);
    stage.draw("12345678901234567890".into(), None);
    *stage.size.lock().unwrap() = (10, 2);
    let writes = stage.draw("short".into(), None);
    assert_eq!(writes.len(), 1);
    let size = |n| NonZeroU16::new(n).unwrap();
    let mut screen = vt100::Parser::new(size(2), size(10), 0);
    screen.process(&writes.concat());
    assert_eq!(screen.screen().contents(), "short");
}

#[test]
fn a_synchronised_frame_opens_and_closes_in_the_same_write() {
    let mut stage = Stage::new(true);
    let writes = stage.draw("a".into(), None);
    assert_eq!(writes.len(), 1);
    let sent = text(&writes);
    assert!(sent.starts_with("\x1b[?2026h") && sent.ends_with("\x1b[?2026l"), "{sent:?}");
    assert!(stage.draw("a".into(), None).is_empty(), "an empty frame gets no marks either");
}

#[test]
fn a_whole_frame_looks_as_ratatui_means_it() {
    let mut stage = Stage::new(false);
    let writes = stage.draw(Line::from(vec!["ok ".green(), "● 20%".bold(), " é".into()]), None);
    let size = |n| NonZeroU16::new(n).unwrap();
    let mut screen = vt100::Parser::new(size(3), size(20), 0);
    screen.process(&writes.concat());
    assert_eq!(screen.screen().contents(), "ok ● 20% é");
    assert!(screen.screen().cell(0, 3).unwrap().bold());
    assert!(!screen.screen().cell(0, 9).unwrap().bold());
}

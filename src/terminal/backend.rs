//! Owns the ratatui backend: frames become bytes in a buffer, and one hand-over to the writer.
//!
//! It leaves out what ratatui's own backends send for nothing (resets after an empty frame, the cursor hidden again
//! and again). It never asks the terminal anything, though ratatui's `clear` would like to know where the cursor is.
//! Invariant: a frame without a change is zero bytes; a frame with changes is one hand-over.

use std::io;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType as Erase, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::paint::paint;
use super::writer::{Ticket, Writer};

#[cfg(test)]
mod tests;

/// Tells the size of the terminal in columns and rows.
pub type AskSize = Box<dyn Fn() -> io::Result<(u16, u16)> + Send>;

/// The backend that ratatui draws on.
pub struct LeanBackend {
    frame: Vec<u8>,
    writer: Writer,
    handed: Ticket,
    size: AskSize,
    synchronised: bool,
    cursor_shown: Option<bool>,
    cursor: Option<Position>,
}

impl LeanBackend {
    /// Makes a backend that hands frames to a writer; `synchronised` puts each between the marks of mode 2026, which
    /// terminals that do not know it ignore.
    pub fn new(writer: Writer, size: AskSize, synchronised: bool) -> Self {
        let (frame, handed) = (Vec::new(), Ticket::default());
        Self { frame, writer, handed, size, synchronised, cursor_shown: None, cursor: None }
    }

    /// Returns the ticket of the last frame handed over.
    pub fn handed(&self) -> Ticket {
        self.handed
    }

    /// Forgets what is known of the terminal's cursor: another program had the terminal.
    pub fn forget_cursor(&mut self) {
        (self.cursor_shown, self.cursor) = (None, None);
    }

    fn show(&mut self, shown: bool) -> io::Result<()> {
        if self.cursor_shown.replace(shown) == Some(shown) {
            return Ok(());
        }
        if shown { queue!(self.frame, Show) } else { queue!(self.frame, Hide) }
    }
}

impl Backend for LeanBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        if paint(&mut self.frame, content) > 0 {
            self.cursor = None;
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false)
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true)
    }

    /// Returns where the cursor was last put, without asking the terminal.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor.replace(position) == Some(position) {
            return Ok(());
        }
        queue!(self.frame, MoveTo(position.x, position.y))
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        let erase = match region {
            ClearType::All => Erase::All,
            ClearType::AfterCursor => Erase::FromCursorDown,
            ClearType::BeforeCursor => Erase::FromCursorUp,
            ClearType::CurrentLine => Erase::CurrentLine,
            ClearType::UntilNewLine => Erase::UntilNewLine,
        };
        queue!(self.frame, Clear(erase))
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = (self.size)()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        if self.synchronised {
            let mut marked = Vec::with_capacity(self.frame.len() + 16);
            queue!(marked, BeginSynchronizedUpdate)?;
            marked.append(&mut self.frame);
            queue!(marked, EndSynchronizedUpdate)?;
            std::mem::swap(&mut self.frame, &mut marked);
        }
        self.handed = self.writer.hand(&mut self.frame);
        Ok(())
    }
}

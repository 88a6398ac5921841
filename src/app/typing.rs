//! Owns how keys become text in a line being typed (the filter, a name in the modal).
//!
//! It never decides what the text means. Editing itself is tui-input's.

use tui_input::{Input, InputRequest};

use crate::keymap::{Code, Key};

/// Applies an editing key; tells whether it was one.
pub fn edit(input: &mut Input, key: Key) -> bool {
    let Some(request) = request(key) else { return false };
    input.handle(request);
    true
}

fn request(key: Key) -> Option<InputRequest> {
    if let Some(character) = key.text() {
        return Some(InputRequest::InsertChar(character));
    }
    match (key.code(), key.has_ctrl()) {
        (Code::Backspace, false) | (Code::Char('h'), true) => Some(InputRequest::DeletePrevChar),
        (Code::Delete, _) => Some(InputRequest::DeleteNextChar),
        (Code::Left, _) => Some(InputRequest::GoToPrevChar),
        (Code::Right, _) => Some(InputRequest::GoToNextChar),
        (Code::Home, _) | (Code::Char('a'), true) => Some(InputRequest::GoToStart),
        (Code::End, _) | (Code::Char('e'), true) => Some(InputRequest::GoToEnd),
        (Code::Char('u'), true) => Some(InputRequest::DeleteFromStart),
        (Code::Char('w'), true) => Some(InputRequest::DeletePrevWord),
        _ => None,
    }
}

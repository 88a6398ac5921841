//! Owns the translation of crossterm's key events into keys of the keymap.
//!
//! Releases and repeats are left out: without the keyboard protocol that tells them apart terminals do not send them,
//! and with it they are not presses. It gives keys no meaning.
//! Invariant: one press is at most one key, in the one form that the keymap knows.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::keymap::{Code, Key};

/// Translates a key event; `None` for what is no press of a key that the keymap knows.
pub fn key_of(event: &KeyEvent) -> Option<Key> {
    if event.kind != KeyEventKind::Press {
        return None;
    }
    let key = match event.code {
        KeyCode::BackTab => Key::new(Code::Tab).shift(),
        code => Key::new(code_of(code)?),
    };
    let held = event.modifiers;
    let mut key = if held.contains(KeyModifiers::SHIFT) { key.shift() } else { key };
    if held.contains(KeyModifiers::CONTROL) {
        key = key.ctrl();
    }
    Some(if held.contains(KeyModifiers::ALT) { key.alt() } else { key })
}

fn code_of(code: KeyCode) -> Option<Code> {
    Some(match code {
        KeyCode::Char(character) => Code::Char(character),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::F(n) => Code::Function(n),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
        key_of(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn a_press_is_the_key_that_the_configuration_spells() {
        let (none, shift) = (KeyModifiers::NONE, KeyModifiers::SHIFT);
        for (code, modifiers, text) in [
            (KeyCode::Char('q'), none, "q"),
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('G'), none, "G"),
            (KeyCode::Char('?'), shift, "?"),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, "ctrl-c"),
            (KeyCode::Char('C'), KeyModifiers::CONTROL | shift, "ctrl-c"),
            (KeyCode::Char('x'), KeyModifiers::ALT, "alt-x"),
            (KeyCode::Char(' '), none, "space"),
            (KeyCode::BackTab, shift, "shift-tab"),
            (KeyCode::PageUp, none, "page-up"),
            (KeyCode::F(5), none, "f5"),
        ] {
            assert_eq!(pressed(code, modifiers), Some(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn releases_repeats_and_unknown_keys_are_no_presses() {
        for kind in [KeyEventKind::Release, KeyEventKind::Repeat] {
            let event = KeyEvent::new_with_kind(KeyCode::Char('y'), KeyModifiers::NONE, kind);
            assert_eq!(key_of(&event), None);
        }
        assert_eq!(pressed(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }
}

//! Owns the one line that stays in the shell after the screen is gone.
//!
//! The alternate screen leaves nothing to scroll back to, so the context and the newest operation are said once more.
//! It never repeats what was only staged.

use super::Ending;
use crate::app::App;
use crate::operation::{errand, words};

/// Says where the session was, and how its operations stand.
pub fn farewell(app: &App, ending: Ending) -> String {
    let mut text = String::new();
    for operation in app.operations.acknowledged() {
        let key = &operation.target().key;
        let (kind, words) = (operation.kind().word(), words::describe(operation));
        text.push_str(&format!(
            "rollgate: {kind} {}/{} ({}): {words}\n",
            key.namespace, key.name, app.session.context
        ));
        if !operation.state().is_final() {
            text.push_str("rollgate: nobody looks for its outcome any more. ");
            let look = words::advice(operation).map(|advice| advice.to_string());
            text.push_str(
                &look.unwrap_or_else(|| format!("Look with: rollgate get {} -n {}", key.name, key.namespace)),
            );
            text.push('\n');
        }
    }
    for errand in app.errands.acknowledged() {
        let (key, word) = (&errand.whither().key, errand.wanted().word());
        let (context, words) = (&app.session.context, errand::words::describe(errand));
        text.push_str(&format!("rollgate: {word} {}/{} ({context}): {words}\n", key.namespace, key.name));
        if !errand.state().is_final() {
            text.push_str("rollgate: nobody looks for its outcome any more.");
            let look = errand::words::advice(errand).map(|advice| format!(" {advice}"));
            text.push_str(&look.unwrap_or_default());
            text.push('\n');
        }
    }
    if let Ending::Forced(reason) = ending {
        text.push_str(&format!("rollgate: left because {reason}\n"));
    }
    text
}

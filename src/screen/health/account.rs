//! Owns the whole account of one row: what it serves, its state, how that is known, and what to do.
//!
//! Words of others stand as they came. Invariant: every state has a way out, if only that it is asked again by itself.

use super::look;
use crate::app::App;
use crate::capability::{Evidence, Health, Scope, State};
use crate::keymap::{Action, Spelling};
use crate::screen::{Ages, Line};
use crate::text::{Printable, Role};

/// Columns of what names how a thing was checked.
const HOW: usize = 22;

/// Lists the lines of the opened row.
pub(super) fn lines(app: &App, ages: &mut Ages, spelling: Spelling) -> Vec<Line> {
    let Some(account) = app.visited() else {
        return vec![Line::of(Role::Text, "Nothing was looked at yet; it is looked at by itself.")];
    };
    let mut lines = vec![head(account), standing(account, ages)];
    lines.extend(account.state.reason().map(|why| Line::of(Role::Text, why.clone())));
    lines.extend([Line::new(), Line::of(Role::Title, "How that is known")]);
    lines.extend(account.evidence.iter().map(|evidence| known(evidence, ages)));
    if account.evidence.is_empty() {
        lines.push(Line::of(Role::Muted, "By nothing: nobody looked."));
    }
    lines.extend([Line::new(), Line::of(Role::Title, "What to do")]);
    lines.extend(way_out(app, account, spelling));
    lines.extend(elsewhere(app, account, spelling));
    lines
}

fn head(account: &Health) -> Line {
    let line = Line::of(Role::Title, account.capability.title());
    let line = match &account.scope {
        Scope::Namespace(name) if !name.is_empty() => {
            line.text(Role::Muted, " in ").text(Role::Strong, Printable::from_cluster(name))
        }
        Scope::Cluster | Scope::Namespace(_) => line.text(Role::Muted, " in the whole cluster"),
    };
    line.text(Role::Muted, format!("  to {}", account.capability.serves()))
}

fn standing(account: &Health, ages: &mut Ages) -> Line {
    let (role, sign) = look(&account.state);
    let line = Line::new().sign(role, sign).blank().text(role, account.state.word());
    let line = match account.since {
        Some(since) if account.state != State::NotByDesign => {
            line.text(Role::Muted, format!("  for {}", ages.since(since)))
        }
        _ => line,
    };
    match &account.state {
        State::Available { at } => line.text(Role::Muted, format!("  seen working {} ago", ages.since(*at))),
        _ => line,
    }
}

fn known(evidence: &Evidence, ages: &mut Ages) -> Line {
    let age = match evidence.at {
        Some(at) => format!("{} ago", ages.since(at)),
        // Not a look, but something that is known by itself.
        None => String::new(),
    };
    Line::of(Role::Muted, format!("{:<HOW$} {age:>8}  ", evidence.how))
        .text(Role::Text, evidence.said.clone())
}

fn way_out(app: &App, account: &Health, spelling: Spelling) -> Vec<Line> {
    let key = |action| app.keymap.spelled(action, spelling);
    let Some(remedy) = &account.remedy else {
        let words = match account.state {
            State::Available { .. } | State::Supported => "Nothing: it stands as it should.".to_owned(),
            State::NotByDesign => "Nothing: this program leaves it out on purpose.".to_owned(),
            _ => format!("It is looked at again by itself; {} asks the cluster now.", key(Action::Refresh)),
        };
        return vec![Line::of(Role::Text, words)];
    };
    let mut lines = vec![Line::of(Role::Strong, remedy.sentence.clone())];
    if let Some(paste) = &remedy.paste {
        lines.extend([
            Line::of(Role::Key, key(Action::CopyRequest)).text(Role::Muted, " copies this:"),
            Line::new(),
        ]);
        lines.extend(paste.lines().map(|line| Line::of(Role::Accent, format!("  {line}"))));
    }
    lines
}

/// Says how the row stands in other namespaces.
fn elsewhere(app: &App, account: &Health, spelling: Spelling) -> Vec<Line> {
    let all = app.health.accounts(account.capability);
    if all.len() < 2 {
        return Vec::new();
    }
    let key = app.keymap.spelled(Action::NextNamespace, spelling);
    let title = Line::of(Role::Title, "Elsewhere").text(Role::Muted, format!("  {key} goes to the next"));
    let mut lines = vec![Line::new(), title];
    let mut words: Vec<&'static str> = all.iter().map(|other| other.state.word()).collect();
    words.dedup();
    for word in words {
        let alike: Vec<&&Health> = all.iter().filter(|other| other.state.word() == word).collect();
        let names: Vec<&str> = alike
            .iter()
            .filter_map(|other| match &other.scope {
                Scope::Namespace(name) => Some(&**name),
                Scope::Cluster => None,
            })
            .take(NAMED)
            .collect();
        let more = alike.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (role, sign) = alike.first().map_or((Role::Muted, super::Sign::Unknown), |one| look(&one.state));
        lines.push(
            Line::new()
                .sign(role, sign)
                .text(role, format!(" {word} in {} of {}: ", alike.len(), all.len()))
                .text(Role::Text, Printable::from(format!("{}{more}", names.join(" ")))),
        );
    }
    lines
}

/// How many namespaces are named of those that are alike.
const NAMED: usize = 12;

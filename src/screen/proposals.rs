//! Owns what is said of proposals of agents: a line for each, the facts as they are now beside what the agent saw, and the
//! agent's words.
//!
//! An agent's words stand below the facts, in quotes, each with a sign and a label that say whose they are. Invariant: they
//! are never part of a sentence of the program's own, and set no title, order, sign or colour.

use super::orders::{Orders, Row};
use super::{Ages, Line, Sign};
use crate::app::{App, Page};
use crate::keymap::{Action, Spelling};
use crate::operation::Operation;
use crate::proposal::{Compared, Kept, Proposed, Said, State, Witness, compare};
use crate::text::{Printable, Role};

/// How many differences are told below the list; all stand where one is shown whole.
const FEW: usize = 2;

/// Builds the list, or what is shown of one proposal.
pub(super) fn build(app: &App, ages: &mut Ages, spelling: Spelling) -> Orders {
    let all = app.proposed();
    let selected = app.selected_proposal();
    let chosen = all.get(selected).copied();
    if let Some(kept) = chosen.filter(|_| app.inbox.is_whole()) {
        return Orders {
            title: title(&kept.proposed),
            shown: standing(kept),
            whole: Some(whole(app, kept, ages)),
            scroll: app.scroll,
            ..Orders::default()
        };
    }
    let most = usize::from(app.size.1);
    let first = selected.saturating_sub(most);
    let rows = all.iter().skip(first).take(2 * most + 1);
    let mut detail = chosen.map(|kept| about(app, kept, ages)).unwrap_or_default();
    detail.extend(elsewhere(app));
    Orders {
        title: Line::of(Role::Title, "what agents propose: nothing is sent unless you order it"),
        shown: if all.is_empty() {
            Line::new()
        } else {
            Line::of(Role::Muted, format!("{} of {}", selected + 1, all.len()))
        },
        rows: rows.map(|kept| row(app, kept, ages)).collect(),
        selected: selected - first,
        detail,
        empty: if all.is_empty() { empty(app, spelling) } else { Vec::new() },
        ..Orders::default()
    }
}

/// Says in the header that agents propose something, and the key that lists it.
pub(super) fn mark(app: &App) -> Line {
    let count = app.proposed().len();
    if count == 0 || app.page == Page::Proposals {
        return Line::new();
    }
    let key = app.keymap.spelled(Action::Proposals, Spelling::Ascii);
    let words = if count == 1 { "1 proposal".to_owned() } else { format!("{count} proposals") };
    Line::new().sign(Role::Accent, Sign::Pending).blank().text(Role::Accent, format!("{words}: {key}  "))
}

/// Says in a confirmation from which proposal it was staged; the agent's words are marked as such.
pub(super) fn behind(app: &App, operation: &Operation) -> Vec<(Printable, Line)> {
    let Some(proposed) = app.inbox.behind(operation.id()) else { return Vec::new() };
    vec![(Printable::ours("proposed"), by(proposed)), (Printable::default(), says(&proposed.reason))]
}

/// Marks words of an agent as such: a sign, a label, quotes, and a style of their own.
fn says(said: &Said) -> Line {
    if said.text().is_empty() {
        return Line::of(Role::Muted, "the agent gave no reason");
    }
    labelled_words("agent says, unverified: ", said)
}

fn labelled_words(label: &'static str, said: &Said) -> Line {
    Line::new()
        .sign(Role::Unknown, Sign::Unknown)
        .blank()
        .text(Role::Muted, label)
        .text(Role::Unknown, said.quoted())
}

fn by(proposed: &Proposed) -> Line {
    let line = labelled_words("by an agent that calls itself ", &proposed.client.name);
    if proposed.client.version.text().is_empty() {
        return line;
    }
    line.text(Role::Muted, " version ").text(Role::Unknown, proposed.client.version.quoted())
}

fn title(proposed: &Proposed) -> Line {
    let key = &proposed.target.key;
    Line::of(Role::Title, "proposed: ")
        .text(Role::Title, proposed.intent.words())
        .blank()
        .text(Role::Muted, format!("{}/", key.namespace))
        .text(Role::Strong, Printable::from_cluster(&key.name))
}

/// Says how a proposal stands, with its sign; what destroys has another.
fn standing(kept: &Kept) -> Line {
    let destroys = kept.proposed.intent.kind().is_destructive();
    let (role, sign) = if destroys { (Role::Warn, Sign::Warning) } else { (Role::Accent, Sign::Pending) };
    Line::new().sign(role, sign).blank().text(role, kept.state.word())
}

fn row(app: &App, kept: &Kept, ages: &mut Ages) -> Row {
    let proposed = &kept.proposed;
    let key = &proposed.target.key;
    Row {
        standing: standing(kept),
        age: ages.since(proposed.made_at),
        kind: Printable::ours(proposed.intent.kind().word()),
        rollout: Printable::from(format!("{}/{}", key.namespace, key.name)),
        who: proposed.client.name.quoted(),
        next: next(app, kept),
    }
}

/// Says in a few words what a person should know first.
fn next(app: &App, kept: &Kept) -> Printable {
    let destructive = if kept.proposed.intent.kind().is_destructive() { "destructive; " } else { "" };
    let differ = match (&kept.state, app.proposed_for(&kept.proposed)) {
        (State::Taken { by, .. }, _) => return Printable::from(format!("{destructive}{by} looks at it")),
        (_, None) => return Printable::ours("its Rollout is gone"),
        (_, Some(rollout)) => {
            compare(&kept.proposed.saw.facts, rollout).iter().filter(|fact| fact.differs()).count()
        }
    };
    Printable::from(match differ {
        0 => format!("{destructive}as it saw it"),
        1 => format!("{destructive}1 fact differs now"),
        more => format!("{destructive}{more} facts differ now"),
    })
}

fn compared(app: &App, proposed: &Proposed) -> Vec<Compared> {
    app.proposed_for(proposed).map(|rollout| compare(&proposed.saw.facts, rollout)).unwrap_or_default()
}

fn labelled(label: &'static str, line: Line) -> Line {
    Line::of(Role::Muted, label).and(line)
}

fn about(app: &App, kept: &Kept, ages: &mut Ages) -> Vec<Line> {
    let proposed = &kept.proposed;
    let mut lines = vec![labelled("order    ", order(proposed))];
    let all = compared(app, proposed);
    let differing: Vec<&Compared> = all.iter().filter(|fact| fact.differs()).collect();
    match app.proposed_for(proposed) {
        None => lines.push(labelled("now      ", gone())),
        Some(_) if differing.is_empty() => {
            let same = Line::of(Role::Text, "nothing that it saw is known to differ");
            lines.push(labelled("now      ", same));
        }
        Some(_) => {
            lines.extend(differing.iter().take(FEW).map(|fact| labelled("now      ", beside(fact))));
        }
    }
    if differing.len() > FEW {
        let more = format!("and {} more", differing.len() - FEW);
        lines.push(labelled("         ", Line::of(Role::Muted, more)));
    }
    lines.push(labelled("expires  ", expires(proposed, ages)));
    lines.push(labelled("proposed ", by(proposed)));
    // One line: what is carried over to the next would begin where labels do.
    let columns = usize::from(app.size.0).saturating_sub(40).max(20);
    let brief = Said::cut(proposed.reason.text().cut(columns).as_str(), columns);
    lines.push(labelled("         ", says(&brief)));
    lines
}

fn order(proposed: &Proposed) -> Line {
    let line = Line::of(Role::Strong, proposed.intent.words());
    if !proposed.intent.kind().is_destructive() {
        return line;
    }
    line.text(Role::Text, "  ").sign(Role::Warn, Sign::Warning).text(Role::Warn, " destructive")
}

fn gone() -> Line {
    Line::of(Role::Bad, "the Rollout that it saw is gone: it was deleted, or made anew")
}

fn expires(proposed: &Proposed, ages: &mut Ages) -> Line {
    let left = ages.until_at_speed(proposed.expires_at, 1);
    Line::of(Role::Muted, format!("in {left}"))
}

/// Puts a fact as it is now beside what the agent saw.
fn beside(fact: &Compared) -> Line {
    let line = Line::of(Role::Text, fact.name.clone()).text(Role::Muted, ": ");
    let line = match &fact.now {
        Some(now) => line.text(Role::Strong, now.clone()),
        None => line.text(Role::Muted, "not known here"),
    };
    match &fact.saw {
        None => line,
        Some(_) if !fact.differs() && fact.now.is_some() => line.text(Role::Muted, " (as it saw)"),
        Some(saw) => {
            let role = if fact.differs() { Role::Warn } else { Role::Unknown };
            let line = line.text(Role::Muted, "  it saw ").text(role, Printable::from(format!("\"{saw}\"")));
            if fact.differs() {
                line.blank().sign(Role::Warn, Sign::Warning).text(Role::Warn, " differs")
            } else {
                line
            }
        }
    }
}

/// Tells all of a proposal: order, facts now beside what was seen, and then the agent's words.
fn whole(app: &App, kept: &Kept, ages: &mut Ages) -> Vec<(Printable, Line)> {
    let proposed = &kept.proposed;
    let mut rows: Vec<(Printable, Line)> = Vec::new();
    let mut put = |label: &'static str, line: Line| rows.push((Printable::ours(label), line));
    put("order", order(proposed));
    let advice = "Nothing is staged yet: staging takes the facts as they are then, and asks you.";
    put("", Line::of(Role::Muted, advice));
    if app.proposed_for(proposed).is_none() {
        put("now", gone());
    }
    let facts = compared(app, proposed);
    // What only the agent names stands with its words.
    let (known, strange): (Vec<_>, Vec<_>) = facts.iter().partition(|fact| fact.now.is_some());
    for (nth, fact) in known.into_iter().enumerate() {
        put(if nth == 0 { "now" } else { "" }, beside(fact));
    }
    put("expires", expires(proposed, ages));
    let age = ages.since(proposed.made_at);
    put("made", Line::of(Role::Text, format!("{:.0}, {age} ago", proposed.made_at)));
    let witness = match proposed.saw.witness {
        Witness::Agent => "by the agent itself, unverified",
        Witness::Program => "by this program, when it was proposed",
    };
    put("seen", Line::of(Role::Muted, witness));
    put("proposed", by(proposed));
    put("", says(&proposed.reason));
    for said in &proposed.evidence {
        put("", labelled_words("agent refers to, unverified: ", said));
    }
    for fact in strange {
        let said = Said::cut(
            &format!("{}: {}", fact.name, fact.saw.clone().unwrap_or_default()),
            Printable::LONGEST,
        );
        put("", labelled_words("agent saw, unverified: ", &said));
    }
    let cluster = Line::of(Role::Text, proposed.target.context.clone()).text(Role::Muted, "  ");
    put("cluster", cluster.text(Role::Muted, proposed.target.server.clone()));
    put("uid", Line::of(Role::Muted, Printable::from_cluster(&proposed.target.uid)));
    put("id", Line::of(Role::Muted, Printable::from(&*proposed.id.0)));
    rows
}

fn elsewhere(app: &App) -> Option<Line> {
    let count = app.proposed_elsewhere();
    (count > 0).then(|| Line::of(Role::Muted, format!("{count} more on other clusters.")))
}

fn empty(app: &App, spelling: Spelling) -> Vec<Line> {
    let back = app.keymap.spelled(Action::Back, spelling);
    let first = match app.inbox.trouble() {
        Some(why) => Line::of(Role::Bad, format!("Proposals cannot be read: {why}.")),
        None => Line::of(Role::Text, "No agent proposes anything on this cluster."),
    };
    let lines = [Some(first), elsewhere(app), Some(Line::of(Role::Muted, format!("{back} goes back.")))];
    lines.into_iter().flatten().collect()
}

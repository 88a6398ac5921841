//! How the script of a file becomes the script of a world.
//!
//! It owns the translation alone. Invariant: a step does exactly one thing.

use super::file::{Event, File, RightWords, Sign, Step, Wanted};
use super::name;
use crate::sim::world::gate::{Policy, Right};
use crate::sim::world::script::{self, Act, Cue, act::Wish};
use crate::sim::world::wire::Mishap;

/// Reads all steps.
///
/// # Errors
/// The first step that cannot be understood.
pub(super) fn read(file: &File) -> Result<Vec<script::Step>, String> {
    file.script.iter().map(step).collect()
}

fn step(step: &Step) -> Result<script::Step, String> {
    let on = step.when.as_ref().map(sign).transpose()?;
    if step.at.is_none() && on.is_none() {
        return Err(format!("a step by {} has neither `at` nor `when`", step.by));
    }
    let orders: Vec<_> = step.order.iter().flatten().collect();
    let act = match (orders.as_slice(), &step.event) {
        ([(on, wanted)], None) => Act::Order(name::place(on)?, wish(wanted)),
        ([], Some(event)) => happens(event),
        _ => return Err(format!("a step by {} must have one `order` or one `event`", step.by)),
    };
    let cue = Cue { at: step.at.map(|at| at.0), on, delay: step.delay.0 };
    Ok(script::Step { cue, by: step.by.as_str().into(), act })
}

fn sign(sign: &Sign) -> Result<script::Sign, String> {
    Ok(match sign {
        Sign::Opened(on) => script::Sign::Opened(name::place(on)?),
        Sign::Phase { on, is } => script::Sign::Phase(name::place(on)?, is.as_str().into()),
        Sign::Weight { on, least } => script::Sign::Weight(name::place(on)?, *least),
        Sign::Ordered { on, deed } => script::Sign::Ordered(name::place(on)?, *deed),
    })
}

/// Returns what a colleague wants by an order of the file.
pub(super) fn wish(wanted: &Wanted) -> Wish {
    match wanted {
        Wanted::Image(image) => Wish::Image(image.as_str().into()),
        Wanted::Scale(replicas) => Wish::Scale(*replicas),
        Wanted::Promote => Wish::Promote,
        Wanted::Abort => Wish::Abort,
        Wanted::Retry => Wish::Retry,
        Wanted::Pause => Wish::Pause,
        Wanted::Resume => Wish::Resume,
    }
}

fn happens(event: &Event) -> Act {
    match event {
        Event::ControllerDown => Act::Controller { up: false },
        Event::ControllerUp => Act::Controller { up: true },
        Event::CutWatches => Act::Cut,
        Event::Silence(time) => Act::Silence(time.0),
        Event::Compact => Act::Compact,
        Event::LoseAnswers(next) => Act::Meet(next.of, next.count, Mishap::LostAnswer),
        Event::Refuse { code, next } => Act::Meet(next.of, next.count, Mishap::Refused(*code)),
        Event::TakeRight(words) => Act::Right { right: right(words), granted: false },
        Event::GiveRight(words) => Act::Right { right: right(words), granted: true },
        Event::RefuseChanges { policy, says } => {
            Act::Policy(Some(Policy { name: policy.as_str().into(), says: says.as_str().into() }))
        }
        Event::AdmitChanges => Act::Policy(None),
    }
}

fn right(words: &RightWords) -> Right {
    Right { verb: words.verb.as_str().into(), resource: words.resource.as_str().into() }
}

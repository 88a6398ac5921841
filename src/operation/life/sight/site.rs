//! Owns what can be seen of orders that change a pod template or a run.
//!
//! A Rollout shows only what the controller made of them; the write itself is seen in the object that was changed.
//! Invariant: "done" rests on the version that the controller names, or on the phase that it gave a run.

use super::Sight;
use crate::operation::Facts;
use crate::operation::course::{Image, Rewrite};
use crate::operation::facts::{ImageFacts, known};

/// The controller has read the spec and names the version that the revision has.
pub(super) fn rewrite(rewrite: &Rewrite, was: &Facts, is: &Facts) -> Sight {
    if let Some(site) = &is.site {
        let written = site.template.as_ref().is_some_and(|template| *template == rewrite.template);
        return write(written, was, is);
    }
    let named = known(&is.pod_hash) == Some(&*rewrite.hash);
    if named && is.spec_observed() && (is.generation > was.generation || is.pod_hash != was.pod_hash) {
        return Sight::Done;
    }
    if !named && is.pod_hash != was.pod_hash { Sight::Elsewhere } else { Sight::NotYet }
}

/// The controller has read the spec and names another version than before.
pub(super) fn image(image: &Image, was: &Facts, is: &Facts) -> Sight {
    if let Some(site) = &is.site {
        let stands = site.image.as_ref().and_then(|image: &ImageFacts| image.image.as_deref());
        return write(stands == Some(&*image.is), was, is);
    }
    if is.pod_hash != was.pod_hash && is.spec_observed() { Sight::Done } else { Sight::NotYet }
}

fn write(written: bool, was: &Facts, is: &Facts) -> Sight {
    let generation = |facts: &Facts| facts.site.as_ref().map(|site| site.generation);
    match written {
        true => Sight::Visible,
        false if generation(is) == generation(was) => Sight::NotYet,
        false => Sight::Elsewhere,
    }
}

/// The controller gave the run its last phase.
pub(super) fn run(is: &Facts) -> Sight {
    let Some(run) = &is.site else { return Sight::NotYet };
    match (run.terminate == Some(true), run.is_over()) {
        (true, true) => Sight::Done,
        (true, false) => Sight::Visible,
        (false, true) => Sight::Elsewhere,
        (false, false) => Sight::NotYet,
    }
}

//! Owns the row of the controller's version: whether its rules are those that this program shows.
//!
//! It reads tags of images alone, which anybody may choose. Invariant: what is no version of Argo Rollouts' is unknown.

use super::Scene;
use super::finding::{Finding, worst};
use super::look::{Look, look, unanswered, unseen};
use super::services;
use crate::capability::remedy::{self, Grant};
use crate::capability::sight::Controller;
use crate::capability::{limits, right};

const HOW: &str = "image";
/// The last minor version of 1 whose rules are known here (read in its source; release-1.10).
pub(super) const NEWEST: u32 = 10;
/// Up to this minor version a write may be missed (argo-rollouts#4694).
const MISSES: u32 = 9;

/// Judges whether the rules of the controllers that were seen are known here.
pub(super) fn judge(scene: &Scene<'_>) -> Finding {
    match look(scene.board.controllers.as_ref(), limits::CONTROLLER, scene.now) {
        Look::Seen { what, at } => {
            let findings = what.iter().map(|one| of(one, at, scene)).collect();
            worst(findings).unwrap_or_else(|| {
                Finding::unknown("no Deployment that looks like the controller").seen(HOW, "none found", at)
            })
        }
        Look::Forbidden { why, at } => {
            Finding::unknown("its Deployment may not be read").seen(HOW, why.clone(), at).remedied(
                remedy::ask_for(right::CONTROLLER, Grant::In(services::home(scene)), &scene.board.viewer),
            )
        }
        Look::Missing { why, at } | Look::Failed { why, at, .. } => {
            unanswered(HOW, "the controller's version", why, at)
        }
        Look::Old { at } => unseen(HOW, "the controller's version", Some(at)),
        Look::Never => unseen(HOW, "the controller's version", None),
    }
}

fn of(controller: &Controller, at: jiff::Timestamp, scene: &Scene<'_>) -> Finding {
    let image = controller.image.as_str();
    let finding = match tag(image).map(|tag| (tag, version(tag))) {
        None => Finding::unknown("its image has no tag, so no version"),
        Some((tag, None)) => Finding::unknown(format!("its tag {tag} is no version of Argo Rollouts")),
        Some((tag, Some((1, minor)))) if minor <= NEWEST => {
            let known = Finding::available(at, scene.now).seen(
                HOW,
                format!("{tag}: known are 1.0 to 1.{NEWEST}"),
                at,
            );
            return if minor <= MISSES {
                known.seen("what it means", "up to v1.9 it can miss a write that meets one of its own", at)
            } else {
                known
            };
        }
        Some((tag, Some((0, _)))) => {
            Finding::degraded(at, format!("{tag} is older than the rules known here (1.0 to 1.{NEWEST})"))
                .advised("Check phases and steps with its own plugin before ordering anything.")
        }
        Some((tag, Some(_))) => Finding::unknown(format!(
            "{tag} is newer than the rules known here (1.0 to 1.{NEWEST})"
        ))
        .advised("Read its release notes for changed steps and phases, and look for a newer rollgate."),
    };
    finding.seen(HOW, controller.image.clone(), at)
}

/// Returns the tag of an image reference, if it has one.
fn tag(image: &str) -> Option<&str> {
    let named = image.split_once('@').map_or(image, |(named, _)| named);
    let last = named.rsplit('/').next().unwrap_or(named);
    last.split_once(':').map(|(_, tag)| tag).filter(|tag| !tag.is_empty())
}

/// Returns major and minor version of a tag such as `v1.9.1` or `v1.10.0-rc1`.
fn version(tag: &str) -> Option<(u32, u32)> {
    let core = tag.strip_prefix('v').unwrap_or(tag);
    let core = core.split(['-', '+']).next().unwrap_or(core);
    let mut numbers = core.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next()??, numbers.next()??);
    numbers.all(|rest| rest.is_some()).then_some((major, minor))
}

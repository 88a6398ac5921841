//! Owns the policy: what may be ordered where, and what an approval wants besides a key.
//!
//! Pure, one function: [`Policy::judge`]. It never decides whether an order makes sense in a state, only whether this
//! session may stage it. Invariants: what no rule allows is refused; of the rules that cover an order the last one
//! counts alone; nothing added to the freezes or the terms turns a refusal into a [`Leave`].

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::refusal::Refusal;
use super::{Bar, Kind};
use crate::rollout::{Key, age};
use crate::text::Printable;

mod errand;
pub mod freeze;
pub mod pattern;
mod rule;
#[cfg(test)]
mod tests;

pub use freeze::Freeze;
pub use pattern::{Pattern, Scope};
pub use rule::{Rule, Terms};

/// Rules and freezes; without any rule, nothing may be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    rules: Vec<Rule>,
    freezes: Vec<Freeze>,
    announces: bool,
}

/// An order that is judged, and what is known of it.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Kubeconfig context.
    pub context: &'a str,
    /// Namespace and name of the Rollout.
    pub key: &'a Key,
    /// What is to be done.
    pub kind: Kind,
    /// Whether it puts back the stable version or an earlier one, where its kind does not say so.
    pub goes_back: bool,
    /// The role that the person claims.
    pub role: Option<&'a str>,
    /// Canary weight that it sets, in percent of the traffic; `None` where that cannot be told.
    pub weight_after: Option<u32>,
    /// When this Rollout was last promoted, as far as is known here.
    pub last_promotion: Option<Timestamp>,
    /// The time.
    pub now: Timestamp,
}

/// What an approval wants typed, in the order in which it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The name of the Rollout.
    Name,
    /// The phrase that overrides a freeze.
    Phrase(Printable),
    /// A reason, in one line.
    Reason,
}

/// Leave to stage an order; made only by [`Policy::judge`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    rule: String,
    needs: Vec<Need>,
    frozen: Option<Printable>,
    expires_after: SignedDuration,
}

/// Leave, or why not and what to do instead.
pub type Verdict = Result<Leave, Refusal>;

/// Which way an operation moves traffic, as far as the policy minds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It brings the new version forward: everything is minded.
    Forward,
    /// It changes what runs: freezes are minded.
    Across,
    /// It stops or takes back: always open where a rule allows it.
    Back,
}

impl Kind {
    fn way(self) -> Way {
        match self {
            // The end of a run counts as a success, so the Rollout goes on.
            Self::Promote
            | Self::PromoteTo
            | Self::PromoteFull
            | Self::Retry
            | Self::SetImage
            | Self::Terminate => Way::Forward,
            Self::Resume | Self::Undo | Self::Restart => Way::Across,
            Self::Pause | Self::Abort | Self::Cancel => Way::Back,
        }
    }

    /// Tells whether it brings the new version forward, so that cool-down and largest weight count.
    pub fn promotes(self) -> bool {
        self.way() == Way::Forward
    }

    /// Tells whether it always stops or takes back, which no freeze may hinder.
    pub fn takes_back(self) -> bool {
        self.way() == Way::Back
    }
}

impl Ask<'_> {
    /// Tells whether it stops, or leads back to what was stable: no freeze may hinder that.
    fn takes_back(&self) -> bool {
        self.goes_back || self.kind.takes_back()
    }
}

impl Policy {
    /// Puts rules, in the order in which the last one counts, and freezes together.
    pub fn new(rules: Vec<Rule>, freezes: Vec<Freeze>) -> Self {
        Self { rules, freezes, announces: false }
    }

    /// Has a Kubernetes Event tell of each order that was accepted, or none.
    #[must_use]
    pub fn announcing(self, announces: bool) -> Self {
        Self { announces, ..self }
    }

    /// Tells whether a Kubernetes Event is to tell of each order that was accepted.
    pub fn announces(&self) -> bool {
        self.announces
    }

    /// Lists the rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Lists the freezes.
    pub fn freezes(&self) -> &[Freeze] {
        &self.freezes
    }

    /// Returns the longest time that any rule wants between two promotions; `None` where none wants any.
    pub fn longest_cool_down(&self) -> Option<SignedDuration> {
        self.rules.iter().filter_map(|rule| rule.terms.as_ref()?.cool_down).max()
    }

    /// Tells whether nothing may be written anywhere.
    pub fn is_read_only(&self) -> bool {
        self.rules.iter().all(|rule| rule.terms.is_none())
    }

    /// Tells whether some operation on a Rollout may be allowed.
    pub fn may_allow(&self, context: &str, key: &Key) -> bool {
        Kind::ALL.into_iter().any(|kind| self.terms(context, key, kind).is_ok())
    }

    /// Returns the rule that counts for a kind of operation on a Rollout, and its terms.
    ///
    /// # Errors
    /// Refuses where no rule speaks, or the one that counts denies.
    pub fn terms(&self, context: &str, key: &Key, kind: Kind) -> Result<(&Rule, &Terms), Refusal> {
        let covering = self.rules.iter().rev().find(|rule| rule.scope.covers(context, key, kind));
        let Some(rule) = covering else {
            return Err(Refusal::read_only(&Printable::from_cluster(context), key));
        };
        rule.terms.as_ref().map(|terms| (rule, terms)).ok_or_else(|| denied(rule, kind))
    }

    /// Judges an order.
    ///
    /// # Errors
    /// Refuses what no rule allows, what breaks the terms of the rule that counts, and what a freeze holds.
    pub fn judge(&self, ask: &Ask<'_>) -> Verdict {
        let (rule, terms) = self.terms(ask.context, ask.key, ask.kind)?;
        check_role(rule, terms, ask.role)?;
        if ask.kind.promotes() {
            check_weight(rule, terms, ask)?;
            check_cool_down(rule, terms, ask)?;
        }
        let frozen = self.frozen(ask)?;
        Ok(Leave {
            rule: rule.to_string(),
            needs: needs(terms, frozen.as_ref()),
            frozen: frozen.map(|frozen| frozen.sentence()),
            expires_after: self.expires_after(terms, ask),
        })
    }

    fn covering<'a>(&'a self, ask: &'a Ask<'_>) -> impl Iterator<Item = &'a Freeze> {
        self.freezes.iter().filter(|freeze| freeze.scope.covers(ask.context, ask.key, ask.kind))
    }

    /// How long an approval can be given: no longer than until a freeze begins that it was not judged by.
    fn expires_after(&self, terms: &Terms, ask: &Ask<'_>) -> SignedDuration {
        if ask.takes_back() {
            return terms.expiry;
        }
        let ahead = self.covering(ask).filter(|freeze| freeze.ends(ask.now).is_none());
        let begins = ahead.filter_map(|freeze| freeze.begins_within(ask.now, terms.expiry)).min();
        begins.map_or(terms.expiry, |begins| begins.duration_since(ask.now))
    }

    /// Finds the freezes that are on.
    fn frozen(&self, ask: &Ask<'_>) -> Result<Option<Frozen>, Refusal> {
        if ask.takes_back() {
            return Ok(None);
        }
        let on: Vec<_> =
            self.covering(ask).filter_map(|freeze| Some((freeze, freeze.ends(ask.now)?))).collect();
        let Some(end) = on.iter().map(|(_, end)| end).max() else { return Ok(None) };
        let end = end.strftime("%a %Y-%m-%d %H:%M %Z").to_string();
        if let Some((freeze, end)) = on.iter().find(|(freeze, _)| freeze.grip == freeze::Grip::Holds) {
            return Err(Refusal {
                why: format!("The freeze {} is on, and nobody may override it here.", freeze.name).into(),
                instead: format!(
                    "Wait until {}; abort, pause, cancel, and undo to what was stable stay possible.",
                    end.strftime("%a %Y-%m-%d %H:%M %Z")
                )
                .into(),
            });
        }
        let names: Vec<&str> = on.iter().map(|(freeze, _)| freeze.name.as_str()).collect();
        Ok(Some(Frozen { names: names.join(" and "), end }))
    }
}

/// The freezes that are on, and can be overridden.
struct Frozen {
    names: String,
    end: String,
}

impl Frozen {
    fn sentence(&self) -> Printable {
        format!("{} until {}", self.names, self.end).into()
    }

    fn phrase(&self) -> Printable {
        format!("override {}", self.names).into()
    }
}

/// Who overrides a freeze says why, whatever the rule asks for.
fn needs(terms: &Terms, frozen: Option<&Frozen>) -> Vec<Need> {
    let name = terms.name.then_some(Need::Name);
    let phrase = frozen.map(|frozen| Need::Phrase(frozen.phrase()));
    let reason = (terms.reason || frozen.is_some()).then_some(Need::Reason);
    name.into_iter().chain(phrase).chain(reason).collect()
}

fn denied(rule: &Rule, kind: Kind) -> Refusal {
    Refusal {
        why: format!("The rule {rule} denies {} here.", kind.word()).into(),
        instead: "Change the configuration file, if that is yours to decide.".into(),
    }
}

fn check_role(rule: &Rule, terms: &Terms, role: Option<&str>) -> Result<(), Refusal> {
    let claimed = role.is_some_and(|role| terms.roles.iter().any(|wanted| wanted == role));
    if terms.roles.is_empty() || claimed {
        return Ok(());
    }
    let wanted = terms.roles.join(" or ");
    let is = role.map_or_else(|| "you claim none".to_owned(), |role| format!("you claim {role}"));
    Err(Refusal {
        why: format!("The rule {rule} wants the role {wanted}; {is}.").into(),
        instead: "If it is yours, start again with --role, or set role in the configuration file.".into(),
    })
}

fn check_weight(rule: &Rule, terms: &Terms, ask: &Ask<'_>) -> Result<(), Refusal> {
    let Some(most) = terms.max_weight else { return Ok(()) };
    let why = match ask.weight_after {
        Some(weight) if weight <= most => return Ok(()),
        Some(weight) => format!(
            "It would set {weight} % of the traffic on the new version; the rule {rule} allows {most} % by one approval."
        ),
        None => format!(
            "Which weight it would set cannot be told; the rule {rule} allows {most} % by one approval."
        ),
    };
    Err(Refusal {
        why: why.into(),
        instead: "Promote in smaller steps, or have the Rollout's steps say so.".into(),
    })
}

fn check_cool_down(rule: &Rule, terms: &Terms, ask: &Ask<'_>) -> Result<(), Refusal> {
    let (Some(least), Some(last)) = (terms.cool_down, ask.last_promotion) else { return Ok(()) };
    let passed = ask.now.duration_since(last);
    if passed >= least {
        return Ok(());
    }
    let left = least.saturating_sub(passed.max(SignedDuration::ZERO));
    Err(Refusal {
        why: format!(
            "It was promoted {} ago; the rule {rule} wants {} between two promotions.",
            age::human(passed.max(SignedDuration::ZERO)),
            age::human(least)
        )
        .into(),
        instead: format!("Wait another {}, and look at how it does.", age::human(left)).into(),
    })
}

impl Leave {
    /// Returns the rule that gave it, as [`Rule`] writes itself.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Lists what is to be typed before it can be acknowledged.
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Returns which freeze is on and until when, where one is that can be overridden.
    pub fn frozen(&self) -> Option<&Printable> {
        self.frozen.as_ref()
    }

    /// Returns how long a staged order waits for its acknowledgement.
    pub fn expires_after(&self) -> SignedDuration {
        self.expires_after
    }

    /// Has the name typed too, because the order itself is a weighty one.
    #[must_use]
    pub(super) fn with_name(mut self, weighty: bool) -> Self {
        if weighty && !self.needs.contains(&Need::Name) {
            self.needs.insert(0, Need::Name);
        }
        self
    }

    /// Has typed what it takes to go on beside what numeric gates say.
    #[must_use]
    pub(super) fn over(self, bar: Bar) -> Self {
        let mut leave = self.with_name(bar == Bar::Override);
        if bar != Bar::Open && !leave.needs.contains(&Need::Reason) {
            leave.needs.push(Need::Reason);
        }
        leave
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("the name of the Rollout"),
            Self::Phrase(phrase) => write!(f, "`{phrase}`"),
            Self::Reason => f.write_str("a reason"),
        }
    }
}

//! Owns `config check`: what the configuration says about orders and gates, in words.
//!
//! What is wrong is said before it comes to this, with the line. It never talks to a cluster. Invariant: rules are
//! listed in the order in which the last one counts.

use std::io::Write;
use std::process::ExitCode;

use crate::config::{Config, Gates};
use crate::gate::policy::lint::{Grade, lint};
use crate::operation::errand::Wanted;
use crate::operation::policy::freeze::Grip;
use crate::operation::policy::{Freeze, Pattern, Rule, Terms};
use crate::rollout::age;
use crate::text::Printable;

/// Prints what the configuration says.
pub fn run(config: &Config) -> ExitCode {
    match std::io::stdout().write_all(words(config).as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says what the configuration allows, denies and freezes: one line each.
pub fn words(config: &Config) -> String {
    let file = config.file.as_ref().map_or_else(
        || "There is no configuration file.".to_owned(),
        |path| format!("{} is in order.", path.display()),
    );
    let mut lines = vec![file];
    if config.policy.is_read_only() {
        lines.push("Nothing may be ordered: this program only reads.".to_owned());
    }
    lines.extend(config.policy.rules().iter().map(rule));
    if config.policy.rules().len() > 1 {
        lines.push("Of the rules that cover an order the last one counts.".to_owned());
    }
    lines.extend(unreached(config));
    lines.extend(config.policy.freezes().iter().map(freeze));
    lines.extend(gates(&config.gates));
    lines.extend(config.role.as_ref().map(|role| format!("You claim the role {role}.")));
    lines.iter().map(|line| format!("{}\n", Printable::from_cluster(line))).collect()
}

/// Says that what a rule allows of the policy service goes nowhere, where none is set up.
fn unreached(config: &Config) -> Option<String> {
    let named = |rule: &&Rule| {
        let mut words = rule.scope.operations.iter().map(Pattern::as_str);
        rule.terms.is_some() && words.any(|word| Wanted::WORDS.contains(&word))
    };
    let rule =
        config.policy.rules().iter().find(named).filter(|_| config.services.policy_service.is_none())?;
    Some(format!("nowhere {rule}: run and rerun go to the policy service, and there is no [policy-service]"))
}

fn rule(rule: &Rule) -> String {
    match &rule.terms {
        None => format!("denies  {rule}"),
        Some(terms) => format!("allows  {rule}: {}", conditions(terms).join(", ")),
    }
}

fn conditions(terms: &Terms) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(terms.name.then(|| "name typed".to_owned()));
    all.extend(terms.reason.then(|| "reason typed".to_owned()));
    if !terms.roles.is_empty() {
        all.push(format!("role {}", terms.roles.join(" or ")));
    }
    all.extend(terms.max_weight.map(|most| format!("at most {most} % by one promotion")));
    all.extend(terms.cool_down.map(|least| format!("{} between two promotions", age::human(least))));
    all.push(format!("expires after {}", age::human(terms.expiry)));
    all
}

fn freeze(freeze: &Freeze) -> String {
    let zone = freeze.zone.iana_name().unwrap_or("its own time zone");
    let over = match freeze.grip {
        Grip::Yields => format!("`override {}` and a reason go over it", freeze.name),
        Grip::Holds => "nobody goes over it".to_owned(),
    };
    format!("freezes {}: {}, for {:#}, {zone}; {over}", freeze.name, freeze.begins, freeze.lasts)
}

/// Says how many policies judge promotions, and which of them can never pass.
fn gates(gates: &Gates) -> Vec<String> {
    let Some(folder) = &gates.folder else { return Vec::new() };
    let count = match gates.shelf.policies() {
        [] => "no policy".to_owned(),
        [_] => "1 policy".to_owned(),
        several => format!("{} policies", several.len()),
    };
    let mut lines = vec![format!("gates   {count} in {}", folder.display())];
    for policy in gates.shelf.policies() {
        let findings = lint(policy, None).into_iter().filter(|finding| finding.grade == Grade::Error);
        lines.extend(
            findings.map(|finding| format!("gates   {} can never pass: {}", policy.name, finding.what)),
        );
    }
    lines
}

#[cfg(test)]
mod tests;

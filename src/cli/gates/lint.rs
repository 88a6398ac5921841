//! Owns `gates lint`: what is wrong with policy files, by file and line, and what will surprise.
//!
//! It asks nobody, but for a Rollout that is named: that is read once. Invariant: exit code 0 is given only where every file was read whole and has no error.

use std::path::Path;

use super::{Lint, file, shown, subject};
use crate::cli::Cli;
use crate::config::Config;
use crate::gate::policy::Policy;
use crate::gate::policy::lint::{self as examine, Finding, Grade};
use crate::report::Answer;
use crate::rollout::Rollout;
use crate::text::Printable;

/// Exit code where something is wrong.
const WRONG: u8 = 1;
/// Exit code where it cannot be told.
const UNREAD: u8 = 2;

pub(super) fn run(lint: &Lint) -> Answer {
    match lint.steps.as_deref().map(file::rollouts).transpose() {
        Ok(rollouts) => with(lint, rollouts.as_deref()),
        Err(why) => super::failed(&why, UNREAD),
    }
}

/// Examines files beside the Rollout that is named, where one is.
pub(super) async fn beside(cli: &Cli, lint: &Lint, config: &Config) -> Answer {
    let Some(name) = &lint.rollout else { return run(lint) };
    match subject::read(cli, name, config).await {
        Ok(read) => with(lint, Some(&[read.rollout])),
        Err(why) => super::failed(&why, UNREAD),
    }
}

fn with(lint: &Lint, rollouts: Option<&[Rollout]>) -> Answer {
    let mut answer = Answer::default();
    for path in &lint.files {
        // A file that is not there is another matter than one that is wrong.
        if let Err(error) = readable(path) {
            answer.err.push_str(&format!("Error: cannot read {}: {error}\n", shown(path)));
            answer.code = UNREAD;
            continue;
        }
        let (said, is_wrong) = one(path, rollouts);
        answer.out.push_str(&said);
        answer.code = answer.code.max(if is_wrong { WRONG } else { 0 });
    }
    answer
}

/// Tells why a file cannot be read at all.
fn readable(path: &Path) -> std::io::Result<()> {
    if std::fs::metadata(path)?.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    std::fs::File::open(path).map(|_| ())
}

/// Examines one file; tells whether it is wrong.
fn one(path: &Path, rollouts: Option<&[Rollout]>) -> (String, bool) {
    let (text, policy) = match file::policy(path) {
        Ok(read) => read,
        Err(fault) => return (format!("{fault}\n"), true),
    };
    let mut found: Vec<(Finding, Option<Printable>)> =
        examine::lint(&policy, None).into_iter().map(|finding| (finding, None)).collect();
    for rollout in meant(&policy, rollouts.unwrap_or_default()) {
        let name = Printable::from(format!("{}/{}", rollout.meta.key.namespace, rollout.meta.key.name));
        let with = examine::lint(&policy, Some(file::steps(rollout)));
        let of_steps = with.into_iter().filter(|finding| !found.iter().any(|(other, _)| other == finding));
        let of_steps: Vec<_> = of_steps.map(|finding| (finding, Some(name.clone()))).collect();
        found.extend(of_steps);
    }
    found.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.grade));
    let wrong = found.iter().any(|(finding, _)| finding.grade == Grade::Error);
    let mut out = String::new();
    for (finding, rollout) in &found {
        let of = rollout.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let what = format!("{of}{}", finding.what);
        out.push_str(&file::place(path, line(&text, finding.about), finding.grade.word(), &what));
        out.push('\n');
    }
    if rollouts.is_some_and(|rollouts| meant(&policy, rollouts).next().is_none()) {
        let what = "it judges none of the Rollouts given, so no pause was looked at";
        out.push_str(&file::place(path, None, Grade::Note.word(), what));
        out.push('\n');
    }
    if !wrong {
        out.push_str(&format!("{}: in order: policy {}\n", shown(path), Printable::from(&*policy.name)));
    }
    (out, wrong)
}

/// Lists the Rollouts that a policy would judge: those that name it, and those that its selector means and that name none.
fn meant<'a>(policy: &'a Policy, rollouts: &'a [Rollout]) -> impl Iterator<Item = &'a Rollout> {
    rollouts.iter().filter(|rollout| match &rollout.gate_policy {
        Some(name) => name.as_str() == &*policy.name,
        None => policy.applies_to.selects(&rollout.meta.key.namespace, &rollout.meta.key.name),
    })
}

/// Returns the line on which a setting stands, from 1: the outermost of that name.
fn line(text: &str, setting: &str) -> Option<u64> {
    let depth = |line: &str| {
        let inner = line.trim_start_matches([' ', '-']);
        let is_it = inner.strip_prefix(setting).is_some_and(|rest| rest.trim_start().starts_with(':'));
        is_it.then(|| line.len() - inner.len())
    };
    let found = text.lines().enumerate().filter_map(|(at, line)| Some((depth(line)?, at)));
    let (_, at) = found.min()?;
    u64::try_from(at + 1).ok()
}

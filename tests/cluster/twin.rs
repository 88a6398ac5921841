//! The embedded cluster beside the real one: each script of `tests/twin` is played on both, and what is seen must agree.
//!
//! A difference fails the test unless `assets/scenarios/differences.md` lists it, or the real cluster itself does not
//! show it a second time; a row there that no longer differs fails it, too. See `tests/twin/README.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use libtest_mimic::Arguments;
use tokio::runtime::Runtime;

use crate::cluster::{Cluster, User};
use crate::harness::Case;
use crate::twin_play::{Answers, Place, Record, Script, Side, differences, embedded, play, side, table};

type Outcome = Result<(), String>;

/// How many scripts are played on the real cluster at once: they mostly wait.
const AT_ONCE: usize = 12;

/// The scripts that are always played: each operation, both strategies, and each kind of analysis at least once. With
/// `ROLLGATE_TWIN=all` all are, for which two processors need some minutes more.
const ALWAYS: &str = "
    analysis-aborted analysis-changed analysis-fails analysis-passes analysis-promoted-fully analysis-skipped
    analysis-terminated answers background-aborted background-fails bad-crash bad-spec bad-unpullable
    blue-green-aborted-then-promoted blue-green-after-passes blue-green-before-fails blue-green-before-terminated
    blue-green-changed blue-green-promoted-by-plugin blue-green-restarted blue-green-scaled blue-green-undone
    canary-aborted-and-retried canary-aborted-then-promoted canary-aborted-then-undone
    canary-aborted-while-paused-by-hand canary-back-to-stable canary-changed-in-the-middle canary-deleted
    canary-paused-by-hand-then-promoted canary-promoted canary-promoted-by-plugin canary-promoted-fully
    canary-promoted-past-the-end canary-promoted-twice-unseen canary-restarted canary-scaled-at-a-pause
    canary-steps-changed canary-undone canary-without-steps experiment-ends experiment-terminated
    experiment-with-analysis metric-counted metric-step-good routed-max-weight routed-promoted routed-promoted-fully
    workload-ref";

/// The cases of this file: one for each script that is played.
pub fn trials() -> Vec<Case> {
    match wanted() {
        Ok(scripts) => scripts.into_iter().map(case).collect(),
        Err(error) => vec![Case::new("twin: the scripts can be read", move |_| Err(error.clone()))],
    }
}

fn wanted() -> Result<Vec<Script>, String> {
    let all = std::env::var_os("ROLLGATE_TWIN").is_some_and(|value| value == "all");
    let mut scripts = crate::twin_play::script::all()?;
    if let Some(name) = ALWAYS.split_whitespace().find(|name| scripts.iter().all(|it| it.name != *name)) {
        return Err(format!("there is no script {name:?}"));
    }
    scripts.retain(|script| all || ALWAYS.split_whitespace().any(|name| name == script.name));
    Ok(scripts)
}

fn case(script: Script) -> Case {
    let name = format!("twin: {}", script.name);
    if script.is_disruptive() {
        Case::disruptive(name, move |cluster| {
            let stage = Stage::of(cluster)?;
            let controller = |up: bool| {
                // Killed, not held: what it would see in which order when it went on would be chance.
                cluster.kill_controller();
                if up { cluster.restart_controller() } else { Ok(()) }
            };
            let play = |namespace: &str| stage.real(&script, namespace, &controller);
            judge(&script, play(&script.name)?, stage, &play)
        })
    } else {
        Case::new(name, move |cluster| {
            let stage = Stage::of(cluster)?;
            judge(&script, stage.ahead(&script.name)?, stage, &|again| stage.real(&script, again, &beside))
        })
    }
}

/// A controller that others need, too, is not stopped.
fn beside(_: bool) -> Result<(), String> {
    Err("this would stop it for all".into())
}

/// Judges what a script led to on both. What differs only once is chance of the real cluster, which on a busy machine now
/// and then takes another way: where something differs, the script is played there again, and fails when it differs
/// then, too.
fn judge(
    script: &Script,
    real: Record,
    stage: &Stage,
    again: &dyn Fn(&str) -> Result<Record, String>,
) -> Outcome {
    let embedded = embedded::run(script, &stage.real.handle, stage.real.plugin.as_deref(), &stage.answers)?;
    let rows = table::rows(include_str!("../../assets/scenarios/differences.md"))?;
    let faults = |real: &Record| match &real.broken {
        Some(why) => vec![format!("on the real cluster: {why}")],
        None => table::judge(&script.name, &differences(real, &embedded), &rows),
    };
    let first = faults(&real);
    if first.is_empty() {
        return Ok(());
    }
    let second = faults(&again(&format!("{}-again", script.name))?);
    if second.is_empty() { Ok(()) } else { Err(second.join("\n")) }
}

/// The real cluster as the scripts reach it, and what has been played ahead.
struct Stage {
    real: Side,
    answers: Answers,
    played: Mutex<BTreeMap<String, Result<Record, String>>>,
    more: Condvar,
}

impl Stage {
    /// The one stage; it begins to play all scripts that are asked for, several at once.
    fn of(cluster: &Cluster) -> Result<&'static Self, String> {
        static RUNTIME: OnceLock<Runtime> = OnceLock::new();
        static STAGE: OnceLock<Result<Arc<Stage>, String>> = OnceLock::new();
        let start = || {
            let runtime = RUNTIME.get_or_init(|| {
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
            });
            let kubeconfig: PathBuf = cluster.kubeconfig(User::Admin);
            let real = Side {
                name: "real",
                client: side::connect(runtime.handle(), &kubeconfig)?,
                handle: runtime.handle().clone(),
                kubeconfig,
                plugin: Some(cluster.program("kubectl-argo-rollouts")?),
                now: Arc::new(jiff::Timestamp::now),
                pass: None,
            };
            let (played, more) = (Mutex::default(), Condvar::new());
            let stage = Arc::new(Self { real, answers: Answers::serve()?, played, more });
            stage.play_ahead()?;
            Ok(stage)
        };
        STAGE.get_or_init(start).as_deref().map_err(Clone::clone)
    }

    fn play_ahead(self: &Arc<Self>) -> Outcome {
        let arguments = Arguments::from_args();
        let mut scripts = wanted()?;
        scripts.retain(|it| !it.is_disruptive() && case(it.clone()).is_asked_for(&arguments));
        scripts.reverse();
        let left = Arc::new(Mutex::new(scripts));
        for _ in 0..AT_ONCE {
            let (stage, left) = (Arc::clone(self), Arc::clone(&left));
            std::thread::spawn(move || {
                let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop();
                while let Some(script) = next() {
                    let record = stage.real(&script, &script.name, &beside);
                    stage.played.lock().unwrap_or_else(PoisonError::into_inner).insert(script.name, record);
                    stage.more.notify_all();
                }
            });
        }
        Ok(())
    }

    fn real(
        &self,
        script: &Script,
        name: &str,
        controller: &dyn Fn(bool) -> Result<(), String>,
    ) -> Result<Record, String> {
        let namespace = format!("twin-{name}");
        play(script, Place { side: &self.real, namespace: &namespace, answers: &self.answers, controller })
    }

    /// Waits until a script has been played on the real cluster.
    fn ahead(&self, name: &str) -> Result<Record, String> {
        let played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let played = self.more.wait_while(played, |played| !played.contains_key(name));
        played.unwrap_or_else(PoisonError::into_inner)[name].clone()
    }
}

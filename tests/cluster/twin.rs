//! The embedded cluster beside the real one: each script of `tests/twin` is played on both, and what is seen must agree.
//!
//! A difference fails the test unless `assets/scenarios/differences.md` lists it; a row there that no longer differs
//! fails it, too. See `tests/twin/README.md`.

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

/// The cases of this file: one for each script, where `ROLLGATE_TWIN` is set. Until every script agrees or stands in the
/// table, they are for whoever works on the model.
pub fn trials() -> Vec<Case> {
    if std::env::var_os("ROLLGATE_TWIN").is_none() {
        return Vec::new();
    }
    match crate::twin_play::script::all() {
        Ok(scripts) => scripts.into_iter().map(case).collect(),
        Err(error) => vec![Case::new("twin: the scripts can be read", move |_| Err(error.clone()))],
    }
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
            judge(&script, &stage.real(&script, &controller)?, stage)
        })
    } else {
        Case::new(name, move |cluster| {
            let stage = Stage::of(cluster)?;
            judge(&script, &stage.ahead(&script.name)?, stage)
        })
    }
}

fn judge(script: &Script, real: &Record, stage: &Stage) -> Outcome {
    if let Some(why) = &real.broken {
        return Err(format!("on the real cluster: {why}"));
    }
    let embedded = embedded::run(script, &stage.real.handle, stage.real.plugin.as_deref(), &stage.answers)?;
    let text = include_str!("../../assets/scenarios/differences.md");
    let faults = table::judge(&script.name, &differences(real, &embedded), &table::rows(text)?);
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
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
        let mut scripts = crate::twin_play::script::all()?;
        scripts.retain(|it| !it.is_disruptive() && case(it.clone()).is_asked_for(&arguments));
        scripts.reverse();
        let left = Arc::new(Mutex::new(scripts));
        for _ in 0..AT_ONCE {
            let (stage, left) = (Arc::clone(self), Arc::clone(&left));
            std::thread::spawn(move || {
                let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop();
                while let Some(script) = next() {
                    let record = stage.real(&script, &|_| Err("this would stop it for all".into()));
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
        controller: &dyn Fn(bool) -> Result<(), String>,
    ) -> Result<Record, String> {
        let namespace = format!("twin-{}", script.name);
        play(script, Place { side: &self.real, namespace: &namespace, answers: &self.answers, controller })
    }

    /// Waits until a script has been played on the real cluster.
    fn ahead(&self, name: &str) -> Result<Record, String> {
        let played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let played = self.more.wait_while(played, |played| !played.contains_key(name));
        played.unwrap_or_else(PoisonError::into_inner)[name].clone()
    }
}

//! Against a real API server without controllers: the screen beside curl, `list` beside kubectl and the plugin.
//!
//! Each run takes all of them one after the other, so that a ratio is of neighbours in time.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::cluster::{Cluster, User};

use super::measured::{Series, milliseconds};
use super::process::{self, Ran};
use super::screen::{Screen, Wish, has_rows, is_complete};
use super::table::{Table, Target, Unit};
use super::{say, stream};

#[derive(Default)]
struct Figures {
    first: Series,
    complete: Series,
    curl: Series,
    ratio: Series,
    peak: Series,
    list: Beside,
    kubectl: Beside,
    plugin: Beside,
}

/// A way to list, and ours in proportion to it.
#[derive(Default)]
struct Beside {
    seconds: Series,
    megabytes: Series,
    time: Series,
    memory: Series,
}

/// Measures a fleet of `size`, `runs` times.
///
/// # Errors
/// What of it did not run at all.
pub fn measure(size: usize, runs: usize, table: &mut Table) -> Result<(), String> {
    say(&format!("a real API server with {size} Rollouts"));
    let cluster = Cluster::start_bare()?;
    cluster.create_many(size)?;
    let mut figures = Figures::default();
    warm(&cluster)?;
    for run in 1..=runs {
        say(&format!("real server, {size}, run {run} of {runs}"));
        figures.screen(&cluster, size)?;
        figures.lists(&cluster)?;
    }
    figures.tell(size, table);
    Ok(())
}

/// Takes the stream until it comes whole: the server fills its watch cache on first use, and refuses meanwhile.
fn warm(cluster: &Cluster) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match stream::take(&cluster.url(), cluster.token(User::Viewer)) {
            Ok(_) => return Ok(()),
            Err(error) if begun.elapsed() > Duration::from_secs(120) => return Err(error),
            Err(error) => say(&format!("not yet: {error}")),
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

impl Figures {
    fn screen(&mut self, cluster: &Cluster, size: usize) -> Result<(), String> {
        let (curl, _) = stream::take(&cluster.url(), cluster.token(User::Viewer))?;
        let kubeconfig = cluster.kubeconfig(User::Viewer);
        let wish = Wish { kubeconfig: &kubeconfig, size: (120, 40), more: &[], far: false };
        let mut screen = Screen::start(&wish)?;
        self.first.add(milliseconds(screen.until("first rows", has_rows)?));
        let complete = screen.until("all rows", |screen| is_complete(screen, size))?;
        self.complete.add(complete.as_secs_f64());
        if let Some(peak) = screen.peak_megabytes() {
            self.peak.add(peak);
        }
        self.curl.add(curl.as_secs_f64());
        self.ratio.add(complete.as_secs_f64() / curl.as_secs_f64());
        Ok(())
    }

    fn lists(&mut self, cluster: &Cluster) -> Result<(), String> {
        let run = |program: &std::path::Path, words: &[&str]| {
            let mut command = Command::new(program);
            command.arg("--kubeconfig").arg(cluster.kubeconfig(User::Viewer)).args(words);
            process::run(&mut command)
        };
        let ours = run(env!("CARGO_BIN_EXE_rollgate").as_ref(), &["list", "-A"])?;
        let kubectl = run(&cluster.program("kubectl")?, &["get", "rollouts", "-A"])?;
        let plugin = run(&cluster.program("kubectl-argo-rollouts")?, &["list", "rollouts", "-A"])?;
        self.list.add(&ours, &ours);
        self.kubectl.add(&kubectl, &ours);
        self.plugin.add(&plugin, &ours);
        Ok(())
    }

    fn tell(&self, size: usize, table: &mut Table) {
        let mut add = |name: &str, series: &Series, form| table.add(name, size, series, form);
        add("first rows drawn", &self.first, (Unit::Milliseconds, Target::AtMost(150.0)));
        add("complete", &self.complete, (Unit::Seconds, Target::None));
        add("curl, the same stream", &self.curl, (Unit::Seconds, Target::None));
        add("complete / curl", &self.ratio, (Unit::Times, Target::AtMost(1.1)));
        let most = if size <= 10_000 { Target::AtMost(60.0) } else { Target::None };
        add("peak memory of the screen", &self.peak, (Unit::Megabytes, most));
        let ways = [("rollgate list -A", &self.list), ("kubectl get rollouts -A", &self.kubectl)];
        for (name, way) in ways.into_iter().chain([("plugin list rollouts -A", &self.plugin)]) {
            add(name, &way.seconds, (Unit::Seconds, Target::None));
            add(&format!("{name}, memory"), &way.megabytes, (Unit::Megabytes, Target::None));
        }
        for (name, way) in [("kubectl", &self.kubectl), ("plugin", &self.plugin)] {
            add(&format!("{name} / rollgate list, time"), &way.time, (Unit::Times, Target::None));
            add(&format!("{name} / rollgate list, memory"), &way.memory, (Unit::Times, Target::None));
        }
    }
}

impl Beside {
    fn add(&mut self, ran: &Ran, ours: &Ran) {
        self.seconds.add(ran.wall.as_secs_f64());
        self.megabytes.add(ran.megabytes);
        self.time.add(ran.wall.as_secs_f64() / ours.wall.as_secs_f64());
        self.memory.add(ran.megabytes / ours.megabytes);
    }
}

//! The programs and manifests that the cluster is made of, built from the Go modules in `tests/cluster/parts`.
//!
//! Owns the table of parts and the call of `go build`; prints a line for each program that is built and one every
//! fifteen seconds while it lasts. Never copies a manifest into the repository: CRDs and stages come from the module
//! folders. Every program is built with `-mod=readonly` and checksums on.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::cache;

const KUBERNETES: &str = "v1.34.1";
const ARGO: &str = "1.9.1";
/// Raised when the way of building changes while go.mod and go.sum stay.
const RECIPE: &str = "1";
const OLDEST_GO: (u32, u32) = (1, 26);

struct Part {
    name: &'static str,
    programs: &'static [(&'static str, &'static str)],
    link: &'static [(&'static str, &'static str)],
    manifests: &'static [Manifests],
}

struct Manifests {
    module: &'static str,
    folder: &'static str,
    keep: &'static [&'static str],
    into: &'static str,
}

const PARTS: &[Part] = &[
    Part { name: "etcd", programs: &[("etcd", "go.etcd.io/etcd/server/v3")], link: &[], manifests: &[] },
    Part {
        name: "kubernetes",
        programs: &[
            ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
            ("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
            ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
        ],
        link: &[
            ("k8s.io/component-base/version.gitVersion", KUBERNETES),
            ("k8s.io/component-base/version.gitMajor", "1"),
            ("k8s.io/component-base/version.gitMinor", "34"),
            ("k8s.io/client-go/pkg/version.gitVersion", KUBERNETES),
        ],
        manifests: &[],
    },
    Part {
        name: "kwok",
        programs: &[("kwok", "sigs.k8s.io/kwok/cmd/kwok")],
        link: &[],
        manifests: &[
            Manifests {
                module: "sigs.k8s.io/kwok",
                folder: "kustomize/stage/node/fast",
                keep: &["node-initialize.yaml"],
                into: "stages",
            },
            Manifests {
                module: "sigs.k8s.io/kwok",
                folder: "kustomize/stage/node/heartbeat-with-lease",
                keep: &["node-heartbeat-with-lease.yaml"],
                into: "stages",
            },
            Manifests {
                module: "sigs.k8s.io/kwok",
                folder: "kustomize/stage/pod/fast",
                keep: &["pod-ready.yaml", "pod-complete.yaml", "pod-delete.yaml"],
                into: "stages",
            },
        ],
    },
    Part {
        name: "argo",
        programs: &[
            ("rollouts-controller", "github.com/argoproj/argo-rollouts/cmd/rollouts-controller"),
            ("kubectl-argo-rollouts", "github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts"),
        ],
        link: &[("github.com/argoproj/argo-rollouts/utils/version.version", ARGO)],
        manifests: &[Manifests {
            module: "github.com/argoproj/argo-rollouts",
            folder: "manifests/crds",
            keep: &[
                "analysis-run-crd.yaml",
                "analysis-template-crd.yaml",
                "cluster-analysis-template-crd.yaml",
                "experiment-crd.yaml",
                "rollout-crd.yaml",
            ],
            into: "crds",
        }],
    },
];

/// Where each built program and each folder of manifests is.
#[derive(Clone, Debug)]
pub struct Parts {
    entries: Vec<PathBuf>,
}

impl Parts {
    /// Finds every part in the cache, building those that are not there (about twelve minutes on two cores when
    /// Go's own build cache is cold, seconds when it is warm).
    ///
    /// # Errors
    /// A sentence when Go is missing or too old, or with the end of the compiler's words when a build fails.
    pub fn ready() -> Result<Self, String> {
        let started = Instant::now();
        let entries = PARTS
            .iter()
            .map(|part| {
                let folder = source(part);
                cache::entry(&entry_name(part)?, |into| build(part, &folder, into, started))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// Names the file of a built program, such as `kubectl`.
    ///
    /// # Errors
    /// When no part holds a program of that name.
    pub fn program(&self, name: &str) -> Result<PathBuf, String> {
        self.find(&format!("bin/{name}"))
    }

    /// Names the folder of manifests called `crds` or `stages`.
    ///
    /// # Errors
    /// When no part holds such a folder.
    pub fn manifests(&self, name: &str) -> Result<PathBuf, String> {
        self.find(name)
    }

    fn find(&self, inside: &str) -> Result<PathBuf, String> {
        let found = self.entries.iter().map(|entry| entry.join(inside)).find(|path| path.exists());
        found.ok_or_else(|| {
            format!("no part of the test cluster holds {inside}; remove {}", cache::folder().display())
        })
    }
}

/// Says in one sentence why the cluster cannot run here, or `None` when it can: all parts are cached, or Go is there
/// to build them.
pub fn missing() -> Option<String> {
    let cached =
        PARTS.iter().all(|part| entry_name(part).is_ok_and(|name| cache::folder().join(name).is_dir()));
    if cached { None } else { go_version().err() }
}

fn source(part: &Part) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cluster/parts").join(part.name)
}

fn entry_name(part: &Part) -> Result<String, String> {
    let folder = source(part);
    let read = |file: &str| {
        fs::read(folder.join(file))
            .map_err(|error| format!("cannot read {}/{file}: {error}", folder.display()))
    };
    let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let link = link_flags(part);
    let key = cache::key(&[
        RECIPE.as_bytes(),
        platform.as_bytes(),
        link.as_bytes(),
        &read("go.mod")?,
        &read("go.sum")?,
    ]);
    Ok(format!("{}-{key}", part.name))
}

fn link_flags(part: &Part) -> String {
    part.link.iter().fold("-s -w".to_owned(), |flags, (name, value)| format!("{flags} -X {name}={value}"))
}

fn go_version() -> Result<(), String> {
    let need = format!("Go {}.{} or newer", OLDEST_GO.0, OLDEST_GO.1);
    let output = Command::new("go")
        .args(["env", "GOVERSION"])
        .env("GOTOOLCHAIN", "local")
        .output()
        .map_err(|_| format!("the real test cluster needs {need}, and there is no `go` on the PATH"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut numbers =
        text.trim_start_matches("go").split(['.', 'r', '-', ' ']).map(|part| part.parse().unwrap_or(0));
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST_GO {
        return Err(format!("the real test cluster needs {need}, and this is {text}"));
    }
    Ok(())
}

fn build(part: &Part, folder: &Path, into: &Path, started: Instant) -> Result<(), String> {
    go_version()?;
    for (name, package) in part.programs {
        let target = into.join("bin").join(name);
        let mut command = go(folder);
        command.args([
            "build",
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            &link_flags(part),
            "-o",
        ]);
        command.arg(&target).arg(package);
        say(&format!("building {name} once for all later runs ({:.0?} since the first)", started.elapsed()));
        run(command, name, started, &into.join("go.log"))?;
    }
    for manifests in part.manifests {
        copy(manifests, folder, into)?;
    }
    Ok(())
}

fn go(folder: &Path) -> Command {
    let mut command = Command::new("go");
    command.current_dir(folder).env("CGO_ENABLED", "0").env("GOWORK", "off").env("GOTOOLCHAIN", "local");
    command.env("GOFLAGS", "").stdin(Stdio::null());
    command
}

fn run(mut command: Command, name: &str, started: Instant, log: &Path) -> Result<(), String> {
    let file = fs::File::create(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let mut child = command
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .map_err(|error| format!("cannot run `go build` for {name}: {error}"))?;
    let mut next = Instant::now() + Duration::from_secs(15);
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| format!("lost `go build`: {error}"))? {
            break status;
        }
        if Instant::now() >= next {
            next += Duration::from_secs(15);
            say(&format!("still building {name}, {} s", started.elapsed().as_secs()));
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    if status.success() {
        return Ok(());
    }
    Err(format!("`go build` of {name} failed:\n{}", super::processes::tail(log, 20)))
}

fn copy(manifests: &Manifests, folder: &Path, into: &Path) -> Result<(), String> {
    let output = go(folder)
        .args(["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", manifests.module])
        .output()
        .map_err(|error| format!("cannot run `go list`: {error}"))?;
    let module = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let target = into.join(manifests.into);
    fs::create_dir_all(&target).map_err(|error| format!("cannot make {}: {error}", target.display()))?;
    for file in manifests.keep {
        let from = module.join(manifests.folder).join(file);
        let text = fs::read(&from).map_err(|error| format!("cannot read {}: {error}", from.display()))?;
        fs::write(target.join(file), text).map_err(|error| format!("cannot write {file}: {error}"))?;
    }
    Ok(())
}

/// Prints one line of progress to standard error; a closed one is nobody's failure.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "test cluster: {line}");
}

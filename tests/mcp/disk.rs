//! A disk that is full, or read-only, under a program for assistants: what cannot be kept is refused in a sentence that says what
//! to do, whole; what reads goes on; and with space again proposing works, in the same program.
//!
//! The disk is a real file system of its own, in a namespace of its own; where none can be mounted its tests say so and are over.
//! Which of the writes fails first is chosen by a library between program and system, each in turn.

use std::fs::{File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::Named;
use crate::assistant::{Assistant, Cluster, Setting};
use crate::meddle::{Deed, Library, Page, WRITE};
use crate::proposing::paused;
use crate::shared::{after, is_live};

pub fn trials() -> Vec<Named> {
    vec![
        ("on a full disk a proposal is refused, reading goes on, and with space again it is kept", filled),
        (
            "a program that starts on a full disk reads, refuses proposals, and keeps them once there is space",
            born_full,
        ),
        (
            "a program that starts on a full disk beside a ledger tells what is in it, and refuses proposals",
            born_later,
        ),
        (
            "where the ledger's disk is read-only a proposal is refused in words, and reading goes on",
            read_only,
        ),
        (
            "where the ledger's folder may not be written a proposal is refused in words, and reading goes on",
            forbidden,
        ),
        (
            "whichever write finds the disk full, a proposal is whole or refused, and the next one is kept",
            at_each,
        ),
    ]
}

const ENOSPC: i64 = 28;

/// A file system of its own, with the program for assistants that uses it.
struct Disk {
    assistant: Assistant,
    /// The file system, as it is seen from here while the program lives.
    place: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    /// Mounts one with these options, does something there first, and starts the program; nothing where that cannot be.
    fn mounted(cluster: &Cluster, options: &str, first: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        let place = at.display().to_string();
        let mount = format!("mount -t tmpfs -o mode=700,{options} none '{place}'");
        let able = Command::new("unshare").args(["-rm", "sh", "-c", &mount]).output();
        if !able.is_ok_and(|output| output.status.success()) {
            eprintln!("no file system can be mounted here");
            return None;
        }
        let script = format!("{mount} && cd '{place}' && {first}; exec \"$0\" \"$@\"");
        let before = ["unshare", "-rm", "sh", "-c", &script];
        let setting = Setting { before: &before, ..Setting::default() };
        let mut assistant = Assistant::set(&at.join("ledger"), cluster, &setting);
        assistant.begin();
        is_live(&mut assistant);
        let root = PathBuf::from(format!("/proc/{}/root", assistant.process.id()));
        let place = root.join(at.strip_prefix("/").unwrap());
        Some(Self { assistant, place, _folder: folder })
    }

    /// Leaves no space.
    fn fill(&self) {
        let mut file = File::create(self.place.join("fill")).unwrap();
        for size in [4096, 1] {
            let piece = vec![0; size];
            let full = loop {
                if let Err(error) = file.write_all(&piece) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
        }
    }

    /// Makes space again.
    fn clear(&self) {
        std::fs::remove_file(self.place.join("fill")).unwrap();
    }

    /// Counts the proposals in the ledger, which is whole.
    fn kept(&self) -> usize {
        let copy = tempfile::tempdir().unwrap();
        for name in ["ledger", "ledger-wal"] {
            if self.place.join(name).exists() {
                std::fs::copy(self.place.join(name), copy.path().join(name)).unwrap();
            }
        }
        after(&copy.path().join("ledger"))
    }
}

fn proposes(assistant: &mut Assistant, tool: &str) -> Value {
    assistant.tell(tool, json!({"name": "api", "reason": "tests"}))
}

/// Why a proposal is refused, on one line.
fn refused(assistant: &mut Assistant, tool: &str) -> String {
    let why = assistant.refused(tool, json!({"name": "api", "reason": "tests"}));
    assert_eq!(why.lines().count(), 1, "{why}");
    why
}

/// Asserts that everything that reads is answered.
fn reads_on(assistant: &mut Assistant, proposals: usize) {
    let told = assistant.tell("list_proposals", json!({}));
    assert_eq!(told["proposals"].as_array().unwrap().len(), proposals, "{told}");
    for (tool, given) in [
        ("rollout_status", json!({"name": "api"})),
        ("describe_rollout", json!({"name": "api"})),
        ("timeline", json!({"rollout": "api"})),
        ("ledger_query", json!({})),
    ] {
        let told = assistant.tell(tool, given);
        assert_eq!(told["freshness"]["complete"], true, "{tool}: {told}");
    }
}

fn filled() {
    let cluster = paused();
    let Some(mut disk) = Disk::mounted(&cluster, "size=1m", ":") else { return };
    let first = proposes(&mut disk.assistant, "propose_promote");
    assert_eq!(first["new"], true);
    disk.fill();
    let id = json!({"proposal_id": first["proposal"]["id"]});
    for _ in 0..2 {
        let why = refused(&mut disk.assistant, "propose_pause");
        assert!(why.contains("is full") && why.contains("make space and try again"), "{why}");
        let why = disk.assistant.refused("withdraw_proposal", id.clone());
        assert!(why.contains("is full"), "{why}");
        reads_on(&mut disk.assistant, 1);
    }
    let same = proposes(&mut disk.assistant, "propose_promote");
    assert_eq!(same["new"], false, "what is kept already needs no space");
    assert_eq!(disk.kept(), 1);
    disk.clear();
    assert_eq!(proposes(&mut disk.assistant, "propose_pause")["new"], true);
    assert_eq!(disk.kept(), 2);
    let back = disk.assistant.tell("withdraw_proposal", id);
    assert_eq!(back["proposal"]["state"], "withdrawn");
}

fn born_full() {
    let cluster = paused();
    let fill = "head -c 1000000 /dev/zero >fill 2>/dev/null";
    let Some(mut disk) = Disk::mounted(&cluster, "size=256k", fill) else { return };
    for _ in 0..2 {
        let why = refused(&mut disk.assistant, "propose_promote");
        assert!(why.contains("is full") && why.contains("make space and try again"), "{why}");
        reads_on(&mut disk.assistant, 0);
    }
    disk.clear();
    assert_eq!(proposes(&mut disk.assistant, "propose_promote")["new"], true);
    reads_on(&mut disk.assistant, 1);
    assert_eq!(disk.kept(), 1);
}

/// The file of a ledger with one proposal, which a program left that has ended.
fn left(cluster: &Cluster) -> (Assistant, PathBuf) {
    let mut before = crate::proposing::assistant(cluster);
    proposes(&mut before, "propose_pause");
    before.close();
    assert_eq!(before.ended().code(), Some(0));
    let ledger = before.ledger();
    (before, ledger)
}

fn born_later() {
    let cluster = paused();
    let (_before, ledger) = left(&cluster);
    let fill = format!("cp '{}' ledger && head -c 1000000 /dev/zero >fill 2>/dev/null", ledger.display());
    let Some(mut disk) = Disk::mounted(&cluster, "size=512k", &fill) else { return };
    for _ in 0..2 {
        let why = refused(&mut disk.assistant, "propose_promote");
        assert!(why.contains("is full") && why.contains("make space and try again"), "{why}");
        reads_on(&mut disk.assistant, 1);
    }
    disk.clear();
    assert_eq!(proposes(&mut disk.assistant, "propose_promote")["new"], true);
    assert_eq!(disk.kept(), 2);
}

fn read_only() {
    let cluster = paused();
    let (_before, ledger) = left(&cluster);
    // As the system does to a disk that fails.
    let first = format!("cp '{}' ledger && mount -o remount,ro .", ledger.display());
    let Some(mut disk) = Disk::mounted(&cluster, "size=1m", &first) else { return };
    for _ in 0..2 {
        is_told(&refused(&mut disk.assistant, "propose_promote"));
        reads_on(&mut disk.assistant, 1);
    }
}

fn forbidden() {
    let cluster = paused();
    let (_before, ledger) = left(&cluster);
    let folder = ledger.parent().unwrap();
    let may = |mode: u32| std::fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
    may(0o500);
    let before = mortal();
    let mut assistant = Assistant::set(&ledger, &cluster, &Setting { before: &before, ..Setting::default() });
    assistant.begin();
    is_live(&mut assistant);
    for _ in 0..2 {
        is_told(&refused(&mut assistant, "propose_promote"));
        reads_on(&mut assistant, 1);
    }
    may(0o700);
    assert_eq!(proposes(&mut assistant, "propose_promote")["new"], true);
    assert_eq!(after(&ledger), 2);
}

/// Asserts that a sentence says that nothing can be written, and what to do.
fn is_told(why: &str) {
    assert!(why.contains("is read-only; nothing was kept: ask a person"), "{why}");
    assert!(why.contains("--ledger"), "{why}");
}

/// Words before the program's for whom the modes of files apply: a superuser gives that power up.
fn mortal() -> Vec<&'static str> {
    const POWERS: &str = "-dac_override,-dac_read_search";
    match rustix::process::geteuid().is_root() {
        true => vec!["setpriv", "--bounding-set", POWERS, "--inh-caps", POWERS],
        false => Vec::new(),
    }
}

fn at_each() {
    for beside_others in [false, true] {
        let cluster = paused();
        let tools = tempfile::tempdir().unwrap();
        let library = Library::compile(tools.path()).unwrap();
        let mut met = 0;
        for nth in 1..200 {
            let page = Page::new(tools.path().join(format!("page-{nth}"))).unwrap();
            if !is_refused(&cluster, (&library, &page), nth, beside_others) {
                break;
            }
            met = nth;
        }
        assert!((3..199).contains(&met), "{met} writes failed");
    }
}

/// Has the n-th write of proposing find the disk full, and all after it; tells whether there was such a write.
fn is_refused(cluster: &Cluster, (library, page): (&Library, &Page), nth: i64, beside_others: bool) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("state/ledger");
    let environment: [(&str, &Path); 2] = [("LD_PRELOAD", library.path()), ("MEDDLE_PAGE", page.path())];
    let mut assistant = Assistant::beside(&ledger, cluster, &environment);
    assistant.begin();
    is_live(&mut assistant);
    let before = usize::from(beside_others);
    if beside_others {
        proposes(&mut assistant, "propose_pause");
    }
    page.arm(Deed::Fail, WRITE, nth, ENOSPC).unwrap();
    let result = assistant.call("propose_promote", json!({"name": "api", "reason": "tests"}));
    if result["isError"] == true {
        let why = result["content"][0]["text"].as_str().unwrap();
        assert!(page.was_met() && why.contains("is full") && why.contains("try again"), "{nth}: {why}");
        let listed = assistant.call("list_proposals", json!({}));
        // A log that is not whole, without space for what its readers share, cannot be read; that is said.
        match listed["isError"] == true {
            true => assert!(listed.to_string().contains("is full"), "{nth}: {listed}"),
            false => assert_eq!(
                listed["structuredContent"]["proposals"].as_array().unwrap().len(),
                before,
                "{nth}"
            ),
        }
    }
    page.clear().unwrap();
    let again = proposes(&mut assistant, "propose_promote");
    assert_eq!(again["new"], result["isError"], "{nth}: what was refused was not kept: {again}");
    assert_eq!(after(&ledger), before + 1, "{nth}");
    page.was_met()
}

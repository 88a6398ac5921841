//! What a terminal can send that no person meant, on the real program with a confirmation open: it never sends, and the
//! program goes on taking keys.
//!
//! The witnesses are the ledger (nobody acknowledged) and the server's audit log (the user wrote nothing), both read
//! after the program has ended: what it had meant to send, it would have sent by then.

use std::time::{Duration, Instant};

use crate::cluster::{Cluster, Namespace, Scene, User};
use crate::harness::Case;
use crate::person::{Person, Seat};

type Outcome = Result<(), String>;

/// The cases of this file.
pub fn trials() -> Vec<Case> {
    vec![
        Case::new("a paste into a confirmation sends nothing, whatever it holds", pastes),
        Case::new("type-ahead and held keys send nothing", type_ahead),
        Case::new("torn escape sequences send nothing", torn_sequences),
        Case::new("late replies of the terminal send nothing", late_replies),
        Case::new("random bytes send nothing", random_bytes),
    ]
}

fn paused<'c>(cluster: &'c Cluster, hint: &str) -> Result<Namespace<'c>, String> {
    let namespace = cluster.namespace(hint)?;
    Scene::PausedAtStep.bring(&namespace, "web")?;
    Ok(namespace)
}

/// Sits an operator down before a confirmation that can be acknowledged.
fn before_a_confirmation(namespace: &Namespace<'_>) -> Person {
    let mut person = Seat::of(namespace, User::Operator).allowed_in(namespace.name()).sit_down();
    person.sees_row(&["web", "Paused"]);
    person.opens();
    person.stages("p", "promote");
    person
}

/// Shows that keys still do what they should: closes what is open, looks at the help, stages anew.
fn reacts(person: &mut Person, after: &str) {
    person.closes();
    // Escape and a key at once are another key.
    person.screen.read_for(Duration::from_millis(100));
    person.types("?");
    person.screen.wait_until(&format!("the help, after {after}"), |screen| {
        screen.contents().contains("Leaves the program")
    });
    person.types("?");
    person.sees_no_more("Leaves the program");
    person.stages("p", "promote");
}

/// Ends the program and asks the witnesses.
fn nothing_was_sent(mut person: Person, namespace: &Namespace<'_>) -> Outcome {
    person.closes();
    person.leaves().assert_nothing_sent(namespace, User::Operator)
}

fn pastes(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "pastes")?;
    let mut person = before_a_confirmation(&namespace);
    for paste in [
        "\x1b[200~y\x1b[201~",
        "\x1b[200~web\ny\r\x1b[201~",
        "\x1b[200~harmless\x1b[201~y",
        "\x1b[200~harmless\x1b[201~\ry\r",
        "\x1b[200~\x1b[201~y",
        "\x1b[200~\x1b[200~y\x1b[201~y\x1b[201~y",
        // A terminal without bracketed paste types it.
        "y\n",
        "yes\n",
        " y ",
        "kubectl get pods\ny\n",
    ] {
        person.types(paste);
        person.waits_until_armed();
        reacts(&mut person, &format!("{paste:?}"));
    }
    // A paste whose end comes late holds everything that comes before it.
    person.types("\x1b[200~y");
    person.types("y");
    person.types("\x1b[201~");
    reacts(&mut person, "a slow paste");
    person.closes();
    person.types("x");
    person.sees("Type web to go on");
    person.types("\x1b[200~web\x1b[201~");
    person.sees("That came too fast for typing");
    person.types("weby");
    person.sees("That came too fast for typing");
    assert!(person.has("Type web to go on"), "{}", person.screen.text());
    nothing_was_sent(person, &namespace)
}

fn type_ahead(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "ahead")?;
    let mut person = before_a_confirmation(&namespace);
    for ahead in ["py", "pyy", "p\ry", "p y", "pjy"] {
        person.closes();
        person.types(ahead);
        person.waits_until_armed();
        reacts(&mut person, &format!("{ahead:?}"));
    }
    for crowd in ["yy", "yyyyyyyyyyyyyyyy", "jy", "yj", "\ry", "y\r", "y\x1b[B"] {
        person.types(crowd);
        person.waits_until_armed();
        reacts(&mut person, &format!("{crowd:?}"));
    }
    for held in ["y", "\r", " "] {
        person.closes();
        person.types("p");
        hold(&mut person, held);
        assert!(person.has("like kubectl"), "{held:?}\n{}", person.screen.text());
        reacts(&mut person, &format!("{held:?} held"));
    }
    // These confirm nothing even where a confirming key would.
    for held in ["\r", " "] {
        hold(&mut person, held);
        reacts(&mut person, &format!("{held:?} held"));
    }
    nothing_was_sent(person, &namespace)
}

/// Holds a key down as a keyboard repeats it, every 25 ms, for longer than it takes to arm a confirmation.
fn hold(person: &mut Person, key: &str) {
    let until = Instant::now() + Duration::from_millis(1500);
    while Instant::now() < until {
        person.types(key);
        person.screen.read_for(Duration::from_millis(25));
    }
}

fn torn_sequences(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "torn")?;
    let mut person = before_a_confirmation(&namespace);
    // Half a sequence is company for the key before it, though it is no key itself.
    for half in ["y\x1b[", "y\x1b[1;5", "y\x1bO", "\x1b[y", "\x1bOy", "\x1by"] {
        person.types(half);
        // What is left of the sequence comes late.
        person.screen.read_for(Duration::from_millis(100));
        person.types("A");
        reacts(&mut person, &format!("{half:?}"));
    }
    // The escape of an arrow key comes alone and cancels; the rest of it must not do anything worse.
    for rest in ["[A", "[1;5B", "OP", "[6~", "[y"] {
        person.types("\x1b");
        person.sees_no_more("like kubectl");
        person.types(rest);
        person.types("y");
        person.stages("p", "promote");
        reacts(&mut person, &format!("escape, then {rest:?}"));
    }
    nothing_was_sent(person, &namespace)
}

fn late_replies(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "replies")?;
    let mut person = before_a_confirmation(&namespace);
    for (name, reply) in [
        ("OSC 11, the background colour", "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\"),
        ("OSC 10, the foreground colour", "\x1b]10;rgb:eeee/eeee/eeee\x07"),
        ("DA1, primary attributes", "\x1b[?64;1;2;4;6;9;15;18;21;22c"),
        ("DA2, secondary attributes", "\x1b[>41;388;0c"),
        ("CPR, the cursor's place", "\x1b[12;40R"),
        ("DSR, all is well", "\x1b[0n"),
        ("the kitty protocol's flags", "\x1b[?1u"),
        ("XTVERSION", "\x1bP>|xterm(388)\x1b\\"),
        ("a mouse press", "\x1b[<0;10;10M"),
        ("DECRPM, mode 2026", "\x1b[?2026;2$y"),
    ] {
        person.types(reply);
        person.screen.read_for(Duration::from_millis(100));
        person.types(&format!("{reply}y"));
        person.screen.read_for(Duration::from_millis(100));
        reacts(&mut person, name);
    }
    nothing_was_sent(person, &namespace)
}

fn random_bytes(cluster: &Cluster) -> Outcome {
    let namespace = paused(cluster, "random")?;
    let mut person = before_a_confirmation(&namespace);
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..150 {
        let noise = dice.noise();
        person.screen.send(&noise);
        if round % 10 == 0 {
            person.screen.read_for(Duration::from_millis(450));
        }
    }
    // A paste that was begun ends here.
    person.types("\x1b[201~");
    // Whatever the noise led into, Escape leads out of it, stage by stage, and takes filters away in the end.
    for _ in 0..8 {
        person.screen.read_for(Duration::from_millis(150));
        person.types("\x1b");
    }
    person.sees_row(&["web", "Paused"]);
    reacts(&mut person, "random bytes");
    nothing_was_sent(person, &namespace)
}

/// Chance that is the same in every run (Marsaglia's xorshift64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }

    /// Two to fifty pieces in one write: pieces of sequences, keys that mean something, any byte at all. Never the keys
    /// that leave or suspend the program, which are allowed to work.
    fn noise(&mut self) -> Vec<u8> {
        const PIECES: [&[u8]; 16] = [
            b"y", b"y", b"\r", b"\x1b", b"\x1b[", b"[", b"A", b"200~", b"201~", b"p", b"x", b"web", b"\x1bO",
            b";5", b"?", b"/",
        ];
        let mut noise = Vec::new();
        for _ in 0..2 + self.throw(49) {
            if self.throw(3) == 0 {
                let byte = self.throw(256) as u8;
                if !matches!(byte, 0x03 | 0x1a | b'q') {
                    noise.push(byte);
                }
            } else {
                noise.extend_from_slice(PIECES[self.throw(PIECES.len())]);
            }
        }
        noise
    }
}

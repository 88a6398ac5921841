//! Makes scripts up: a seed says which sample, which changes of it and which operations in which order.
//!
//! Owns the choice of operations, weighted so that most of them mean something where they come. Invariant: the same seed
//! makes the same script, on every machine.

use super::script::{Line, Script, file};

/// What a random script may do; more often named, more often done.
const LINES: &[&str] = &[
    "tag v2",
    "tag v3",
    "tag v1",
    "tag v4",
    "plugin tag v5",
    "tag crash",
    "tag unready",
    "tag slow",
    "promote",
    "promote",
    "promote",
    "plugin promote",
    "promote full",
    "plugin promote full",
    "pause",
    "resume",
    "resume",
    "resume",
    "abort",
    "plugin abort",
    "retry",
    "plugin retry",
    "plugin undo",
    "undo",
    "undo 1",
    "undo 2",
    "scale 1",
    "scale 3",
    "scale 6",
    "scale 0",
    "delete pod stable",
    r#"steps [{"setWeight": 30}, {"pause": {}}, {"setWeight": 70}, {"pause": {}}]"#,
];

/// What a random script begins with: a sample and a change of its Rollout.
const BEGINNINGS: &[(&str, &str)] = &[
    (
        "canary",
        r#"{"spec":{"strategy":{"canary":{"steps":[{"setWeight":20},{"pause":{}},{"setWeight":60},{"pause":{}}]}}}}"#,
    ),
    ("canary", r#"{"spec":{"strategy":{"canary":{"steps":null}}}}"#),
    (
        "canary",
        r#"{"spec":{"strategy":{"canary":{"maxSurge":0,"maxUnavailable":1,"steps":[{"setWeight":50},{"pause":{}}]}}}}"#,
    ),
    (
        "routed",
        r#"{"spec":{"strategy":{"canary":{"steps":[{"setWeight":10},{"pause":{}},{"setWeight":50},{"pause":{}}]}}}}"#,
    ),
    (
        "routed",
        r#"{"spec":{"strategy":{"canary":{"dynamicStableScale":true,"steps":[{"setWeight":40},{"pause":{}}]}}}}"#,
    ),
    ("analysis-passes", "{}"),
    ("analysis-fails", "{}"),
    ("analysis-lasts", "{}"),
    ("background", "{}"),
    ("blue-green", "{}"),
    ("blue-green", r#"{"spec":{"strategy":{"blueGreen":{"autoPromotionEnabled":true}}}}"#),
    ("blue-green", r#"{"spec":{"strategy":{"blueGreen":{"previewReplicaCount":1}}}}"#),
];

/// A generator of numbers (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ (it >> 31)
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let length = u64::try_from(of.len()).unwrap();
        &of[usize::try_from(self.next() % length).unwrap()]
    }
}

/// Makes up the script of a seed, with so many operations.
///
/// # Errors
/// Never, unless a sample or a line here is misspelt.
pub fn script(seed: u64, operations: usize) -> Result<Script, String> {
    let mut numbers = Numbers(seed);
    let (sample, change) = *numbers.one(BEGINNINGS);
    let mut lines = Vec::new();
    for _ in 0..operations {
        let mut line = *numbers.one(LINES);
        if line.starts_with("steps") && (sample.starts_with("blue-green") || change.contains("null")) {
            line = "promote";
        }
        lines.push(Line::parse(line)?);
    }
    let name = format!("seed-{seed}");
    Ok(Script { lines, ..file(&name, sample, change)? })
}

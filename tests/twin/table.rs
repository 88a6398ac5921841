//! The table of known differences, `assets/scenarios/differences.md`: which are allowed, and that each still is one.
//!
//! Owns its form: a row names scripts, the places where they differ (with `*` for any text) and why. Never lets a
//! difference pass that no row names, nor a row that names none.

use super::compare::Difference;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The scripts that it is about.
    pub scripts: Vec<String>,
    /// Where they differ, such as `settled/rollout/message`.
    pub places: Vec<String>,
    /// Why.
    pub why: String,
}

/// Reads the rows of the table.
///
/// # Errors
/// A row without a reason or a name.
pub fn rows(text: &str) -> Result<Vec<Row>, String> {
    let cells = |line: &str| -> Vec<String> {
        line.trim().trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect()
    };
    let list = |cell: &str| cell.split(", ").map(|it| it.trim().to_owned()).collect::<Vec<_>>();
    let mut found = Vec::new();
    let from_its_head = text.lines().skip_while(|line| !line.starts_with("| script | where |"));
    for line in from_its_head.filter(|line| line.starts_with("| ")).skip(1) {
        let [scripts, places, why] = <[String; 3]>::try_from(cells(line))
            .map_err(|cells| format!("a row of {} cells: {line}", cells.len()))?;
        if why.is_empty() || scripts.is_empty() || places.is_empty() {
            return Err(format!("a row with an empty cell: {line}"));
        }
        found.push(Row { scripts: list(&scripts), places: list(&places), why });
    }
    Ok(found)
}

/// Judges a script's differences by the table: says which are not in it, and which of its places no longer differ.
pub fn judge(script: &str, differences: &[Difference], rows: &[Row]) -> Vec<String> {
    let mine: Vec<&Row> = rows.iter().filter(|row| row.scripts.iter().any(|it| it == script)).collect();
    let allowed = |one: &Difference| mine.iter().any(|row| row.places.iter().any(|it| fits(it, &one.path)));
    let mut faults: Vec<String> =
        differences.iter().filter(|one| !allowed(one)).map(ToString::to_string).collect();
    for place in mine.iter().flat_map(|row| &row.places) {
        if !differences.iter().any(|one| fits(place, &one.path)) {
            faults.push(format!("{script}: the table of differences lists {place}, where both agree"));
        }
    }
    faults
}

/// Says whether a path has the form of a pattern, in which `*` stands for any text.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, tail)) => path.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| fits(tail, rest)))
        }),
    }
}

use super::fixture::{Town, failed, now, text};
use crate::capability::{
    Act, Capability as C, Family, Health, Mark, Scope, Sight, Standing, State, marks, needed,
};

fn health(capability: C, namespace: &str, state: State) -> Health {
    let scope = Scope::Namespace(namespace.into());
    Health { capability, scope, state, since: None, evidence: Vec::new(), remedy: None }
}

fn good() -> State {
    State::Available { at: now() }
}

fn lacking() -> State {
    State::ConfigurationDependent { missing: text("patch rollouts") }
}

fn of(family: Family, marks: &[Mark]) -> &Mark {
    marks.iter().find(|mark| mark.family == family).unwrap()
}

#[test]
fn each_family_has_a_mark_and_one_that_was_not_judged_is_unknown() {
    let marks = marks(&[health(C::Promote, "shop", good())]);
    assert_eq!(marks.len(), Family::ALL.len());
    assert_eq!(of(Family::Act, &marks).state, good());
    for mark in marks.iter().filter(|mark| mark.family != Family::Act) {
        assert_eq!((mark.state.word(), mark.capability), ("unknown", None));
    }
}

#[test]
fn the_worst_row_marks_its_family_and_no_other() {
    let marks = marks(&[
        health(C::ReadRollouts, "shop", good()),
        health(C::Promote, "pay", good()),
        health(C::Promote, "shop", lacking()),
        health(C::AbortRetry, "shop", lacking()),
        health(C::PauseResume, "web", lacking()),
    ]);
    let act = of(Family::Act, &marks);
    assert_eq!((act.capability, act.scopes), (Some(C::Promote), 2));
    assert_eq!(act.scope, Scope::Namespace("shop".into()));
    assert_eq!(of(Family::Read, &marks).state, good());
    assert_eq!(marks[0].family, Family::Act, "the worst comes first");
    assert_eq!(marks[6].family, Family::Read, "what works comes last");
}

#[test]
fn what_is_left_out_by_design_marks_nothing() {
    for row in C::ALL {
        let by_design = matches!(row, C::Autonomy | C::SingleStatus);
        assert_eq!(Family::of(row).is_none(), by_design, "{row:?}");
    }
}

#[test]
fn titles_fit_their_columns() {
    assert!(C::ALL.into_iter().all(|row| row.title().chars().count() <= 20));
    assert!(Family::ALL.into_iter().all(|family| family.title().len() <= 10));
}

#[test]
fn each_order_needs_its_own_row_sight_record_and_a_controller() {
    for act in Act::ALL {
        let rows = needed(act);
        assert_eq!(rows[0], act.capability());
        for row in [C::ReadRollouts, C::Ledger, C::Reconciling] {
            assert!(rows.contains(&row), "{act:?}");
        }
    }
}

#[test]
fn a_script_is_told_all_some_not_or_that_it_cannot_be_told() {
    let promote = needed(Act::Promote);
    let standing = |town: Town| Standing::of(promote, &town.all());
    assert_eq!(standing(Town::healthy()), Standing::All);
    assert_eq!(standing(Town::healthy().untried()), Standing::All);
    let denied = Town::healthy().untried().denied("patch", "rollouts/status");
    assert_eq!(standing(denied), Standing::SomeNot(vec![C::Promote]));
    assert_eq!(standing(Town::unseen()), Standing::CannotTell(promote.to_vec()));
    let dead = Town::healthy().see(Sight::Recording(failed("disk full")));
    assert_eq!(standing(dead), Standing::SomeNot(vec![C::Promote, C::ApprovalGate, C::Ledger]));
    assert_eq!(Standing::of(&[C::Autonomy], &Town::healthy().all()), Standing::SomeNot(vec![C::Autonomy]));
}

#[test]
fn the_worst_namespace_decides_and_a_known_lack_outweighs_what_is_not_known() {
    let unknown = State::Unknown { why: text("not asked") };
    let healths = [
        health(C::Promote, "a", good()),
        health(C::Promote, "b", unknown.clone()),
        health(C::PauseResume, "a", unknown),
        health(C::PauseResume, "b", lacking()),
    ];
    assert_eq!(Standing::of(&[C::Promote], &healths), Standing::CannotTell(vec![C::Promote]));
    let both = Standing::of(&[C::Promote, C::PauseResume], &healths);
    assert_eq!(both, Standing::SomeNot(vec![C::PauseResume]));
    assert_eq!((Standing::All.exit_code(), both.exit_code()), (0, 1));
    assert_eq!(Standing::CannotTell(Vec::new()).exit_code(), 2);
}

#[test]
fn a_row_that_nobody_judged_cannot_be_told() {
    assert_eq!(Standing::of(&[C::Promote], &[]), Standing::CannotTell(vec![C::Promote]));
}

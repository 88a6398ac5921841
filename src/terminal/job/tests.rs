use super::{Standing, is_a_shells_job};

fn standing(session: i32, parents_session: i32, group: i32) -> bool {
    is_a_shells_job(Standing { session, parents_session, group })
}

#[test]
fn a_group_of_its_own_in_the_shells_session_can_be_continued() {
    assert!(standing(100, 100, 230));
}

#[test]
fn a_session_leader_cannot() {
    assert!(!standing(230, 100, 230));
}

#[test]
fn a_child_in_the_shells_own_group_cannot() {
    assert!(!standing(100, 100, 100));
}

#[test]
fn a_session_leader_whose_parents_session_is_outside_the_container_cannot() {
    assert!(!standing(230, 0, 230));
}

#[test]
fn a_job_of_a_shell_whose_session_began_outside_the_container_can() {
    assert!(standing(0, 0, 230));
}

#[test]
fn a_process_whose_group_is_outside_the_container_cannot() {
    assert!(!standing(0, 0, 0));
    assert!(!standing(100, 100, 0));
}

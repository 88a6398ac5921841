use super::fixture::{ago, failed, key, lease, now, web};
use crate::capability::Dated;
use crate::capability::sight::{Recording, Trial};
use crate::capability::{Act, Answer, Board, Sight, limits};
use serde_json::json;

fn recording(head: u64) -> Sight {
    let recording = Recording { head: Some(head), verified: None, open: 0, waiting: 0 };
    Sight::Recording(Answer::Seen(recording))
}

fn head(board: &Board) -> Option<u64> {
    match &board.recording.as_ref()?.answer {
        Answer::Seen(recording) => recording.head,
        _ => None,
    }
}

#[test]
fn an_older_sight_never_replaces_a_newer_one() {
    let mut board = Board::default();
    board.note(recording(2), ago(10));
    board.note(recording(1), ago(11));
    assert_eq!(head(&board), Some(2));
    board.note(recording(3), ago(10));
    assert_eq!(head(&board), Some(3));
    let run = |trial| Sight::Trial(key("web"), Act::Promote, Answer::Seen(trial));
    board.note(run(Trial::Overtaken), ago(5));
    board.note(run(Trial::Accepted), ago(6));
    assert_eq!(board.trials[&(key("web"), Act::Promote)].answer, Answer::Seen(Trial::Overtaken));
}

#[test]
fn a_look_that_failed_keeps_when_the_thing_was_last_seen_and_since_when_it_fails() {
    let mut board = Board::default();
    board.note(Sight::Lease(Answer::Seen(lease(ago(60)))), ago(50));
    board.note(Sight::Lease(failed("timed out")), ago(30));
    board.note(Sight::Lease(failed("timed out again")), ago(10));
    let dated = board.lease.unwrap();
    assert_eq!((dated.seen, dated.since, dated.at), (Some(ago(50)), ago(30), ago(10)));
}

#[test]
fn a_sight_counts_to_the_end_of_its_limit_and_not_from_the_future() {
    let dated = |at| Dated { answer: Answer::Seen(()), at, since: at, seen: Some(at) };
    assert!(dated(ago(60)).fresh(limits::CONTROLLER, now()).is_some());
    assert!(dated(ago(61)).fresh(limits::CONTROLLER, now()).is_none());
    // Taken while the loop was on its way to judge.
    assert!(dated(ago(-2)).fresh(limits::CONTROLLER, now()).is_some());
    assert!(dated(ago(-3)).fresh(limits::CONTROLLER, now()).is_none());
}

#[test]
fn what_concerns_a_rollout_that_is_gone_is_forgotten() {
    let mut board = Board::default();
    board.note(Sight::Trial(key("web"), Act::Promote, Answer::Seen(Trial::Accepted)), now());
    board.note(Sight::Trial(key("api"), Act::Promote, Answer::Seen(Trial::Accepted)), now());
    board.follow(None, &web(json!({"metadata": {"generation": 8}})), now());
    board.forget(&key("web"));
    assert!(board.waiting.is_empty());
    assert_eq!(board.trials.keys().map(|(key, _)| &*key.name).collect::<Vec<_>>(), ["api"]);
}

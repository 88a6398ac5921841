use std::sync::mpsc;

use super::*;

const LONG: Duration = Duration::from_secs(20);

/// A terminal that takes bytes only when told to, and keeps them write by write.
struct Slow {
    go: mpsc::Receiver<io::Result<()>>,
    taken: mpsc::Sender<Vec<u8>>,
}

impl Sink for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A closed channel stands for a terminal that is gone.
        self.go.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        self.taken.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

struct Stage {
    writer: Writer,
    alarm: Alarm,
    go: mpsc::Sender<io::Result<()>>,
    taken: mpsc::Receiver<Vec<u8>>,
}

impl Stage {
    fn new() -> Self {
        let ((go, gone), (taking, taken)) = (mpsc::channel(), mpsc::channel());
        let alarm = Alarm::default();
        let writer = Writer::start(Slow { go: gone, taken: taking }, alarm.clone()).unwrap();
        Self { writer, alarm, go, taken }
    }

    fn hand(&self, text: &str) -> Ticket {
        self.writer.hand(&mut text.as_bytes().to_vec())
    }

    fn take(&self) -> String {
        self.go.send(Ok(())).unwrap();
        String::from_utf8(self.taken.recv_timeout(LONG).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_frame_is_one_write_and_its_ticket_tells_when_it_is_out() {
    let stage = Stage::new();
    let ticket = stage.hand("frame one");
    assert!(!stage.writer.is_idle() && !stage.writer.has_sent(ticket));
    assert_eq!(stage.take(), "frame one");
    stage.writer.sent_up_to(ticket).await;
    assert!(stage.writer.is_idle() && stage.writer.has_sent(ticket));
    let sent = stage.writer.sent();
    assert_eq!((sent.bytes, sent.writes), (9, 1));
}

#[tokio::test]
async fn handing_over_never_waits_for_a_stopped_terminal_and_loses_nothing() {
    let stage = Stage::new();
    let mut last = Ticket::default();
    for _ in 0..1000 {
        let next = stage.hand("x");
        assert!(next > last);
        last = next;
    }
    let mut all = String::new();
    while all.len() < 1000 {
        all += &stage.take();
    }
    stage.writer.sent_up_to(last).await;
    assert_eq!(all, "x".repeat(1000));
    assert!(stage.writer.sent().writes <= 2, "what waited together is written together");
}

#[tokio::test]
async fn an_empty_frame_is_no_write() {
    let stage = Stage::new();
    stage.hand("");
    assert!(stage.writer.is_idle());
    stage.writer.idle().await;
    assert_eq!(stage.writer.sent(), Sent::default());
}

#[tokio::test]
async fn an_error_raises_the_alarm_and_frees_everyone_who_waits() {
    let stage = Stage::new();
    let ticket = stage.hand("frame");
    stage.go.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
    stage.writer.sent_up_to(ticket).await;
    assert_eq!(stage.alarm.raised(), Some(Reason::Lost(Loss::Write(io::ErrorKind::BrokenPipe))));
    stage.hand("more");
    assert!(stage.writer.is_idle());
    assert!(!stage.writer.shut(b"bye", LONG, || ()));
}

#[test]
fn the_gate_refuses_frames_but_parting_words_follow_what_was_under_way() {
    let stage = Stage::new();
    stage.hand("frame ");
    for _ in 0..3 {
        stage.go.send(Ok(())).unwrap();
    }
    assert!(stage.writer.shut(b"bye", LONG, || panic!("nothing is stuck")));
    stage.hand("too late");
    stage.writer.open();
    stage.hand("again");
    let taken: Vec<u8> = (0..3).flat_map(|_| stage.taken.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(taken, b"frame byeagain");
}

#[test]
fn leaving_a_stuck_terminal_calls_for_rescue_drops_what_waits_and_says_goodbye() {
    let stage = Stage::new();
    stage.hand("stuck");
    let go = stage.go.clone();
    let free = move || (0..2).for_each(|_| go.send(Ok(())).unwrap());
    assert!(stage.writer.shut(b"bye", Duration::from_millis(200), free));
    let taken: Vec<u8> = (0..2).flat_map(|_| stage.taken.recv_timeout(LONG).unwrap()).collect();
    assert_eq!(taken, b"stuckbye");
}

#[test]
fn leaving_a_terminal_that_stays_stuck_gives_up_in_time() {
    let stage = Stage::new();
    stage.hand("stuck");
    let start = Instant::now();
    assert!(!stage.writer.shut(b"bye", Duration::from_millis(40), || ()));
    assert!(start.elapsed() < LONG);
}

#[test]
fn the_thread_ends_once_its_work_is_done() {
    let stage = Stage::new();
    stage.hand("last");
    stage.writer.end();
    assert_eq!(stage.take(), "last");
    assert!(stage.taken.recv_timeout(LONG).is_err(), "the sink was dropped with the thread");
}

#[test]
fn parting_words_that_fail_are_not_said_to_be_heard() {
    let stage = Stage::new();
    stage.go.send(Err(io::ErrorKind::BrokenPipe.into())).unwrap();
    assert!(!stage.writer.shut(b"bye", LONG, || ()));
}

//! The world that the screens are drawn from: a dump, an app, a clock, a terminal in memory.

use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use rollgate::app::session::Origin;
use rollgate::app::{App, Event, Now, Session, Shown};
use rollgate::dump::Dump;
use rollgate::keymap::{Keymap, Spelling};
use rollgate::operation::{Actor, Policy};
use rollgate::rollout::delta::{Contact, Delta, Kind, Object, Source};
use rollgate::screen;
use rollgate::theme::{Builtin, Charset, Depth, Glyphs, Theme};
use rollgate::view::{self, Looks};

/// When the fixture was taken, a little later.
pub const NOW: &str = "2026-11-21T08:58:00Z";

pub struct World {
    pub app: App,
    pub millis: u64,
}

impl World {
    /// A live cluster with the fixture's objects.
    pub fn fixture() -> Self {
        let mut world = Self::empty();
        world.fill();
        world
    }

    pub fn of(dump: Dump) -> Self {
        let mut world = Self::empty();
        world.take(dump);
        world
    }

    /// Brings the fixture's objects to a session that has not heard anything yet.
    pub fn fill(&mut self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fleet.json");
        self.take(Dump::read(&path, &mut io::empty()).unwrap());
    }

    fn take(&mut self, dump: Dump) {
        self.list(Kind::Rollouts, dump.rollouts.into_iter().map(|it| Object::Rollout(Box::new(it))));
        self.list(
            Kind::ReplicaSets,
            dump.replica_sets.into_iter().map(|it| Object::ReplicaSet(Box::new(it))),
        );
        self.list(Kind::Pods, dump.pods.into_iter().map(|it| Object::Pod(Box::new(it))));
        self.list(
            Kind::AnalysisRuns,
            dump.analysis_runs.into_iter().map(|it| Object::AnalysisRun(Box::new(it))),
        );
        self.list(Kind::Experiments, dump.experiments.into_iter().map(|it| Object::Experiment(Box::new(it))));
    }

    /// A session that has not heard anything yet.
    pub fn empty() -> Self {
        let session = Session {
            context: "prod-eu".into(),
            server: "https://10.1.2.3:6443".into(),
            user: "ada@example.org".into(),
            namespaces: Vec::new(),
            policy: Policy::new(vec!["prod-eu/demo".parse().unwrap()], Vec::new()).into(),
            role: None,
            service: None,
            origin: Origin::Cluster,
            caution: None,
            actor: Actor::default(),
            seed: [7; 16],
            story: None,
        };
        Self { app: App::new(session, Keymap::defaults().unwrap()), millis: 0 }
    }

    pub fn source(kind: Kind) -> Source {
        Source { kind, namespace: None }
    }

    pub fn list(&mut self, kind: Kind, objects: impl Iterator<Item = Object>) {
        let source = Self::source(kind);
        self.tell(Delta::Begin(source.clone()));
        for object in objects {
            self.tell(Delta::Seen(source.clone(), object));
        }
        self.tell(Delta::Done(source.clone()));
        let at = self.now().wall;
        self.tell(Delta::Contact(source, Contact::Live, at));
    }

    pub fn now(&self) -> Now {
        let mono = Duration::from_millis(self.millis);
        Now { wall: NOW.parse::<Timestamp>().unwrap() + mono, mono, steady: mono }
    }

    pub fn tell(&mut self, delta: Delta) {
        self.event(Event::Delta(delta));
    }

    pub fn event(&mut self, event: Event) {
        let now = self.now();
        self.app.update(event, now);
    }

    /// Presses keys at a person's speed, each after the screen was drawn.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.app.prepare();
            self.seen(0);
            self.millis += 200;
            self.event(Event::Key(key.parse().unwrap()));
        }
        self.app.prepare();
        self.seen(0);
    }

    /// Says that the frame made now stands on the screen.
    pub fn seen(&mut self, scrollable: usize) {
        let look = self.app.look();
        self.event(Event::Drawn(Shown { scrollable, look }));
    }

    /// Lets the keyboard rest.
    pub fn rest(&mut self, millis: u64) {
        self.millis += millis;
        self.event(Event::Tick);
    }

    /// Selects and opens a Rollout by filtering for its name.
    pub fn open(&mut self, name: &str) {
        let keys: Vec<String> = name.chars().map(|c| c.to_string()).collect();
        self.press("/");
        self.press(&keys.join(" "));
        self.press("enter enter");
    }

    pub fn drawn(&mut self, (columns, rows): (u16, u16), looks: &Looks, spelling: Spelling) -> Buffer {
        self.event(Event::Resize(columns, rows));
        self.app.prepare();
        let screen = screen::build(&self.app, self.now().wall, spelling);
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| _ = view::draw(frame, &screen, looks)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The confirmation as it stands on the screen, armed if it can be: drawn at a size that the app already knows.
    pub fn shown(&mut self, size: (u16, u16)) -> String {
        self.text(size);
        self.app.prepare();
        self.seen(20);
        self.rest(500);
        let screen = screen::build(&self.app, self.now().wall, Spelling::Utf8);
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        let looks = looks(Depth::Ansi16, Charset::Utf8);
        terminal.draw(|frame| _ = view::draw(frame, &screen, &looks)).unwrap();
        text(terminal.backend().buffer())
    }

    /// The screen as text, in the default looks.
    pub fn text(&mut self, size: (u16, u16)) -> String {
        text(&self.drawn(size, &looks(Depth::Ansi16, Charset::Utf8), Spelling::Utf8))
    }
}

pub fn looks(depth: Depth, charset: Charset) -> Looks {
    Looks { theme: Theme::builtin(Builtin::Dark, depth).unwrap(), glyphs: Glyphs::of(charset) }
}

/// The characters of a buffer, row by row, without blanks at the ends.
pub fn text(buffer: &Buffer) -> String {
    let mut lines = String::new();
    for y in 0..buffer.area.height {
        let row: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        lines.push_str(row.trim_end());
        lines.push('\n');
    }
    lines
}

/// The runs of equal style in a buffer: `row:from-to style`, where it is not the default.
pub fn styles(buffer: &Buffer) -> String {
    let mut runs = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let style = buffer[(x, y)].style();
            let from = x;
            while x < buffer.area.width && buffer[(x, y)].style() == style {
                x += 1;
            }
            let words = worded(style);
            if !words.is_empty() {
                runs.push_str(&format!("{y}:{from}-{} {words}\n", x - 1));
            }
        }
    }
    runs
}

fn worded(style: ratatui::style::Style) -> String {
    use ratatui::style::Color;
    let mut words = Vec::new();
    if let Some(fg) = style.fg.filter(|colour| *colour != Color::Reset) {
        words.push(fg.to_string());
    }
    if let Some(bg) = style.bg.filter(|colour| *colour != Color::Reset) {
        words.push(format!("on {bg}"));
    }
    let attributes = style.add_modifier;
    if !attributes.is_empty() {
        words.push(format!("{attributes:?}"));
    }
    words.join(" ")
}

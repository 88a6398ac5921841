//! The story of a demo, over the fleet.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rollgate::app::Event;
use rollgate::app::session::Story;
use rollgate::keymap::Spelling;
use rollgate::sim::scenario::{SHIPPED, Scenario};
use rollgate::text::Printable;
use rollgate::theme::{Charset, Depth};
use rollgate::{screen, view};

use crate::world::{World, looks, text};

/// A demo of a scenario, at its beginning.
fn demo(name: &str) -> World {
    let scenario = Scenario::find(name).unwrap();
    let mut world = World::fixture();
    world.app.session.context = "demo".into();
    world.app.session.story = Some(Story {
        name: Printable::from(name),
        title: Printable::from(&*scenario.title),
        paragraphs: scenario.story.split("\n\n").map(Printable::from).collect(),
        speed: 1,
    });
    world.press("s");
    world
}

#[test]
fn at_80_by_24() {
    insta::assert_snapshot!(demo("first-shift").text((80, 24)));
}

#[test]
fn in_ascii_without_colour_at_120_by_40() {
    let buffer = demo("first-shift").drawn((120, 40), &looks(Depth::Mono, Charset::Ascii), Spelling::Ascii);
    let drawn = text(&buffer);
    assert!(drawn.is_ascii(), "{drawn}");
    insta::assert_snapshot!(drawn);
}

#[test]
fn in_the_smallest_terminal_it_scrolls() {
    let mut world = demo("first-shift");
    let first = world.text((60, 15));
    assert!(first.contains("Your first shift") && first.contains("more"), "{first}");
    world.seen(20);
    world.event(Event::Key("end".parse().unwrap()));
    assert!(!world.text((60, 15)).contains("Your first shift"));
}

#[test]
fn when_it_is_closed_the_footer_says_how_to_see_it_again() {
    let mut world = demo("first-shift");
    world.press("enter");
    insta::assert_snapshot!(world.text((120, 40)));
}

#[test]
fn every_story_fits_into_80_by_24() {
    for (name, _) in SHIPPED {
        let mut world = demo(name);
        world.text((80, 24));
        let screen = screen::build(&world.app, world.now().wall, Spelling::Utf8);
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let mut fit = view::Fit::default();
        let looks = looks(Depth::Ansi16, Charset::Utf8);
        terminal.draw(|frame| fit = view::draw(frame, &screen, &looks)).unwrap();
        assert!(screen.story.is_some());
        assert_eq!(fit.scrollable, 0, "{name} has lines that do not fit");
    }
}

#[test]
fn outside_of_a_demo_there_is_no_story_and_no_key_for_it() {
    let mut world = World::fixture();
    let before = world.text((200, 60));
    world.press("s");
    assert_eq!(world.text((200, 60)), before);
    assert!(!before.contains("story"));
    world.press("?");
    assert!(!world.text((200, 60)).contains("tory"));
    let mut demo = demo("first-shift");
    demo.press("enter ?");
    assert!(demo.text((200, 60)).contains("Shows or hides the story of the demo."));
}

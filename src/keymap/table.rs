//! Owns the one table of keys: every action's name, words, default keys, places, danger and rank.
//!
//! Key resolution, help, footer and configuration are made from it. It decides nothing; [`super::rules`] judges it.
//! Invariant: an action that can lead to a write sits on a letter that no torn escape sequence contains. Pausing is
//! on `w` ("wait") because `z` is one modifier away from `ctrl-z`.

use super::Place::{
    Choice, Fleet, Health, Help, Menu, Modal, Proposals, Rollout, Story, Timeline, Typing, Unsettled,
};
use super::{Action, Binding, Danger, Place, Rank};

const EVERYWHERE: &[Place] = Place::ALL;
const SCREENS: &[Place] = &[Fleet, Rollout, Timeline, Health, Unsettled, Proposals, Help];
const LEAVABLE: &[Place] = &[Fleet, Rollout, Timeline, Health, Unsettled, Proposals, Help, Story];
const OBJECTS: &[Place] = &[Fleet, Rollout];
const WATCHING: &[Place] = &[Fleet, Rollout, Timeline, Health];
const TOLD: &[Place] = &[Fleet, Rollout, Story];
const STORY_ALONE: &[Place] = &[Story];
const OPENED: &[Place] = &[Rollout, Timeline, Health, Unsettled, Proposals, Help, Menu, Choice];
const ORDERABLE: &[Place] = &[Fleet, Rollout, Menu];
const ORDERS_ALONE: &[Place] = &[Menu];
const CHOICE_ALONE: &[Place] = &[Choice];
const ASKING: &[Place] = &[Modal, Typing];
const LIST: &[Place] = &[Fleet];
const LISTS: &[Place] = &[Fleet, Timeline];
const ROWS: &[Place] = &[Fleet, Health];
const COPIED: &[Place] = &[Modal, Health];
const PAST: &[Place] = &[Timeline];
const UNSETTLED_ALONE: &[Place] = &[Unsettled];
const PROPOSALS_ALONE: &[Place] = &[Proposals];
const DESKS: &[Place] = &[Unsettled, Proposals];
const QUESTION: &[Place] = &[Modal];
const TEXT: &[Place] = &[Typing];

/// Returns an action's row.
#[expect(
    clippy::too_many_lines,
    reason = "one line for each action, so that the compiler names a missing one"
)]
pub(super) fn binding(action: Action) -> &'static Binding {
    match action {
        Action::Up => &UP,
        Action::Down => &DOWN,
        Action::PageUp => &PAGE_UP,
        Action::PageDown => &PAGE_DOWN,
        Action::Top => &TOP,
        Action::Bottom => &BOTTOM,
        Action::Open => &OPEN,
        Action::Back => &BACK,
        Action::Filter => &FILTER,
        Action::ClearFilter => &CLEAR_FILTER,
        Action::NextPhase => &NEXT_PHASE,
        Action::NextNamespace => &NEXT_NAMESPACE,
        Action::Timeline => &TIMELINE,
        Action::TimelineOfAll => &TIMELINE_OF_ALL,
        Action::Follow => &FOLLOW,
        Action::Gate => &GATE,
        Action::Health => &HEALTH,
        Action::Unsettled => &UNSETTLED,
        Action::Inspect => &INSPECT,
        Action::StageAnew => &STAGE_ANEW,
        Action::CloseOrder => &CLOSE_ORDER,
        Action::Proposals => &PROPOSALS,
        Action::Deny => &DENY,
        Action::Refresh => &REFRESH,
        Action::Accept => &ACCEPT,
        Action::Promote => &PROMOTE,
        Action::Pause => &PAUSE,
        Action::Resume => &RESUME,
        Action::Abort => &ABORT,
        Action::AbortProposed => &ABORT_PROPOSED,
        Action::Orders => &ORDERS,
        Action::PromoteTo => &PROMOTE_TO,
        Action::PromoteFull => &PROMOTE_FULL,
        Action::CancelUpdate => &CANCEL_UPDATE,
        Action::Retry => &RETRY,
        Action::Undo => &UNDO,
        Action::SetImage => &SET_IMAGE,
        Action::Restart => &RESTART,
        Action::Terminate => &TERMINATE,
        Action::Workflow => &WORKFLOW,
        Action::Choose => &CHOOSE,
        Action::Confirm => &CONFIRM,
        Action::Cancel => &CANCEL,
        Action::CopyRequest => &COPY_REQUEST,
        Action::Story => &STORY,
        Action::Close => &CLOSE,
        Action::Help => &HELP,
        Action::Redraw => &REDRAW,
        Action::Suspend => &SUSPEND,
        Action::Quit => &QUIT,
        Action::Leave => &LEAVE,
    }
}

const UP: Binding = reads("up", "up k", EVERYWHERE).help_only("up", "Moves the selection up.");

const DOWN: Binding = reads("down", "down j", EVERYWHERE).help_only("down", "Moves the selection down.");

const PAGE_UP: Binding = reads("page-up", "page-up", EVERYWHERE).help_only("page up", "Moves up by a page.");

const PAGE_DOWN: Binding =
    reads("page-down", "page-down", EVERYWHERE).help_only("page down", "Moves down by a page.");

const TOP: Binding = reads("top", "home g", LEAVABLE).help_only("top", "Goes to the first row.");

const BOTTOM: Binding = reads("bottom", "end G", LEAVABLE).help_only("bottom", "Goes to the last row.");

const OPEN: Binding = reads("open", "enter", ROWS).essential("open", "Opens what is selected.");

const BACK: Binding = reads("back", "esc", OPENED).essential("back", "Goes back to where you came from.");

const FILTER: Binding = reads("filter", "/", LISTS).essential("filter", "Filters the list as you type.");

const CLEAR_FILTER: Binding =
    reads("clear-filter", "esc", LIST).help_only("show all", "Takes every filter away.");

const NEXT_PHASE: Binding =
    reads("next-phase", "tab", LIST).useful("phase", "Shows the next phase only, then all again.");

const NEXT_NAMESPACE: Binding =
    reads("next-namespace", "n", ROWS).useful("namespace", "Shows the next namespace only, then all again.");

const TIMELINE: Binding =
    reads("timeline", "t", OBJECTS).useful("timeline", "Shows what was ordered and seen of the Rollout.");

const TIMELINE_OF_ALL: Binding = reads("timeline-of-all", "T", OBJECTS)
    .help_only("all past", "Shows what was ordered and seen of all Rollouts.");

const FOLLOW: Binding =
    reads("follow", "enter", PAST).essential("follow-up", "Goes from an order to what followed it, or back.");

const UNSETTLED: Binding = reads("unsettled", "d", OBJECTS)
    .help_only("unsettled", "Lists orders that need you, or are under way (\"doubts\").");

const INSPECT: Binding =
    reads("inspect", "enter", DESKS).essential("whole", "Shows all of the order or proposal.");

const STAGE_ANEW: Binding = stages("stage-anew", "a", DESKS)
    .essential("stage anew", "Stages the same kind of order from the present state.");

const PROPOSALS: Binding = reads("proposals", "i", OBJECTS)
    .help_only("proposals", "Lists what agents propose, for you to decide (\"inbox\").");

const DENY: Binding = stages("deny", "x", PROPOSALS_ALONE)
    .essential("deny", "Denies the proposal with a reason; nothing is sent.");

const CLOSE_ORDER: Binding = stages("close-order", "e", UNSETTLED_ALONE)
    .essential("close", "Ends it with a reason that you type; nothing is sent.");

const GATE: Binding = reads("gate", "v", OBJECTS)
    .essential("gate", "Shows what the evidence says of the canary (\"verdict\").");

const HEALTH: Binding =
    reads("health", "l", OBJECTS).useful("health", "Shows what works here and what does not (\"lookout\").");

const REFRESH: Binding = reads("refresh", "r", SCREENS).help_only("refresh", "Asks the cluster again now.");

const ACCEPT: Binding =
    reads("accept", "enter", TEXT).essential("done", "Takes the text as typed and goes on.");

const PROMOTE: Binding =
    stages("promote", "p", ORDERABLE).essential("promote", "Stages a promotion to the next step.");

const PAUSE: Binding = stages("pause", "w", ORDERABLE).useful("pause", "Stages a pause.");

const RESUME: Binding =
    stages("resume", "u", ORDERABLE).useful("resume", "Stages the end of a pause that a person ordered.");

const ABORT: Binding = stages("abort", "x", ORDERABLE)
    .essential("abort", "Stages an abort: traffic goes back to the stable version.");

const ABORT_PROPOSED: Binding = stages("abort-proposed", "!", WATCHING)
    .help_only("proposed", "Goes to the Rollout whose abort is proposed, and stages it.");

const ORDERS: Binding = stages("orders", "o", OBJECTS)
    .essential("orders", "Lists every order with what it does here, or why not.");

const PROMOTE_TO: Binding = stages("promote-to", "m", ORDERS_ALONE)
    .help_only("promote to", "Chooses the step or weight to promote to.");

const PROMOTE_FULL: Binding = stages("promote-full", "e", ORDERS_ALONE)
    .help_only("to the end", "Stages a promotion to the end: all steps are skipped.");

const RETRY: Binding = stages("retry", "a", ORDERS_ALONE)
    .help_only("retry", "Stages that an aborted update begins anew (\"again\").");

const CANCEL_UPDATE: Binding = stages("cancel-update", "s", ORDERS_ALONE)
    .help_only("cancel", "Stages that the stable template is put back (\"stable\").");

const UNDO: Binding =
    stages("undo", "v", ORDERS_ALONE).help_only("undo", "Chooses the revision whose template is put back.");

const SET_IMAGE: Binding =
    stages("set-image", "i", ORDERS_ALONE).help_only("set image", "Chooses a container and names its image.");

const RESTART: Binding = stages("restart", "r", ORDERS_ALONE)
    .help_only("restart", "Stages that all pods are evicted and made anew.");

const TERMINATE: Binding = stages("terminate", "h", ORDERS_ALONE)
    .help_only("terminate", "Chooses an AnalysisRun or Experiment to end (\"halt\").");

const WORKFLOW: Binding = stages("workflow", "W", ORDERS_ALONE)
    .help_only("workflow", "Begins a run of the workflow, or takes one up again.");

const CHOOSE: Binding =
    stages("choose", "o", CHOICE_ALONE).essential("choose", "Stages the order with what is selected.");

const CONFIRM: Binding = confirms("confirm", "y", QUESTION)
    .essential("confirm", "Acknowledges what is shown: it is sent as shown.");

const CANCEL: Binding =
    reads("cancel", "esc n q", ASKING).essential("cancel", "Withdraws what is shown: nothing is sent.");

const COPY_REQUEST: Binding =
    reads("copy-request", "c", COPIED).useful("copy", "Copies the request, or what is to be pasted.");

const STORY: Binding = reads("story", "s", TOLD).useful("story", "Shows or hides the story of the demo.");

const CLOSE: Binding = reads("close", "enter esc", STORY_ALONE).essential("close", "Closes the story.");

const HELP: Binding = reads("help", "?", SCREENS).essential("help", "Shows or hides this help.");

const REDRAW: Binding =
    reads("redraw", "ctrl-l", EVERYWHERE).help_only("redraw", "Draws the whole screen anew.");

const SUSPEND: Binding = reads("suspend", "ctrl-z", EVERYWHERE)
    .help_only("suspend", "Hands the terminal back to the shell until continued (fg).");

const QUIT: Binding = reads("quit", "q", LEAVABLE).essential("quit", "Leaves the program.");

const LEAVE: Binding = reads("leave", "ctrl-c", EVERYWHERE)
    .help_only("leave", "Closes the confirmation, or leaves the program.");

const fn reads(name: &'static str, keys: &'static str, places: &'static [Place]) -> Binding {
    Binding { name, label: "", help: "", keys, places, danger: Danger::Reads, rank: Rank::HelpOnly }
}

const fn stages(name: &'static str, keys: &'static str, places: &'static [Place]) -> Binding {
    Binding { danger: Danger::Stages, ..reads(name, keys, places) }
}

const fn confirms(name: &'static str, keys: &'static str, places: &'static [Place]) -> Binding {
    Binding { danger: Danger::Confirms, ..reads(name, keys, places) }
}

impl Binding {
    const fn essential(self, label: &'static str, help: &'static str) -> Self {
        Self { label, help, rank: Rank::Essential, ..self }
    }

    const fn useful(self, label: &'static str, help: &'static str) -> Self {
        Self { label, help, rank: Rank::Useful, ..self }
    }

    const fn help_only(self, label: &'static str, help: &'static str) -> Self {
        Self { label, help, rank: Rank::HelpOnly, ..self }
    }
}

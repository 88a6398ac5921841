//! Owns the names of what a key can ask for ([`Action`]), where it works ([`Place`]), what it may lead to ([`Danger`]).
//!
//! An action is a wish, not a deed: whether it can be done is decided by the app. This file holds no keys and no
//! words; they stand in the table beside it.
//! Invariant: [`Action::ALL`] lists every action once, in the order in which help shows them.

use super::table;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Moves the selection up.
    Up,
    /// Moves the selection down.
    Down,
    /// Moves up by a page.
    PageUp,
    /// Moves down by a page.
    PageDown,
    /// Goes to the first row.
    Top,
    /// Goes to the last row.
    Bottom,
    /// Opens what is selected.
    Open,
    /// Goes back to where one came from.
    Back,
    /// Starts typing a filter.
    Filter,
    /// Takes the filter away.
    ClearFilter,
    /// Shows the next phase only, then all again.
    NextPhase,
    /// Shows the next namespace only, then all again.
    NextNamespace,
    /// Shows what happened on one Rollout.
    Timeline,
    /// Shows what happened on all Rollouts.
    TimelineOfAll,
    /// Goes from an order to what followed it, or back.
    Follow,
    /// Shows what the evidence says of a canary.
    Gate,
    /// Shows what works, what does not, and how that is known.
    Health,
    /// Lists the orders that need a person.
    Unsettled,
    /// Shows all of an order.
    Inspect,
    /// Stages an order of the same kind from the state as it is now.
    StageAnew,
    /// Closes an order with a reason.
    CloseOrder,
    /// Lists what agents propose.
    Proposals,
    /// Denies a proposal with a reason.
    Deny,
    /// Asks the cluster again now.
    Refresh,
    /// Takes the text as typed and goes on.
    Accept,
    /// Stages a promotion to the next step.
    Promote,
    /// Stages a pause.
    Pause,
    /// Stages the end of a pause that a person ordered.
    Resume,
    /// Stages an abort.
    Abort,
    /// Goes to the Rollout whose abort is proposed, and stages it.
    AbortProposed,
    /// Lists every order with what it would do here.
    Orders,
    /// Chooses how far a promotion goes.
    PromoteTo,
    /// Stages a promotion to the end.
    PromoteFull,
    /// Stages that the stable version's template is put back.
    CancelUpdate,
    /// Stages the begin anew of an aborted update.
    Retry,
    /// Chooses the revision whose template is put back.
    Undo,
    /// Chooses a container and names its image.
    SetImage,
    /// Stages that all pods are made anew.
    Restart,
    /// Chooses an AnalysisRun or Experiment to end.
    Terminate,
    /// Lists the runs of the policy service's workflow, to begin one or take one up again.
    Workflow,
    /// Stages the order with what is selected.
    Choose,
    /// Acknowledges what the modal shows, so that it is sent.
    Confirm,
    /// Withdraws what the modal shows.
    Cancel,
    /// Copies the request that the modal shows, or what health says to paste.
    CopyRequest,
    /// Shows or hides the story of the demo.
    Story,
    /// Closes the story.
    Close,
    /// Shows or hides help.
    Help,
    /// Draws the whole screen anew.
    Redraw,
    /// Hands the terminal back to the shell until continued.
    Suspend,
    /// Leaves the program.
    Quit,
    /// Leaves the program from anywhere, closing an open modal first.
    Leave,
}

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The list of Rollouts.
    Fleet,
    /// One Rollout.
    Rollout,
    /// What happened, on one Rollout or all.
    Timeline,
    /// What works, what does not, and how that is known.
    Health,
    /// The orders that need a person.
    Unsettled,
    /// What agents propose.
    Proposals,
    /// The list of orders.
    Menu,
    /// A list from which an order takes what it needs.
    Choice,
    /// The confirmation of a staged operation.
    Modal,
    /// The help screen.
    Help,
    /// The story of the demo, which lies over a screen.
    Story,
    /// A line of text being typed: the filter, or a name in the modal.
    Typing,
}

/// What an action can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Danger {
    /// Nothing outside this program changes.
    Reads,
    /// An operation is staged and its modal opens; nothing is sent.
    Stages,
    /// A staged operation is acknowledged and sent.
    Confirms,
}

/// How much a footer needs an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Shown even in the narrowest footer.
    Essential,
    /// Shown where there is room.
    Useful,
    /// Shown in help alone.
    HelpOnly,
}

/// One row of the table: all that is known about an action.
#[derive(Debug, PartialEq, Eq)]
pub struct Binding {
    /// Name in the configuration file, kebab-case.
    pub name: &'static str,
    /// One or two words for the footer.
    pub label: &'static str,
    /// One sentence for the help screen.
    pub help: &'static str,
    /// Default keys, separated by blanks.
    pub keys: &'static str,
    /// Where it works.
    pub places: &'static [Place],
    /// What it can lead to.
    pub danger: Danger,
    /// How much a footer needs it.
    pub rank: Rank,
}

impl Place {
    /// Every place.
    pub const ALL: &'static [Self] = &[
        Self::Fleet,
        Self::Rollout,
        Self::Timeline,
        Self::Health,
        Self::Unsettled,
        Self::Proposals,
        Self::Menu,
        Self::Choice,
        Self::Modal,
        Self::Help,
        Self::Story,
        Self::Typing,
    ];

    /// Names the place as help headings do.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Rollout => "Rollout",
            Self::Timeline => "Timeline",
            Self::Health => "Health",
            Self::Unsettled => "Unsettled",
            Self::Proposals => "Proposals",
            Self::Menu => "Orders",
            Self::Choice => "Choosing",
            Self::Modal => "Confirmation",
            Self::Help => "Help",
            Self::Story => "Story",
            Self::Typing => "Typing",
        }
    }
}

impl Action {
    /// Every action, in the order of help.
    pub const ALL: &'static [Self] = &[
        Self::Up,
        Self::Down,
        Self::PageUp,
        Self::PageDown,
        Self::Top,
        Self::Bottom,
        Self::Open,
        Self::Back,
        Self::Filter,
        Self::ClearFilter,
        Self::Health,
        Self::Promote,
        Self::Pause,
        Self::Resume,
        Self::Abort,
        Self::AbortProposed,
        Self::Orders,
        Self::PromoteTo,
        Self::PromoteFull,
        Self::CancelUpdate,
        Self::Retry,
        Self::Undo,
        Self::SetImage,
        Self::Restart,
        Self::Terminate,
        Self::Workflow,
        Self::Choose,
        Self::NextPhase,
        Self::NextNamespace,
        Self::Timeline,
        Self::TimelineOfAll,
        Self::Follow,
        Self::Gate,
        Self::Unsettled,
        Self::Inspect,
        Self::StageAnew,
        Self::CloseOrder,
        Self::Proposals,
        Self::Deny,
        Self::Refresh,
        Self::Accept,
        Self::Confirm,
        Self::Cancel,
        Self::CopyRequest,
        Self::Story,
        Self::Close,
        Self::Help,
        Self::Redraw,
        Self::Suspend,
        Self::Quit,
        Self::Leave,
    ];

    /// Returns the action's row of the table.
    pub fn binding(self) -> &'static Binding {
        table::binding(self)
    }

    /// Returns the action's name in the configuration file.
    pub fn name(self) -> &'static str {
        self.binding().name
    }

    /// Finds an action by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name() == name)
    }

    /// Returns what the action can lead to.
    pub fn danger(self) -> Danger {
        self.binding().danger
    }

    /// Tells whether the action works in a place.
    pub fn works_in(self, place: Place) -> bool {
        self.binding().places.contains(&place)
    }
}

//! rollgate: the on-call engineer's terminal for Argo Rollouts. This page is the design; `CONTRIBUTING.md` walks it file by
//! file.
//!
//! It streams every Rollout of a cluster into a live view of phase, step, weight and what each waits for. It lets a person
//! stage an operation, read exactly what will be sent and on which facts, acknowledge it, and see what the cluster really
//! did. One binary, no server, nothing in the cluster, over SSH.
//!
//! Three sentences settle arguments:
//!
//! 1. **Nothing is sent that a person has not read and acknowledged, and nothing is sent twice.**
//! 2. **Nothing is shown as true that was not observed**: accepted is not done, absent is not healthy, old is not current.
//! 3. **A keystroke never waits**: not for the network, not for the disk, not for a slow terminal.
//!
//! # The one way
//!
//! ```text
//!   cluster::watch ──Delta──▶ store ──────▶ screen ──▶ view ──▶ terminal (paced, one hand-over a frame)
//!         ▲                                   ▲
//!         │                                   │ app, now                 rollout ──▶ report (text, JSON)
//!   cluster::dispatch     terminal ──Key──▶ app::update(Event, Now) -> Vec<Effect>
//!         ▲                                   │
//!         └── run::edges ◀── ledger ◀── operation (staged, acknowledged, recorded, sent, answered, observed)
//! ```
//!
//! - [`run`] turns the one loop. It drains signals, keys and answers before deltas, takes deltas in batches of at most two
//!   milliseconds, and draws once. It decides nothing. Channels are bounded: a burst waits in the connection, not in memory.
//! - [`app`] is one synchronous, total function from events to effects, without a clock. An effect is data; [`run::edges`]
//!   carries it out and feeds the answer back as an event.
//! - [`store`] takes deltas in and keeps a consistent picture, each source with its own freshness. A list that is repeated
//!   never empties what was known. What follows from a Rollout alone is computed once for each of its versions.
//! - [`screen`] says what is to be seen, as plain data, and how long it stays true; [`view`] gives it places and styles. The
//!   loop sleeps until the next event or until something visible ages; where nothing changed, not one byte is written.
//! - [`terminal`] reads keys on a thread and writes frames on another, so that a terminal that takes nothing holds up nobody. It
//!   never asks the terminal a question, because a late answer would arrive as key presses.
//! - [`cluster`] speaks HTTP through kube's client alone: lists, watches, resumes and re-lists are its own, because each has to
//!   be told as a [`rollout::delta::Delta`] or a [`rollout::delta::Contact`]. Nothing in it repeats a request by itself.
//! - [`timeline`] says what changed between two versions of a Rollout, and puts that beside our orders; the ledger's file keeps
//!   it, apart from the chain, capped by number and age.
//! - [`report`] is pure: the domain in, the plugin's text or our JSON out. [`cli`] fetches and prints. [`dump`] stands in for a
//!   cluster in both, told through the same deltas.
//! - [`mcp`] answers assistants from a store that a watch feeds, and from what [`cli`] reads for it. It has no way to what sends.
//! - [`sim`] is a cluster in this process, with objects, controllers, time and stories of its own, for the demo and for
//!   tests. It is reached over loopback HTTP like any other; nothing here knows that it is not one.
//! - [`clock`] says which time the program lives in: the machine's, that of a dump, or the demo's.
//! - [`evidence`] asks Prometheus and the policy service whether they answer as one of their kind does: those that the
//!   person's file names, never one that only an object of the cluster names. For gates it gathers what they measured: the app
//!   wishes for it as data, a bounded budget answers, and what is not whole is missing, never empty.
//! - [`config`] resolves flags, environment and file once. What may be written, and where, comes only from the first and the last.
//!
//! # The life of an operation
//!
//! `Staged → Armed → Acknowledged → Sent → Answered (accepted, refused, unknown) → Observed | Unobserved`, with the exits
//! `Withdrawn` (by the person), `Denied` (by policy or ledger), `Expired` (after [`operation::life::TTL`], or what the rule says), `Overtaken` (a shown fact
//! changed, nothing was sent), and, where the answer was lost, `NotApplied` and `Unclear`. One enum
//! ([`operation::State`]), all transitions in one match ([`operation::Operation::on`]).
//!
//! - It carries its target (context, server, user, namespace, name, uid), its guards (the facts shown) and the exact request. The
//!   digest that is acknowledged covers all of it; the same bytes go out.
//! - Guards travel as `test` operations of a JSON Patch: the API server itself refuses when the state has moved. A guard that
//!   changes under the open confirmation makes it `Overtaken`.
//! - The acknowledgement is on disk ([`ledger`]) before a [`operation::Dispatch`] exists; a `Dispatch` is used up by sending.
//! - Where the answer is lost, nothing is sent again and nothing is called failed: the Rollout is read until it is known, or known
//!   that it cannot be told. Accepted is not done: done is said when the controller has acted.
//! - Without a [`operation::Leave`] of the [`operation::Policy`] an operation cannot be staged, and where that allows nothing the
//!   dispatcher cannot be made. What the rule wants said (reason, phrase over a freeze) is part of the acknowledgement.
//! - It expires by a clock that nobody can set and that runs on while the machine sleeps ([`clock::steady`]), too.
//! - A confirmation counts only when its frame stands on the terminal and the keyboard has been quiet ([`app::arming`]); its key
//!   is one that neither habit nor a torn escape sequence types ([`keymap::rules`]). An abort wants the name typed.
//!
//! # Text, looks, errors
//!
//! Text from outside is a [`text::Printable`] from where it enters: no escape, no invisible or direction-changing character
//! reaches a terminal. Names, uids and hashes that requests carry stay as the cluster spells them. A view names roles
//! ([`text::Role`]) and signs; [`theme`] makes styles of them, and no state is told by colour alone. Errors are small enums at
//! the edges, with words on what to do; inside, a failure is a state that is shown where the value would be.
//!
//! # Who may use whom
//!
//! `tests/architecture.rs` holds the source to it: [`text`] stands at the bottom, [`rollout`] on it, then [`operation`] and
//! [`capability`], then [`store`] and [`timeline`], then [`app`], then [`screen`], then [`view`] and [`report`], then [`mcp`]; [`cluster`], [`evidence`], [`ledger`] and [`terminal`] are
//! edges that know neither app nor view; [`run`], [`cli`] and `main` put them together.
//!
//! # Not there yet
//!
//! [`gate`] reads policies and judges evidence, and nothing gathers any for it yet: [`evidence`] asks services whether they answer,
//! not what they measured. Assistants can ask ([`mcp`]) and not yet propose.

pub mod app;
pub mod capability;
pub mod cli;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod dump;
pub mod evidence;
pub mod gate;
pub mod keymap;
pub mod ledger;
pub mod mcp;
pub mod operation;
pub mod report;
pub mod rollout;
pub mod run;
pub mod screen;
pub mod sim;
pub mod store;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod timeline;
pub mod view;

//! The cluster edge against a scripted server on loopback: faults that a real server does not show on demand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "cluster_edge/access.rs"]
mod access;
#[path = "support/authority.rs"]
mod authority;
#[path = "cluster_edge/delivery.rs"]
mod delivery;
#[path = "cluster_edge/dispatch.rs"]
mod dispatch;
#[path = "cluster_edge/errands.rs"]
mod errands;
#[path = "cluster_edge/events.rs"]
mod events;
#[path = "support/fake_server.rs"]
mod fake_server;
#[path = "cluster_edge/login.rs"]
mod login;
#[path = "cluster_edge/oidc.rs"]
mod oidc;
#[path = "cluster_edge/opened.rs"]
mod opened;
#[path = "cluster_edge/pod.rs"]
mod pod;
#[path = "cluster_edge/probe.rs"]
mod probe;
#[path = "cluster_edge/recovery.rs"]
mod recovery;
#[path = "cluster_edge/refused.rs"]
mod refused;
#[path = "cluster_edge/templates.rs"]
mod templates;
#[path = "cluster_edge/watch.rs"]
mod watch;

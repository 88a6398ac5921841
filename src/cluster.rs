//! Owns everything that touches Kubernetes: identity, access, watch and dispatch.
//!
//! [`identity`] says who acts where; [`client`] holds the connections and credentials; [`watch`] turns streams into
//! [`crate::rollout::delta::Delta`]s; [`fetch`] reads once; [`dispatch`] sends what was acknowledged. It never draws
//! and never decides. Invariants: the context is resolved once and never changes under a running program; no secret
//! reaches an error, a log or a delta; nothing is written except by [`dispatch`].

pub mod client;
mod credential;
pub mod dispatch;
pub mod fault;
pub mod fetch;
pub mod identity;
mod page;
pub mod probe;
mod resource;
mod stream;
pub mod tls;
pub mod watch;

pub use client::Clients;
pub use fault::Fault;
pub use identity::{Identity, IdentityError};

/// What the program calls itself to servers.
pub const AGENT: &str = concat!("rollgate/", env!("CARGO_PKG_VERSION"));

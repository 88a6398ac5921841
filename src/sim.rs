//! The embedded cluster: an API server and Argo's controller inside this process, for `rollgate demo` and for tests.
//!
//! The rest of the program reaches it over loopback HTTP like any other cluster and cannot tell the difference. Its
//! parts: objects (the API's rules), model (what controllers do), world (time), scenario (stories), server (the wire), and beside it
//! metrics (a Prometheus) and policy (a policy service).
//! It never reads `crate::rollout`'s view of an object: the model reads objects its own way, so that comparing the two
//! means something. Invariant: everything but the servers is pure and deterministic by seed.

pub mod loopback;
pub mod metrics;
pub mod model;
pub mod objects;
pub mod policy;
pub mod scenario;
pub mod server;
pub mod world;

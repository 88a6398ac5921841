//! The Rollout's controller, driven to a standstill over stored objects.

//! What proposals are, and how much of them.

//! rollgate

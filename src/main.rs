//! rollgate
fn main() {}

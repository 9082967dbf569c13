//! The process: variables, clock, sleep, streams, exit code.

fn main() {}

//! What the program does for people, in sentences.

// `cfg(test)` tells the lints that helpers here are test code too.
#[cfg(test)]
mod door;

//! What the program does for people, in sentences.

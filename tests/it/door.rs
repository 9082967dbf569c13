//! The door to the network against servers that misbehave on the wire.

mod again;
mod proxy;
mod wire;

mod rig;
mod server;

//! Does the door to the network keep its promises towards servers that misbehave on the wire?

mod again;
mod proxy;
mod wire;

mod rig;
mod server;

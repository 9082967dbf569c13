//! The HTTP client against servers that misbehave on the wire.

mod proxy;
mod retries;
mod wire;

mod scripted_service;
mod server;

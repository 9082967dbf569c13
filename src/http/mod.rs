//! The one door to the network: what a remote service is, and how a request to it is sent, repeated and given up.
//!
//! A [`Session`] is a run's share of the network: clock, deadline, connections, counters. A [`Service`] is one remote
//! service with its own origin and its own credential, so that a token cannot reach another one. Whatever is not a
//! 2xx answer with a body of the expected kind is an [`HttpError`] that knows its status, the service's own words and
//! whether a write may have happened.

mod service;

mod base;
mod forward;
mod next;
mod request;

mod names;
mod network;
mod proxy;
mod roots;

mod answer;
mod error;
mod explain;

mod limit;
mod parallel;
mod renewal;
mod retry;
mod send;
mod session;

pub use answer::Answer;
pub use base::{Base, BaseError};
pub use error::{Failure, HttpError, Loss};
pub use explain::Said;
pub use forward::ForwardProxy;
pub use network::Network;
pub use parallel::{both, map};
pub use proxy::{Exceptions, Proxy, ProxyError};
pub use renewal::{Fresh, Renewal};
pub use request::{Authorization, Effect, Method, Path, Request};
pub use retry::Persistence;
pub use roots::{Roots, RootsError};
pub use service::{Service, ServiceName};
pub use session::{Counts, Exchange, Limits, Session};

//! Requests to remote services: sending, retries, limits and proxies.
//!
//! A [`Session`] is a run's share of the network: clock, deadline, connections, counters. A [`Service`] is one remote
//! service with its own origin and its own credential, so that a token cannot reach another one. Whatever is not a
//! 2xx answer with a body of the expected kind is an [`HttpError`] that knows its status, the service's own words and
//! whether a write may have happened.
//!
//! Each file uses only those before it: request, base, next, parallel, explain, loss, error, retry, limit, answer, proxy, roots,
//! network, names, forward, agents, session, headers, send, service, pages.

mod agents;
mod answer;
mod base;
mod connection_error;
mod error;
mod explain;
mod forward;
mod headers;
mod limit;
mod names;
mod network;
mod next;
mod pages;
mod parallel;
mod proxy;
mod request;
mod retry;
mod roots;
mod send;
mod service;
mod session;

pub use answer::Answer;
pub use base::{Base, BaseError};
pub use connection_error::ConnectionError;
pub use error::{Failure, HttpError};
pub use explain::{ErrorDetail, Policy};
pub use forward::ForwardProxy;
pub use network::{Limits, Network};
pub use pages::{ListEnd, Page, Wanted, pages};
pub use parallel::{both, map};
pub use proxy::{Proxy, ProxyError};
pub use request::{Authorization, Effect, Method, Path, Request, ServiceName};
pub use retry::Persistence;
pub use roots::{Roots, RootsError};
pub use service::Service;
pub use session::{Counts, Exchange, Session};

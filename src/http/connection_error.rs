//! Reasons why a connection gave no answer.

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// No address for the name.
    #[error("could not resolve the host name")]
    Resolve,
    #[error("connection refused")]
    Refused,
    /// There is no way there.
    #[error("host unreachable")]
    Unreachable,
    /// The connection did not come about in time.
    #[error("timed out while connecting")]
    ConnectTimeout,
    /// The certificate is not one of a known authority.
    #[error("TLS certificate not trusted")]
    Untrusted,
    /// The certificate is for another host.
    #[error("TLS certificate not valid for this host")]
    WrongHost,
    /// The certificate has expired, or is wrong otherwise.
    #[error("TLS certificate not valid")]
    Certificate,
    /// The proxy cannot be reached, or does not connect to the service.
    #[error("no connection through the proxy")]
    Proxy,
    /// The proxy wants to know who asks, or does not like the answer.
    #[error("the proxy requires a user name and password")]
    ProxyLogin,
    /// TLS failed otherwise, at the handshake or later.
    #[error("TLS failed")]
    Tls,
    /// It broke before the whole answer was there.
    #[error("connection lost")]
    Dropped,
    /// It is open and nothing comes, or too slowly.
    #[error("timed out")]
    TimedOut,
    /// What came is not HTTP.
    #[error("the response isn't HTTP")]
    Garbled,
}

impl ConnectionError {
    /// Whether the request may have left before it.
    pub(crate) fn after_sending(self) -> bool {
        match self {
            Self::Resolve | Self::Refused | Self::Unreachable | Self::ConnectTimeout => false,
            Self::Untrusted | Self::WrongHost | Self::Certificate | Self::Proxy | Self::ProxyLogin => false,
            // Not only at the handshake, and the library does not say when.
            Self::Tls => true,
            Self::Dropped | Self::TimedOut | Self::Garbled => true,
        }
    }

    /// Whether another try could end differently.
    pub(crate) fn may_pass(self) -> bool {
        !matches!(self, Self::Untrusted | Self::WrongHost | Self::Certificate | Self::ProxyLogin)
    }
}

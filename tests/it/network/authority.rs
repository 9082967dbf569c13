//! A private certificate authority, and servers with its certificates in front of the fake.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A TLS server on loopback that is certified for these names and passes everything on to `origin`; its port.
    pub(super) fn guard(&self, origin: &str, names: &[&str]) -> u16 {
        self.guard_by(params(names), origin)
    }

    /// A server whose certificate is made of this.
    pub(super) fn guard_by(&self, params: CertificateParams, origin: &str) -> u16 {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = origin.trim_start_matches("http://").to_owned();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, behind) = (Arc::clone(&config), behind.clone());
                thread::spawn(move || pass_on(stream, config, &behind));
            }
        });
        port
    }
}

/// What makes a certificate for these names.
pub(super) fn params(names: &[&str]) -> CertificateParams {
    CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// Both ways in turn, because the two halves of a TLS connection cannot be taken apart.
fn pass_on(stream: TcpStream, config: Arc<ServerConfig>, behind: &str) -> Option<()> {
    let turn = Some(Duration::from_millis(1));
    let mut plain = TcpStream::connect(behind).ok()?;
    plain.set_nodelay(true).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(turn).ok()?;
    plain.set_read_timeout(turn).ok()?;
    let mut guarded = StreamOwned::new(ServerConnection::new(config).ok()?, stream);
    loop {
        copy(&mut guarded, &mut plain)?;
        copy(&mut plain, &mut guarded)?;
    }
}

/// What is there now; nothing when one side has gone.
fn copy(from: &mut impl Read, to: &mut impl Write) -> Option<()> {
    let mut buffer = [0; 16 * 1024];
    match from.read(&mut buffer) {
        Ok(0) => None,
        Ok(length) => to.write_all(&buffer[..length]).and_then(|()| to.flush()).ok(),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Some(()),
        Err(_) => None,
    }
}

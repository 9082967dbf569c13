//! The certificate authorities to trust next to the built-in ones.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Certificate authorities that are trusted in addition: a corporate network whose proxy opens TLS has its own.
#[derive(Clone, Debug, Default)]
pub struct Roots(Vec<Certificate<'static>>);

impl Roots {
    /// Reads certificates in PEM, or the base64 of PEM. Of several, those that cannot be used are left out, because
    /// bundles of systems hold odd old ones; one at least has to be of use. Private keys are not read.
    pub fn parse(text: &[u8]) -> Result<Self, RootsError> {
        const BEGIN: &[u8] = b"-----BEGIN ";
        let is_pem = |text: &[u8]| text.windows(BEGIN.len()).any(|window| window == BEGIN);
        let unpacked = if is_pem(text) {
            text.to_vec()
        } else {
            let packed: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(packed).map_err(|_| RootsError::NotPem)?
        };
        if !is_pem(&unpacked) {
            return Err(RootsError::NotPem);
        }
        let items: Vec<PemItem<'static>> =
            parse_pem(&unpacked).collect::<Result<_, _>>().map_err(|_| RootsError::Broken)?;
        let certificates = items.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        let certificates: Vec<_> = certificates.collect();
        if certificates.is_empty() {
            return Err(RootsError::NoCertificate);
        }
        let usable = |certificate: &Certificate<'_>| {
            RootCertStore::empty().add(CertificateDer::from_slice(certificate.der())).is_ok()
        };
        let usable: Vec<_> = certificates.into_iter().filter(usable).collect();
        if usable.is_empty() { Err(RootsError::Broken) } else { Ok(Self(usable)) }
    }

    /// Adds those of another source.
    pub fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// How many there are in addition to the built-in ones.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// These and the built-in ones, in the library's words.
    pub(crate) fn to_library(&self) -> RootCerts {
        if self.0.is_empty() {
            return RootCerts::WebPki;
        }
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| Certificate::from_der(der));
        built_in.chain(self.0.iter().cloned()).into()
    }
}

/// Why a text holds no certificate authority. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    /// Neither PEM nor its base64.
    #[error("must be PEM (`-----BEGIN CERTIFICATE-----` …) or base64 of PEM")]
    NotPem,
    #[error("contains no certificate. Copy everything from `-----BEGIN CERTIFICATE-----` to the END line")]
    NoCertificate,
    /// Cut, or changed on the way.
    #[error("contains a certificate that can't be read. If it is cut or lost its line breaks, use base64 on one line")]
    Broken,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    fn authority() -> String {
        pem("CERTIFICATE", &webpki_root_certs::TLS_SERVER_ROOT_CERTS[0])
    }

    #[test]
    fn certificates_are_pem_or_its_base64() {
        let packed = STANDARD.encode(authority());
        let (head, tail) = packed.split_at(76);
        let odd = pem("CERTIFICATE", b"no certificate");
        let table = [
            (authority(), 1),
            (format!("My authority:\n{}{}", authority(), authority()), 2),
            (format!("{odd}{}{}", pem("PRIVATE KEY", b"k"), authority()), 1),
            (packed.clone(), 1),
            (format!("{head}\r\n{tail}\n"), 1),
        ];
        for (text, count) in table {
            assert_eq!(Roots::parse(text.as_bytes()).unwrap().count(), count, "{text}");
        }
    }

    #[test]
    fn what_holds_no_certificate_says_why() {
        let cut = authority().split_at(400).0.to_owned();
        let one_line = authority().replace('\n', " ");
        let table = [
            ("", RootsError::NotPem),
            ("not base64!", RootsError::NotPem),
            ("bm8gY2VydGlmaWNhdGU=", RootsError::NotPem),
            (&pem("PRIVATE KEY", b"k"), RootsError::NoCertificate),
            (&pem("CERTIFICATE", b"no certificate"), RootsError::Broken),
            ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----", RootsError::Broken),
            (&cut, RootsError::Broken),
        ];
        for (text, error) in table {
            assert_eq!(Roots::parse(text.as_bytes()).unwrap_err(), error, "{text}");
        }
        assert!(Roots::parse(one_line.as_bytes()).is_err());
        assert!(Roots::parse(&[0xff, 0xfe, 0x00]).is_err());
    }

    #[test]
    fn others_are_added_to_the_built_in_ones() {
        assert!(matches!(Roots::default().to_library(), RootCerts::WebPki));
        let mut roots = Roots::parse(authority().as_bytes()).unwrap();
        roots.extend(Roots::parse(authority().as_bytes()).unwrap());
        let RootCerts::Specific(all) = roots.to_library() else { panic!("all are listed") };
        assert_eq!(all.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() + 2);
    }
}

//! TLS: futures-rustls on the sockets of this floor.
//!
//! The problem: rustls asks its user for three things before the first handshake: a library of
//! ciphers, the authorities to trust, and for a server a certificate with its key. This page has one
//! good answer to each: `ring`, the authorities that Mozilla trusts, and files in the format PEM.
//!
//! Invariant: a certificate that does not fit the name of the host is an error of the handshake.
//!
//! Read next: `web/tokio_io.rs`.

use std::io;
use std::sync::{Arc, OnceLock};

use futures_rustls::client::TlsStream;
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use futures_rustls::rustls::crypto::{CryptoProvider, ring};
use futures_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use futures_rustls::{TlsAcceptor, TlsConnector};

use super::dialled::dial;
use crate::sockets::tcp::stream::TcpStream;

fn invalid(what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what.to_string())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Returns the client's side of TLS, which trusts the authorities that Mozilla trusts. All calls return
/// clones of one connector, which remembers the sessions of hosts: a second connection to a host has a
/// shorter handshake.
///
/// ```
/// # mod groundup { pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::run;
/// use groundup::web::{connect_tls, tls_connector};
///
/// let refused = run(async { connect_tls(&tls_connector(), "127.0.0.1", 1).await });
/// assert!(refused.is_err(), "no program listens at port 1");
/// ```
pub fn tls_connector() -> TlsConnector {
    static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();
    let make = || connector(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect());
    CONNECTOR.get_or_init(make).clone()
}

/// Makes the client's side of TLS, which trusts the certificates of a text in the format PEM, and no
/// other: of an authority of one's own, or of one server.
///
/// # Errors
///
/// If the text has no certificate, or one that is damaged.
///
/// ```
/// # mod groundup { pub mod web { pub use groundup_io::*; } }
/// let none = groundup::web::tls_connector_trusting("").err().unwrap();
/// assert_eq!(none.to_string(), "the text has no certificate in the format PEM");
/// ```
pub fn tls_connector_trusting(certificates: &str) -> io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates_of(certificates)? {
        roots.add(certificate).map_err(invalid)?;
    }
    Ok(connector(roots))
}

fn connector(roots: RootCertStore) -> TlsConnector {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

fn certificates_of(text: &str) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes());
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>().map_err(invalid)?;
    match certificates.is_empty() {
        true => Err(invalid("the text has no certificate in the format PEM")),
        false => Ok(certificates),
    }
}

/// Makes the server's side of TLS: its certificate, with those that lead to an authority, and its key,
/// both as texts in the format PEM. It offers HTTP/2 and HTTP/1.
///
/// # Errors
///
/// If a text has no certificate or no key, or the key does not belong to the certificate.
///
/// ```
/// # mod groundup { pub mod web { pub use groundup_io::*; } }
/// let none = groundup::web::tls_acceptor("", "").err().unwrap();
/// assert_eq!(none.to_string(), "the text has no certificate in the format PEM");
/// ```
pub fn tls_acceptor(certificates: &str, key: &str) -> io::Result<TlsAcceptor> {
    let certificates = certificates_of(certificates)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes());
    let key = key.map_err(|error| invalid(format!("the key: {error}")))?;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions of TLS")
        .with_no_client_auth()
        .with_single_cert(certificates, key);
    let mut config = config.map_err(invalid)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Connects to a host by TLS. The stream reads and writes as every socket does. Its end is reported as
/// `UnexpectedEof` if the peer did not announce it.
///
/// # Errors
///
/// If the host does not answer, or its certificate does not fit: another name, an authority that is
/// not trusted, a time that has passed. The error names the host.
///
/// ```
/// # mod groundup { pub use groundup_io::executor::*; pub mod web { pub use groundup_io::*; } }
/// use groundup::run;
/// use groundup::web::{connect_tls, tls_connector};
///
/// let refused = run(async { connect_tls(&tls_connector(), "127.0.0.1", 1).await });
/// assert!(refused.unwrap_err().to_string().contains("127.0.0.1"));
/// ```
#[doc(alias = "start_tls")]
pub async fn connect_tls(
    tls: &TlsConnector,
    host: &str,
    port: u16,
) -> io::Result<TlsStream<TcpStream>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_string());
    let name = name.map_err(|error| invalid(format!("the host {host:?}: {error}")))?;
    let stream = dial(host, port).await?;
    let shaken = tls.connect(name, stream).await;
    shaken.map_err(|error| io::Error::new(error.kind(), format!("TLS with {host}:{port}: {error}")))
}

//! TLS for SMTP. Certificates are always verified: against the public authorities and against the
//! certificates that the account's settings add.

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The settings hold something that is no certificate.
    #[error("the trusted certificate cannot be read: {0}")]
    TrustedCertificate(String),
    /// The host is no name that a certificate could be for.
    #[error("no certificate can be for {0}")]
    Name(String),
    /// The handshake.
    #[error("TLS failed: {0}")]
    Handshake(#[from] std::io::Error),
}

/// What connections to one account have in common, sessions to resume among it.
pub fn config(trusted_certificates: &str) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for certificate in CertificateDer::pem_slice_iter(trusted_certificates.as_bytes()) {
        let certificate = certificate.map_err(|e| TlsError::TrustedCertificate(e.to_string()))?;
        roots
            .add(certificate)
            .map_err(|e| TlsError::TrustedCertificate(e.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Wraps a connection.
pub async fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, TlsError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsError::Name(host.to_owned()))?;
    Ok(TlsConnector::from(config).connect(name, stream).await?)
}

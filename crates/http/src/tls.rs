//! TLS from two files, taken up anew when they change.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at. A certificate is renewed weeks before it ends.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Files that TLS can't be spoken with.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't read {}: {error}; it must be a PEM file that this process may read", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What should hold certificates holds something else.
    #[error(
        "{} holds no certificate: it must hold the server's certificate and after it those of its issuers, each \
         between -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----", .0.display()
    )]
    NoCertificate(PathBuf),
    /// What should hold a private key holds something else.
    #[error(
        "{} holds no private key: it must hold one between -----BEGIN PRIVATE KEY----- and -----END PRIVATE \
         KEY-----, without a password on it", .0.display()
    )]
    NoKey(PathBuf),
    /// They are well formed and not usable together.
    #[error(
        "the certificate in {} can't be used with the key in {}: {error}; give the key that the certificate was \
         made for, and the server's certificate before those of its issuers", certificate.display(), key.display()
    )]
    NoPair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        error: rustls::Error,
    },
}

/// What TLS is spoken with. Clones share it, so that new files are used by everyone at once.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

/// A state of the files: it changes with what is in them and with who may read them.
type Stamp = [Option<(u64, i64, i64, u64)>; 2];

impl Tls {
    /// Reads the certificate with its chain, and the key.
    ///
    /// # Errors
    /// What is wrong with the files, and what to do.
    pub fn open(certificate: &Path, key: &Path) -> Result<Tls, TlsError> {
        let config = Arc::new(RwLock::new(read(certificate, key)?));
        Ok(Tls { certificate: certificate.to_owned(), key: key.to_owned(), config })
    }

    /// Looks at the files again and again until `stop`. Files that can't be used are told of, once for each
    /// change, and what was read before stays.
    pub async fn keep_fresh(self, stop: CancellationToken) {
        // What changed between `open` and now is read once more than it need be.
        let mut seen = Stamp::default();
        loop {
            let now = self.stamp();
            if now != seen {
                seen = now;
                let (certificate, key) = (self.certificate.clone(), self.key.clone());
                match tokio::task::spawn_blocking(move || read(&certificate, &key)).await {
                    Ok(Ok(config)) => {
                        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
                        tracing::info!(file = %self.certificate.display(), "the TLS certificate was read");
                    }
                    Ok(Err(error)) => {
                        tracing::error!(error = %error, "the TLS files can't be used; what was read before stays");
                    }
                    Err(error) => tracing::error!(error = %error, "reading the TLS files panicked"),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// The handshake. It has no deadline of its own.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner).clone();
        TlsAcceptor::from(config).accept(stream).await
    }

    fn stamp(&self) -> Stamp {
        [&self.certificate, &self.key].map(|file| {
            let data = std::fs::metadata(file).ok()?;
            Some((data.ino(), data.mtime_nsec() + data.mtime() * 1_000_000_000, data.ctime_nsec(), data.size()))
        })
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let text = |file: &Path| std::fs::read(file).map_err(|error| TlsError::Read { file: file.to_owned(), error });
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text(certificate)?).collect();
    let chain = chain.unwrap_or_default();
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    }
    let private = PrivateKeyDer::from_pem_slice(&text(key)?).map_err(|_| TlsError::NoKey(key.to_owned()))?;
    let no_pair = |error| TlsError::NoPair { certificate: certificate.to_owned(), key: key.to_owned(), error };
    // Named, since a process that has two providers, through its dependencies, panics when it must choose.
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(no_pair)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(no_pair)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

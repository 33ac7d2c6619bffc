//! TLS at the server's door.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use botica_http::{RequestLimits, Running, ServerLimits, Tls, TlsError};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use crate::served::{Served, in_time, text};

/// A folder with the files of a certificate, which goes with its drop.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    /// Writes a new certificate with its key, and says what a client needs to trust it.
    fn renew(&self) -> RootCertStore {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["botica.example".to_owned()]).unwrap();
        std::fs::write(self.certificate(), cert.pem()).unwrap();
        std::fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        roots
    }

    fn new() -> (Files, RootCertStore) {
        let files = Files { folder: tempfile::tempdir().unwrap() };
        let roots = files.renew();
        (files, roots)
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn open(&self) -> Result<Tls, TlsError> {
        Tls::open(&self.certificate(), &self.key())
    }
}

async fn server(tls: Tls, limits: ServerLimits) -> Served {
    let router = Router::new().route("/ping", get(|| async { "pong" }));
    Served::start_with(router, RequestLimits::default(), limits, Some(tls), Running::default()).await
}

/// All that comes back for a request, or why there is nothing.
async fn ping(server: &Served, roots: RootCertStore) -> std::io::Result<String> {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("botica.example").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, server.connect().await);
    let mut stream = in_time(stream).await?;
    stream.write_all(text("GET /ping HTTP/1.1\n", "").as_bytes()).await?;
    let mut answer = String::new();
    in_time(stream.read_to_string(&mut answer)).await?;
    Ok(answer)
}

#[tokio::test]
async fn who_speaks_tls_is_answered_and_told_to_keep_to_it() {
    let (files, roots) = Files::new();
    let server = server(files.open().unwrap(), ServerLimits::default()).await;
    let answer = ping(&server, roots).await.unwrap();
    assert!(answer.ends_with("pong") && answer.contains("strict-transport-security: max-age="), "{answer}");
    let mut plain = server.connect().await;
    plain.write_all(text("GET /ping HTTP/1.1\n", "").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    in_time(plain.read_to_end(&mut answer)).await.ok();
    assert!(!answer.starts_with(b"HTTP"), "nothing else is spoken: {}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn who_does_not_finish_the_handshake_is_let_go_and_counts_among_the_connections() {
    let (files, roots) = Files::new();
    let limits = ServerLimits { connections: 1, patience: Duration::from_millis(300), ..ServerLimits::default() };
    let server = server(files.open().unwrap(), limits).await;
    let mut silent = server.connect().await;
    silent.write_all(b"\x16\x03\x01").await.unwrap();
    in_time(silent.read_to_end(&mut Vec::new())).await.ok();

    let patient = ServerLimits { connections: 1, patience: Duration::from_secs(3600), ..ServerLimits::default() };
    let server = self::server(files.open().unwrap(), patient).await;
    let mut silent = server.connect().await;
    silent.write_all(b"\x16\x03\x01").await.unwrap();
    assert!(ping(&server, roots).await.unwrap().ends_with("pong"));
    in_time(silent.read_to_end(&mut Vec::new())).await.ok();
}

#[tokio::test]
async fn renewed_files_are_used_and_broken_ones_are_not() {
    let (files, old) = Files::new();
    let tls = files.open().unwrap();
    let fresh = tokio::spawn(tls.clone().keep_fresh(Running::default().stop));
    let server = server(tls, ServerLimits::default()).await;
    ping(&server, old.clone()).await.unwrap();

    // A key without its certificate: as between two writes, or by mistake.
    let key = std::fs::read_to_string(files.key()).unwrap();
    std::fs::write(files.key(), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    for _ in 0..30 {
        ping(&server, old.clone()).await.expect("what was read before is used");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    std::fs::write(files.key(), key).unwrap();

    let new = files.renew();
    in_time(async {
        while ping(&server, new.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    assert!(ping(&server, old).await.is_err(), "the old one is not used any more");
    fresh.abort();
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let (files, _) = Files::new();
    let why = || files.open().unwrap_err().to_string();
    let (certificate, key) = (std::fs::read(files.certificate()).unwrap(), std::fs::read(files.key()).unwrap());

    std::fs::write(files.key(), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(why().contains("give the key that the certificate was made for"), "{}", why());
    std::fs::write(files.key(), &certificate).unwrap();
    assert!(why().contains("holds no private key: it must hold one between"), "{}", why());
    std::fs::write(files.certificate(), &key).unwrap();
    assert!(why().contains("holds no certificate: it must hold"), "{}", why());
    std::fs::write(files.certificate(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    std::fs::write(files.key(), &key).unwrap();
    assert!(why().contains("can't be used with the key in"), "{}", why());
    std::fs::remove_file(files.certificate()).unwrap();
    assert!(why().contains("can't read") && why().contains("certificate.pem"), "{}", why());
}

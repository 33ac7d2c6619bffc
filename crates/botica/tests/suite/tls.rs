//! HTTPS by the product itself.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use reqwest::{Certificate, Client, StatusCode};
use serde_json::json;
use testkit::product::{Product, Start};

use crate::hospital::{ADMIN, BINARY, Hospital, PASSWORD, SOON};

struct Files(PathBuf);

impl Files {
    /// Writes a new certificate and key; what a client needs to trust it.
    fn renew(&self) -> Certificate {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(self.certificate(), cert.pem()).unwrap();
        std::fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        Certificate::from_der(cert.der()).unwrap()
    }

    fn certificate(&self) -> PathBuf {
        self.0.join("certificate.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }

    fn start(&self, data: &Path) -> Start {
        Start::serve(BINARY)
            .args(["--data-dir", data.to_str().unwrap()])
            .env("BOTICA_TLS_CERTIFICATE", self.certificate().to_str().unwrap())
            .env("BOTICA_TLS_KEY", self.key().to_str().unwrap())
    }
}

fn who_trusts(certificate: Certificate) -> Client {
    Client::builder().timeout(SOON).pool_max_idle_per_host(0).tls_certs_only([certificate]).build().unwrap()
}

fn url(product: &Product, path: &str) -> String {
    format!("https://localhost:{}{path}", product.address().port())
}

#[tokio::test]
async fn with_a_certificate_all_is_https_and_a_renewed_one_is_taken_up_without_a_restart() {
    let mut hospital = Hospital::embedded().await;
    hospital.backend.take().unwrap().kill();
    let folder = tempfile::tempdir().unwrap();
    let files = Files(folder.path().to_owned());
    let old = who_trusts(files.renew());
    let mut product = files.start(hospital.folder.path()).start().unwrap();

    let body = json!({ "email": ADMIN, "password": PASSWORD });
    let entered = old.post(url(&product, "/login")).json(&body).send().await.unwrap();
    assert_eq!(entered.status(), StatusCode::OK);
    assert!(entered.headers()["strict-transport-security"].to_str().unwrap().starts_with("max-age="));
    for cookie in entered.headers().get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-") && cookie.contains("Secure"), "{cookie}");
    }
    assert!(hospital.client.get(product.url("/health/live")).send().await.is_err(), "without TLS nothing is said");
    let listen = format!("--listen={}", product.address());
    let mut doctor = testkit::product::command(BINARY.as_ref());
    doctor.args(["doctor", "--health", &listen]).arg("--tls-certificate").arg(files.certificate());
    assert!(doctor.arg("--tls-key").arg(files.key()).status().unwrap().success());

    std::fs::write(files.certificate(), "not a certificate").unwrap();
    let can_not = |line: &serde_json::Value| line["message"].as_str().is_some_and(|text| text.contains("TLS files"));
    let told = product.wait_for_log(SOON, can_not).unwrap();
    assert!(told["error"].as_str().unwrap().contains("holds no certificate: it must hold"), "{told}");
    old.get(url(&product, "/health/live")).send().await.expect("what was read before is used");

    let new = who_trusts(files.renew());
    let began = Instant::now();
    while new.get(url(&product, "/health/live")).send().await.is_err() {
        assert!(began.elapsed() < SOON, "the renewed certificate is not used");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(old.get(url(&product, "/health/live")).send().await.is_err());
    assert!(product.stop(Duration::from_secs(10)).unwrap().success());
}

#[tokio::test]
async fn files_that_tls_can_not_be_spoken_with_stop_the_start_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files(folder.path().to_owned());
    let said = |args: &[&Path]| {
        let mut command = testkit::product::command(BINARY.as_ref());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path().join("data"));
        for (name, file) in ["--tls-certificate", "--tls-key"].iter().zip(args) {
            command.arg(name).arg(file);
        }
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let (certificate, key) = (files.certificate(), files.key());
    assert!(said(&[&certificate, &key]).contains("certificate.pem: No such file"), "{}", said(&[&certificate, &key]));
    files.renew();
    assert!(said(&[&certificate]).contains("give tls_certificate and tls_key, or neither"));
    assert!(said(&[&key, &certificate]).contains("holds no certificate: it must hold the server's certificate"));
    assert!(said(&[&certificate, &certificate]).contains("holds no private key: it must hold one between"));
    let pem = std::fs::read(&key).unwrap();
    files.renew();
    std::fs::write(&key, pem).unwrap();
    assert!(said(&[&certificate, &key]).contains("give the key that the certificate was made for"));
}

//! Keys and certificates.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{TimeDelta, Utc};
use http::{PublicKey, Tls, TokenSigner, certificate_validity, parse_jwks};

use super::{Found, LOOK};
use crate::settings::Settings;

/// A certificate that ends sooner should have been renewed.
const SOON: TimeDelta = TimeDelta::days(7);

pub(super) fn certificate(certificate: &Path, key: &Path) -> Found {
    Tls::open(certificate, key).map_err(|error| error.to_string())?;
    let file = certificate.display();
    let Some((from, until)) = certificate_validity(certificate) else {
        return Ok(format!("{file} and its key belong together"));
    };
    let now = Utc::now();
    let day = |at: chrono::DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC");
    if until < now {
        return Err(format!("the certificate in {file} expired on {}: put a renewed one there", day(until)));
    }
    if from > now {
        return Err(format!(
            "the certificate in {file} is good from {} on, which is to come: look at this host's clock, or give another",
            day(from)
        ));
    }
    if until < now + SOON {
        return Err(format!("the certificate in {file} expires on {}: renew it", day(until)));
    }
    Ok(format!("{file} and its key belong together and are good until {}", day(until)))
}

pub(super) fn token_key(settings: &Settings) -> Found {
    let made = settings.data_dir.join("token-key.pem");
    match &settings.token_key_file {
        Some(file) => private_key(file, "BOTICA_TOKEN_KEY_FILE"),
        None if made.exists() => private_key(&made, "BOTICA_TOKEN_KEY_FILE"),
        None => Ok("is made at the first start".to_owned()),
    }
}

pub(super) fn audit_key(settings: &Settings) -> Found {
    let file = settings.audit_key_file();
    // One that is named is made, too.
    if file.exists() {
        private_key(&file, "BOTICA_AUDIT_KEY_FILE")
    } else {
        Ok("is made at the first start".to_owned())
    }
}

fn private_key(file: &Path, setting: &str) -> Found {
    let path = file.display();
    let read = std::fs::read_to_string(file);
    let pem = read.map_err(|error| {
        format!("can't read {path} ({error}): let the user that runs Botica read it, or name another by {setting}")
    })?;
    TokenSigner::from_pkcs8_pem(&pem).map_err(|_| {
        format!(
            "{path} is no Ed25519 private key (PKCS #8, PEM): put back the right one, or make one by `openssl \
             genpkey -algorithm ed25519`"
        )
    })?;
    let mode = std::fs::metadata(file).map_err(|error| format!("can't look at {path}: {error}"))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!("{path} is open to others (mode {mode:04o}): chmod 600 {path}"));
    }
    Ok(format!("{path} is for its owner alone"))
}

/// The keys that a publisher without a backend in its process knows tokens by.
pub(super) async fn public_keys(settings: &Settings) -> Found {
    if let Some(file) = &settings.token_public_key_file {
        let path = file.display();
        let pem = std::fs::read_to_string(file).map_err(|error| {
            format!(
                "can't read {path} ({error}): let the user that runs Botica read it, or name another by \
                 BOTICA_TOKEN_PUBLIC_KEY_FILE"
            )
        })?;
        PublicKey::from_pem(&pem).map_err(|_| {
            format!("{path} is no Ed25519 public key (PEM): copy the backend's there, or give BOTICA_JWKS_URL instead")
        })?;
    }
    let Some(url) = settings.jwks_url.clone() else { return Ok("the backend's public key is in its file".to_owned()) };
    let mut shown = url.clone();
    // A URL that can have no password has none to show.
    let _ = shown.set_password(None);
    let fetched = async {
        let client = reqwest::Client::builder().timeout(LOOK).build()?;
        client.get(url).send().await?.error_for_status()?.text().await
    };
    let text = fetched.await.map_err(|error| {
        let why = match error.status() {
            Some(status) => format!("it answers {status}"),
            None if error.is_timeout() => "it does not answer in time".to_owned(),
            None if error.is_connect() => "nothing answers there".to_owned(),
            None => error.without_url().to_string(),
        };
        format!("no token keys at {shown} ({why}): start the backend, or correct BOTICA_JWKS_URL")
    })?;
    let keys = parse_jwks(&text).map_err(|error| {
        format!(
            "what is at {shown} is no use as token keys ({error}): BOTICA_JWKS_URL is \
             http://BACKEND/.well-known/jwks.json"
        )
    })?;
    Ok(format!("{shown} has {}", keys.len()))
}

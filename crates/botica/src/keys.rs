//! Token keys: the backend's private key, and how a publisher elsewhere comes by the public ones.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use http::{PublicKey, TokenKeys, TokenSigner, parse_jwks};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::settings::Settings;

/// How often the backend's keys are asked for, once there are some, and until there are.
const REFRESH_EVERY: Duration = Duration::from_secs(60);
const RETRY_EVERY: Duration = Duration::from_secs(1);

/// How long the backend may take to answer.
const ANSWER: Duration = Duration::from_secs(5);

/// The backend's signer: of the file that the settings name, or of one in the data folder that is made
/// on the first start.
pub(crate) fn signer(settings: &Settings) -> anyhow::Result<TokenSigner> {
    let file = match &settings.token_key_file {
        Some(file) => file.clone(),
        None => {
            let file = settings.data_dir.join("token-key.pem");
            if !file.exists() {
                write_secret(&file, &TokenSigner::generate())?;
                tracing::info!(file = %file.display(), "made a token key");
            }
            file
        }
    };
    let pem = std::fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
    TokenSigner::from_pkcs8_pem(&pem)
        .with_context(|| format!("{} is no Ed25519 private key (PKCS #8, PEM)", file.display()))
}

/// Writes a file that only its owner may read, whole or not at all.
pub(crate) fn write_secret(file: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let half = file.with_extension("new");
        let mut open = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
        open.write_all(text.as_bytes())?;
        open.sync_all()?;
        // Of two processes that start at once, the first one's key stays.
        match std::fs::hard_link(&half, file) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        std::fs::remove_file(&half)
    };
    write().with_context(|| format!("can't write {}", file.display()))
}

/// The keys of a publisher without a backend in its process: of a file; or of the backend's address, by
/// [`Jwks::keep_fresh`], and until it answers, of what it last said.
pub(crate) fn public_keys(settings: &Settings) -> anyhow::Result<(TokenKeys, Option<Jwks>)> {
    let keys = TokenKeys::empty();
    if let Some(file) = &settings.token_public_key_file {
        let pem = std::fs::read_to_string(file).with_context(|| format!("can't read {}", file.display()))?;
        let key =
            PublicKey::from_pem(&pem).with_context(|| format!("{} is no Ed25519 public key (PEM)", file.display()))?;
        keys.replace([key]);
    }
    let Some(url) = settings.jwks_url.clone() else { return Ok((keys, None)) };
    let cache = settings.data_dir.join("jwks.json");
    if let Ok(text) = std::fs::read_to_string(&cache) {
        match parse_jwks(&text) {
            Ok(known) => keys.replace(known),
            Err(error) => tracing::warn!(file = %cache.display(), error = %error, "the kept token keys can't be read"),
        }
    }
    Ok((keys.clone(), Some(Jwks { url, cache, keys })))
}

/// The backend's key set.
pub(crate) struct Jwks {
    url: Url,
    cache: PathBuf,
    keys: TokenKeys,
}

impl Jwks {
    /// Asks for the keys again and again until `stop`.
    pub(crate) async fn keep_fresh(self, stop: CancellationToken) -> anyhow::Result<()> {
        let client = reqwest::Client::builder().timeout(ANSWER).build()?;
        let mut is_failing = false;
        loop {
            let pause = match self.refresh(&client).await {
                Ok(()) => {
                    is_failing = false;
                    REFRESH_EVERY
                }
                Err(error) => {
                    // Once an outage: it may last for hours, and the known keys go on working.
                    if !is_failing {
                        tracing::warn!(url = %self.url, error = format!("{error:#}"), "can't get the token keys");
                    }
                    is_failing = true;
                    RETRY_EVERY
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    async fn refresh(&self, client: &reqwest::Client) -> anyhow::Result<()> {
        let text = client.get(self.url.clone()).send().await?.error_for_status()?.text().await?;
        self.keys.replace(parse_jwks(&text)?);
        tokio::fs::write(&self.cache, text).await.with_context(|| format!("can't write {}", self.cache.display()))
    }
}

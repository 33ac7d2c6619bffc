//! The public keys that access tokens are verified with.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::token::Claims;

/// A key or a set of keys that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Not the PEM text of an Ed25519 key.
    #[error("not an Ed25519 key in PEM form")]
    Pem,
    /// Not a JSON Web Key Set.
    #[error("not a JSON Web Key Set: {0}")]
    Jwks(String),
    /// A set without a single Ed25519 key: replacing good keys by it would lock everyone out.
    #[error("the key set has no Ed25519 key")]
    NoKey,
    /// A key that goes by another name than its own thumbprint.
    #[error("the key \"{0}\" is not named by its thumbprint (RFC 7638)")]
    Name(String),
}

/// An Ed25519 public key, named by its RFC 7638 thumbprint.
#[derive(Clone)]
pub struct PublicKey {
    kid: String,
    x: [u8; 32],
}

impl PublicKey {
    /// The key of these 32 bytes.
    pub fn from_bytes(x: [u8; 32]) -> Self {
        // RFC 7638: the required members in this order, without white space.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(x));
        let kid = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()));
        PublicKey { kid, x }
    }

    /// The key of a `-----BEGIN PUBLIC KEY-----` text.
    ///
    /// # Errors
    /// [`InvalidKey::Pem`]; a private key is one too.
    pub fn from_pem(pem: &str) -> Result<Self, InvalidKey> {
        let key = DecodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| InvalidKey::Pem)?;
        let x = key.try_get_as_bytes().ok().and_then(|bytes| bytes.try_into().ok()).ok_or(InvalidKey::Pem)?;
        Ok(Self::from_bytes(x))
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// As PEM (RFC 7468), for tools that read files.
    pub fn to_pem(&self) -> String {
        // RFC 8410: an Ed25519 key has one form, and all but its 32 bytes is always the same.
        const PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
        let text = STANDARD.encode([PREFIX.as_slice(), &self.x].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    /// The key as a member of a JSON Web Key Set.
    pub fn to_jwk(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.x);
        json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "alg": "EdDSA", "use": "sig"})
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("PublicKey").field(&self.kid).finish()
    }
}

/// The Ed25519 keys of a JSON Web Key Set; keys of other kinds are passed over.
///
/// # Errors
/// When it is no key set, when it has no key for us, or when a key isn't named by its thumbprint.
pub fn parse_jwks(json: &str) -> Result<Vec<PublicKey>, InvalidKey> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    #[derive(Deserialize)]
    struct Okp {
        kty: String,
        crv: String,
        x: String,
        kid: Option<String>,
    }
    let set: Set = serde_json::from_str(json).map_err(|error| InvalidKey::Jwks(error.to_string()))?;
    let mut keys = Vec::new();
    for key in set.keys {
        let Ok(okp) = serde_json::from_value::<Okp>(key) else { continue };
        if okp.kty != "OKP" || okp.crv != "Ed25519" {
            continue;
        }
        let x = URL_SAFE_NO_PAD.decode(&okp.x).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let key = PublicKey::from_bytes(x.ok_or_else(|| InvalidKey::Jwks("x must be 32 bytes".to_owned()))?);
        match okp.kid {
            Some(kid) if kid != key.kid => return Err(InvalidKey::Name(kid)),
            _ => keys.push(key),
        }
    }
    if keys.is_empty() { Err(InvalidKey::NoKey) } else { Ok(keys) }
}

/// The keys in use. Clones share them, so that a change is seen by everyone at once.
#[derive(Clone, Default)]
pub struct TokenKeys(Arc<RwLock<Trust>>);

#[derive(Default)]
struct Trust {
    keys: HashMap<String, DecodingKey>,
    /// What these keys have signed, by the whole text of each token: a device shows the same one again and again,
    /// and checking a signature was a third of all that a publisher did for an order.
    believed: HashMap<String, Arc<Claims>>,
}

/// Tokens whose claims are remembered; about 1 KiB each. More devices than a hospital has.
pub(crate) const MOST_BELIEVED: usize = 10_000;

impl TokenKeys {
    /// No keys yet: nobody can be told from anybody.
    pub fn empty() -> Self {
        Self::default()
    }

    /// These keys.
    pub fn of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let all = Self::empty();
        all.replace(keys);
        all
    }

    /// From now on these keys and no others.
    pub fn replace(&self, keys: impl IntoIterator<Item = PublicKey>) {
        let keys = keys.into_iter().map(|key| (key.kid, DecodingKey::from_ed_der(&key.x))).collect();
        *self.write() = Trust { keys, believed: HashMap::new() };
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.read().keys.is_empty()
    }

    pub(crate) fn find(&self, kid: &str) -> Option<DecodingKey> {
        self.read().keys.get(kid).cloned()
    }

    /// What `token` says, if one of these keys is known to have signed it.
    pub(crate) fn believed(&self, token: &str) -> Option<Arc<Claims>> {
        self.read().believed.get(token).cloned()
    }

    /// Remembers that the key `kid` has signed `token`, unless it was replaced meanwhile.
    pub(crate) fn believe(&self, kid: &str, token: &str, claims: &Arc<Claims>, now: DateTime<Utc>) {
        let mut trust = self.write();
        if !trust.keys.contains_key(kid) {
            return;
        }
        if trust.believed.len() >= MOST_BELIEVED {
            trust.believed.retain(|_, claims| claims.exp > now.timestamp());
        }
        if trust.believed.len() >= MOST_BELIEVED {
            trust.believed.clear();
        }
        trust.believed.insert(token.to_owned(), claims.clone());
    }

    fn read(&self) -> RwLockReadGuard<'_, Trust> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Trust> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokenKeys").field(&self.read().keys.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.2, whose thumbprint is given in A.3.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const KID: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        let jwks = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": X}]}).to_string();
        assert_eq!(parse_jwks(&jwks).unwrap()[0].kid(), KID);
        assert_eq!(PublicKey::from_pem(PEM).unwrap().kid(), KID);
        assert_eq!(PublicKey::from_pem(PEM).unwrap().to_pem(), PEM);
    }

    #[test]
    fn a_key_set_is_read_back_as_it_is_written() {
        let key = PublicKey::from_pem(PEM).unwrap();
        let keys = parse_jwks(&json!({"keys": [key.to_jwk()]}).to_string()).unwrap();
        assert_eq!((keys.len(), keys[0].kid()), (1, KID));
    }

    #[test]
    fn keys_of_other_kinds_are_passed_over() {
        let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
        let both = json!({"keys": [rsa, {"kty": "OKP", "crv": "Ed25519", "x": X, "kid": KID}]}).to_string();
        assert_eq!(parse_jwks(&both).unwrap().len(), 1);
        assert_eq!(parse_jwks(&json!({"keys": [rsa]}).to_string()).unwrap_err(), InvalidKey::NoKey);
    }

    #[test]
    fn a_key_under_a_false_name_is_refused() {
        let jwks = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "other"}]}).to_string();
        assert_eq!(parse_jwks(&jwks).unwrap_err(), InvalidKey::Name("other".to_owned()));
        for text in ["", "{}", "[]", r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#] {
            assert!(matches!(parse_jwks(text), Err(InvalidKey::Jwks(_))), "{text}");
        }
    }
}

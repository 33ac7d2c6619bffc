//! The private half: access tokens are issued here.

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use domain::{Person, SessionId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::token::{BOTICA, Claims, TYPE};
use crate::{InvalidKey, PublicKey};

/// Signs access tokens with one Ed25519 key.
pub struct TokenSigner {
    private: EncodingKey,
    public: PublicKey,
}

impl TokenSigner {
    /// A fresh private key as the PEM text of a PKCS #8 file: to be kept where only the backend reads it.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn generate() -> String {
        // Version 1 of PKCS #8, which every OpenSSL reads.
        let document = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
        let document = document.expect("a system that gives no randomness can't run this");
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        let text = STANDARD.encode(document.as_ref());
        // RFC 7468 §2: lines of 64 characters.
        for line in text.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|byte| char::from(*byte)));
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        pem
    }

    /// The signer of a PKCS #8 PEM text, as [`generate`](Self::generate) or `openssl genpkey -algorithm ed25519` write it.
    ///
    /// # Errors
    /// [`InvalidKey::Pem`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, InvalidKey> {
        let private = EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| InvalidKey::Pem)?;
        Self::of(private)
    }

    /// The signer of a PKCS #8 DER document.
    ///
    /// # Errors
    /// [`InvalidKey::Pem`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, InvalidKey> {
        Self::of(EncodingKey::from_ed_der(der))
    }

    fn of(private: EncodingKey) -> Result<Self, InvalidKey> {
        let pair = Ed25519KeyPair::from_pkcs8(private.as_bytes()).map_err(|_| InvalidKey::Pem)?;
        let x = pair.public_key().as_ref().try_into().map_err(|_| InvalidKey::Pem)?;
        Ok(TokenSigner { private, public: PublicKey::from_bytes(x) })
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// The public half as a JSON Web Key Set, for `/.well-known/jwks.json`.
    pub fn public_jwks(&self) -> Value {
        json!({"keys": [self.public.to_jwk()]})
    }

    /// A secret for `purpose`, the same in every process that has this key; nothing is told by it of the key or of
    /// the secrets for other purposes.
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.private.as_bytes());
        let mut secret = [0; 32];
        secret.copy_from_slice(hmac::sign(&key, purpose.as_bytes()).as_ref());
        secret
    }

    /// A token that says who `person` is, good from `now` for `lifetime` (whole seconds).
    ///
    /// # Panics
    /// Never: the key was tried when it was read.
    pub fn sign(&self, person: &Person, session: SessionId, now: DateTime<Utc>, lifetime: Duration) -> String {
        let issued_at = now.timestamp();
        let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        let claims = Claims {
            iss: BOTICA.to_owned(),
            aud: BOTICA.to_owned(),
            sub: person.id,
            name: person.name.clone(),
            role: person.role,
            sid: session,
            iat: issued_at,
            nbf: issued_at,
            exp: issued_at.saturating_add(lifetime),
            jti: Uuid::new_v4(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.public.kid().to_owned());
        jsonwebtoken::encode(&header, &claims, &self.private).expect("the key was tried when it was read")
    }
}

impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokenSigner").field(&self.public.kid()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410 §10.3, the private key without and with its public half.
    const V1: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";

    #[test]
    fn a_key_that_openssl_writes_is_read() {
        assert!(TokenSigner::from_pkcs8_pem(V1).is_ok());
    }

    #[test]
    fn a_generated_key_is_read_back_and_each_is_another() {
        let pem = TokenSigner::generate();
        let (one, again) = (TokenSigner::from_pkcs8_pem(&pem).unwrap(), TokenSigner::from_pkcs8_pem(&pem).unwrap());
        let other = TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap();
        assert_eq!(one.public_key().kid(), again.public_key().kid());
        assert_ne!(one.public_key().kid(), other.public_key().kid());
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        let public = "-----BEGIN PUBLIC KEY-----\n\
            MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
            -----END PUBLIC KEY-----\n";
        for pem in ["", "secret", public] {
            assert_eq!(TokenSigner::from_pkcs8_pem(pem).unwrap_err(), InvalidKey::Pem);
        }
        assert_eq!(TokenSigner::from_pkcs8_der(b"x").unwrap_err(), InvalidKey::Pem);
    }

    #[test]
    fn each_purpose_and_each_key_has_a_secret_of_its_own() {
        let (one, again) = (TokenSigner::from_pkcs8_pem(V1).unwrap(), TokenSigner::from_pkcs8_pem(V1).unwrap());
        let other = TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap();
        assert_eq!(one.derive("a"), again.derive("a"));
        assert_ne!(one.derive("a"), one.derive("b"));
        assert_ne!(one.derive("a"), other.derive("a"));
    }

    #[test]
    fn neither_key_nor_pem_is_printed() {
        let signer = TokenSigner::from_pkcs8_pem(V1).unwrap();
        assert_eq!(format!("{signer:?}"), format!("TokenSigner({:?})", signer.public_key().kid()));
    }
}

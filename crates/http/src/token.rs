//! Access tokens: what they say, and which of them are believed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{Person, Role, SessionId, UserId};
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Caller, TokenKeys};

/// Who issues our tokens, and whom they are for.
pub(crate) const BOTICA: &str = "botica";

/// RFC 9068: an access token says that it is one, so that no other token can stand in for it.
pub(crate) const TYPE: &str = "at+jwt";

/// Ours have about 500 bytes; a name of 200 characters of four bytes each brings less than 2 KiB.
const MAX_BYTES: usize = 8 * 1024;

/// How far the clocks of two of our hosts may be apart, in seconds.
const LEEWAY: i64 = 5;

/// What a token says. Times are whole seconds since 1970; a text in their place is an error of type
/// and can't skip the check. An audience list would be an error too: we issue for one.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: UserId,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) sid: SessionId,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
    pub(crate) jti: Uuid,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is none.
    #[error("no access token")]
    Missing,
    /// It isn't one of ours, or not to be used yet.
    #[error("the access token is not valid")]
    Invalid,
    /// It is one of ours, but its time is over.
    #[error("the access token has expired")]
    Expired,
}

impl TokenKeys {
    /// Who `token` stands for at the instant `now`.
    ///
    /// Believed is exactly an Ed25519 signature by the known key that the header names; `alg`, `typ`,
    /// issuer and audience must be ours. Keys and addresses of keys within a token are ignored.
    ///
    /// # Errors
    /// [`TokenError::Expired`] only for a token that we did sign.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Caller, TokenError> {
        if token.is_empty() {
            return Err(TokenError::Missing);
        }
        if token.len() > MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let claims = match self.believed(token) {
            Some(claims) => claims,
            None => self.check(token, now)?,
        };
        if claims.nbf > now.timestamp() + LEEWAY {
            return Err(TokenError::Invalid);
        }
        let expires_at = DateTime::from_timestamp(claims.exp, 0).ok_or(TokenError::Invalid)?;
        if claims.exp <= now.timestamp() - LEEWAY {
            return Err(TokenError::Expired);
        }
        let person = Person { id: claims.sub, name: claims.name.clone(), role: claims.role };
        Ok(Caller { person, session: claims.sid, expires_at })
    }

    /// What `token` says, whenever that is, if a key of ours has signed it for us.
    fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Arc<Claims>, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
        // RFC 7515 §4.1.11: who doesn't know an extension that is called critical must refuse.
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let kid = header.kid.ok_or(TokenError::Invalid)?;
        let key = self.find(&kid).ok_or(TokenError::Invalid)?;
        let claims =
            jsonwebtoken::decode::<Claims>(token, &key, &signature_only()).map_err(|_| TokenError::Invalid)?.claims;
        if claims.iss != BOTICA || claims.aud != BOTICA {
            return Err(TokenError::Invalid);
        }
        let claims = Arc::new(claims);
        self.believe(&kid, token, &claims, now);
        Ok(claims)
    }
}

/// Claims are checked here, by a clock that is an argument: the library takes the system's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenSigner;
    use std::time::Duration;

    fn ana() -> Person {
        Person { id: UserId(Uuid::from_u128(1)), name: "Ana Conceição".to_owned(), role: Role::Nurse }
    }

    fn signed() -> (TokenKeys, String, DateTime<Utc>) {
        let signer = TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let token = signer.sign(&ana(), SessionId(Uuid::from_u128(2)), now, Duration::from_secs(600));
        (TokenKeys::of([signer.public_key()]), token, now)
    }

    fn after(now: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
        now + chrono::TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_token_stands_for_its_person_until_it_expires() {
        let (keys, token, now) = signed();
        let caller = keys.verify(&token, now).unwrap();
        assert_eq!(caller.person, ana());
        assert_eq!(caller.session, SessionId(Uuid::from_u128(2)));
        assert_eq!(caller.expires_at, after(now, 600));
        assert!(keys.verify(&token, after(now, 604)).is_ok());
        assert_eq!(keys.verify(&token, after(now, 605)).unwrap_err(), TokenError::Expired);
        assert!(keys.verify(&token, after(now, -5)).is_ok());
        assert_eq!(keys.verify(&token, after(now, -6)).unwrap_err(), TokenError::Invalid);
    }

    #[test]
    fn a_token_of_a_key_that_was_replaced_is_refused() {
        let (keys, token, now) = signed();
        let shared = keys.clone();
        let other = TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap();
        // Believed once, and remembered.
        assert!(shared.verify(&token, now).is_ok());
        keys.replace([other.public_key()]);
        assert_eq!(shared.verify(&token, now).unwrap_err(), TokenError::Invalid);
        // Checked by the old key, and to be remembered only now.
        let late = Claims { iss: BOTICA.to_owned(), aud: BOTICA.to_owned(), ..claims() };
        keys.believe("replaced", &token, &Arc::new(late), now);
        assert_eq!(shared.verify(&token, now).unwrap_err(), TokenError::Invalid);
    }

    #[test]
    fn no_more_tokens_are_remembered_than_there_is_room_for() {
        let key = TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap().public_key();
        let (kid, now) = (key.kid().to_owned(), DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let keys = TokenKeys::of([key]);
        let claims = Arc::new(claims());
        for number in 0..=crate::keys::MOST_BELIEVED {
            keys.believe(&kid, &number.to_string(), &claims, now);
        }
        let is_remembered = |number: usize| keys.believed(&number.to_string()).is_some();
        assert!(is_remembered(crate::keys::MOST_BELIEVED), "the newest");
        assert!(!is_remembered(0), "it had to make room");
    }

    fn claims() -> Claims {
        let Person { id: sub, name, role } = ana();
        let (iss, aud, sid, jti) = (String::new(), String::new(), SessionId(Uuid::from_u128(2)), Uuid::nil());
        Claims { iss, aud, sub, name, role, sid, iat: 0, nbf: 0, exp: i64::MAX, jti }
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let (keys, token, now) = signed();
        // Also beside a token that is remembered.
        assert!(keys.verify(&token, now).is_ok());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(keys.verify(&changed, now).unwrap_err(), TokenError::Invalid, "byte {at}");
        }
    }
}

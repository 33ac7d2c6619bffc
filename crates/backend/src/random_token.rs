//! Tokens that are nothing but random: kept by a browser, and by the database as a hash.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// 256 random bits, as text for a cookie.
pub(crate) fn random() -> String {
    let mut bytes = [0_u8; 32];
    #[expect(clippy::expect_used, reason = "fails only where the system has no randomness: nothing is safe there")]
    rand::fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the database keeps of a token. A plain hash will do: it is random, nobody can guess it.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

//! Access tokens as strangers would have them, and the key to make them with.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A key that tokens are signed with.
#[derive(Debug)]
pub struct Key(Ed25519KeyPair);

impl Key {
    /// A new one.
    ///
    /// # Panics
    /// Where the system has no randomness.
    pub fn generate() -> Self {
        Key(Ed25519KeyPair::generate().expect("the system has randomness"))
    }

    /// The one of a PKCS #8 file, as the product makes it.
    ///
    /// # Panics
    /// When it is none.
    pub fn from_pem(pem: &str) -> Self {
        let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(text).expect("base64");
        Key(Ed25519KeyPair::from_pkcs8(&der).expect("an Ed25519 key"))
    }

    /// Its public half.
    ///
    /// # Panics
    /// Never: it always has 32 bytes.
    pub fn public_bytes(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().expect("32 bytes")
    }

    /// Its name: the thumbprint of RFC 7638.
    pub fn kid(&self) -> String {
        let members =
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(self.public_bytes()));
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, members.as_bytes()))
    }

    /// The public half as a JSON Web Key.
    pub fn jwk(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.public_bytes());
        json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid(), "alg": "EdDSA", "use": "sig"})
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.kid()})
    }

    /// A token that says this.
    pub fn sign(&self, header: &Value, claims: &str) -> String {
        assembled(header, claims, |text| self.0.sign(text).as_ref().to_vec())
    }
}

fn assembled(header: &Value, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = [header.to_string().as_str(), claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

/// What a token says, without a look at who signed it.
///
/// # Panics
/// When it is no token.
pub fn claims_of(token: &str) -> Value {
    let middle = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).expect("base64")).expect("JSON")
}

/// `of` with `changes`; null takes a member away.
pub fn but(mut of: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, value) in changes {
        match value {
            Value::Null => drop(of.as_object_mut().expect("as it was made").remove(&name)),
            value => of[name] = value,
        }
    }
    of
}

/// Strange tokens, each with its name, made out of these good claims: none may be believed by who believes `key`.
pub fn corpus(key: &Key, claims: &Value) -> Vec<(String, String)> {
    [wrongly_said(key, claims), wrongly_signed(key, claims)].concat()
}

/// Signed by the right key, and wrong in what is said.
fn wrongly_said(key: &Key, claims: &Value) -> Vec<(String, String)> {
    let now = claims["iat"].as_i64().expect("good claims have an instant");
    let mut all = Vec::new();
    let mut add = |header: Value, claims: Value| {
        all.push((format!("{header} {claims}"), key.sign(&header, &claims.to_string())));
    };
    for change in [
        json!({"typ": "JWT"}),
        json!({"typ": null}),
        json!({"kid": null}),
        json!({"kid": "another"}),
        json!({"kid": ""}),
        json!({"kid": 7}),
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "RS256"}),
        json!({"alg": null}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"typ": "refresh+jwt"}),
        json!({"typ": "at+JWT; charset=utf-8"}),
    ] {
        add(but(key.header(), change), claims.clone());
    }
    for change in [
        json!({"aud": "another"}),
        json!({"aud": ["botica", "another"]}),
        json!({"iss": "another"}),
        json!({"iss": ["botica"]}),
        json!({"exp": now - 60}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"exp": (now + 600).to_string()}),
        json!({"exp": true}),
        json!({"exp": i64::MAX}),
        json!({"exp": u64::MAX}),
        json!({"exp": 1e300}),
        json!({"nbf": now + 60}),
        json!({"nbf": now.to_string()}),
        json!({"role": "root"}),
        json!({"sub": "ana"}),
        json!({"sid": 1}),
    ] {
        add(key.header(), but(claims.clone(), change));
    }
    for name in claims.as_object().expect("as it was made").keys() {
        add(key.header(), but(claims.clone(), json!({ name: null })));
    }
    all
}

/// Not signed by the right key at all.
fn wrongly_signed(key: &Key, good_claims: &Value) -> Vec<(String, String)> {
    let claims = good_claims.to_string();
    let stranger = Key::generate();
    let own = stranger.jwk();
    let good = key.sign(&key.header(), &claims);
    let (text, signature) = good.rsplit_once('.').expect("as it was made");

    let mut all: Vec<(String, String)> = [
        ("no signature", format!("{text}.")),
        ("two parts", text.to_owned()),
        ("four parts", format!("{good}.{signature}")),
        ("half a signature", format!("{text}.{}", &signature[..43])),
        ("a padded signature", format!("{good}==")),
        ("nothing in it", "..".to_owned()),
        ("no token", "token".to_owned()),
        ("other claims", {
            let other = but(good_claims.clone(), json!({"name": "another"})).to_string();
            let header = URL_SAFE_NO_PAD.encode(key.header().to_string());
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(other))
        }),
        ("a stranger's, under our key's name", stranger.sign(&key.header(), &claims)),
        ("a stranger's, under its own name", stranger.sign(&stranger.header(), &claims)),
        ("a stranger's, with its key", stranger.sign(&but(key.header(), json!({"jwk": own})), &claims)),
        ("a stranger's, with its certificate", {
            stranger.sign(&but(stranger.header(), json!({"x5c": ["MIIB"], "x5u": "https://stranger.example"})), &claims)
        }),
        ("a stranger's, with its address", {
            stranger.sign(&but(stranger.header(), json!({"jku": "https://stranger.example/jwks.json"})), &claims)
        }),
        ("a claim twice", key.sign(&key.header(), &claims.replacen('{', "{\"role\":\"admin\",", 1))),
        ("claims that are no object", key.sign(&key.header(), "[]")),
        ("9 KB", key.sign(&key.header(), &but(good_claims.clone(), json!({"name": "a".repeat(6_500)})).to_string())),
    ]
    .map(|(name, token)| (name.to_owned(), token))
    .into();

    // The public key is known to everyone; as a secret it must not sign anything.
    let x = own["x"].as_str().expect("as it was made").to_owned();
    for secret in [key.public_bytes().to_vec(), x.into_bytes(), key.jwk().to_string().into_bytes()] {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let header = but(key.header(), json!({"alg": "HS256"}));
        let token = assembled(&header, &claims, |text| hmac::sign(&secret, text).as_ref().to_vec());
        all.push(("HS256 by the public key".to_owned(), token));
    }
    all
}

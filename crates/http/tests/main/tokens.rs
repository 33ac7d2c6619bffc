//! Tokens as strangers would have them: none is believed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use botica_http::{
    Caller, PublicKey, PublicKeyAuthenticator, RequestLimits, RevokedSessions, ServerLimits, TokenError, TokenKeys,
    TokenSigner, authenticated_by, signed_in,
};
use chrono::Utc;
use domain::{Person, Role, SessionId, UserId};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::served::{Answer, Served, in_time, text};

struct Key(Ed25519KeyPair);

impl Key {
    fn new() -> Self {
        Key(Ed25519KeyPair::generate().unwrap())
    }

    fn public_bytes(&self) -> [u8; 32] {
        self.0.public_key().as_ref().try_into().unwrap()
    }

    fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.public_bytes())
    }

    fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.public().kid()})
    }

    fn sign(&self, header: &Value, claims: &str) -> String {
        assembled(header, claims, |text| self.0.sign(text).as_ref().to_vec())
    }
}

fn assembled(header: &Value, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = [header.to_string().as_str(), claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn claims() -> Value {
    let now = Utc::now().timestamp();
    json!({
        "iss": "botica", "aud": "botica", "sub": Uuid::from_u128(1), "name": "Ana", "role": "nurse",
        "sid": Uuid::from_u128(2), "iat": now, "nbf": now, "exp": now + 600, "jti": Uuid::from_u128(3),
    })
}

/// `of` with `changes`; null takes a member away.
fn but(mut of: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, value) in changes {
        match value {
            Value::Null => drop(of.as_object_mut().unwrap().remove(&name)),
            value => of[name] = value,
        }
    }
    of
}

/// Signed by the right key, and wrong in what is said.
fn wrongly_said(key: &Key) -> Vec<(String, String)> {
    let now = Utc::now().timestamp();
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
    ] {
        add(but(key.header(), change), claims());
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
        add(key.header(), but(claims(), change));
    }
    for name in claims().as_object().unwrap().keys() {
        add(key.header(), but(claims(), json!({ name: null })));
    }
    all
}

/// Not signed by the right key at all.
fn wrongly_signed(key: &Key) -> Vec<(String, String)> {
    let claims = claims().to_string();
    let stranger = Key::new();
    let own = stranger.public().to_jwk();
    let good = key.sign(&key.header(), &claims);
    let (text, signature) = good.rsplit_once('.').unwrap();

    let mut all: Vec<(String, String)> = [
        ("no signature", format!("{text}.")),
        ("two parts", text.to_owned()),
        ("four parts", format!("{good}.{signature}")),
        ("half a signature", format!("{text}.{}", &signature[..43])),
        ("a padded signature", format!("{good}==")),
        ("nothing in it", "..".to_owned()),
        ("no token", "token".to_owned()),
        ("other claims", {
            let admin = but(self::claims(), json!({"role": "admin"})).to_string();
            let header = URL_SAFE_NO_PAD.encode(key.header().to_string());
            format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(admin))
        }),
        ("a stranger's, under our key's name", stranger.sign(&key.header(), &claims)),
        ("a stranger's, under its own name", stranger.sign(&stranger.header(), &claims)),
        ("a stranger's, with its key", stranger.sign(&but(key.header(), json!({"jwk": own})), &claims)),
        ("a stranger's, with its address", {
            stranger.sign(&but(stranger.header(), json!({"jku": "https://stranger.example/jwks.json"})), &claims)
        }),
        ("a claim twice", key.sign(&key.header(), &claims.replacen('{', "{\"role\":\"admin\",", 1))),
        ("claims that are no object", key.sign(&key.header(), "[]")),
        ("9 KB", key.sign(&key.header(), &but(self::claims(), json!({"name": "a".repeat(6_500)})).to_string())),
    ]
    .map(|(name, token)| (name.to_owned(), token))
    .into();

    // The public key is known to everyone; as a secret it must not sign anything.
    let x = own["x"].as_str().unwrap().to_owned();
    for secret in [key.public_bytes().to_vec(), x.into_bytes(), key.public().to_jwk().to_string().into_bytes()] {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let header = but(key.header(), json!({"alg": "HS256"}));
        let token = assembled(&header, &claims, |text| hmac::sign(&secret, text).as_ref().to_vec());
        all.push(("HS256 by the public key".to_owned(), token));
    }
    all
}

async fn served(keys: TokenKeys) -> (Served, Arc<AtomicUsize>) {
    served_but(keys, RevokedSessions::default()).await
}

async fn served_but(keys: TokenKeys, revoked: RevokedSessions) -> (Served, Arc<AtomicUsize>) {
    let let_in = Arc::new(AtomicUsize::new(0));
    let counted = let_in.clone();
    let handler = move |caller: Caller| {
        counted.fetch_add(1, Ordering::Relaxed);
        async move { caller.person.name }
    };
    let (_, _, me) = signed_in((vec![], utoipa::openapi::path::Paths::new(), get(handler)));
    let router = Router::new().route("/me", me);
    let router = router.layer(authenticated_by(Arc::new(PublicKeyAuthenticator { keys, revoked })));
    (Served::start(router, RequestLimits::default(), ServerLimits::default()).await, let_in)
}

async fn me(server: &Served, headers: &str) -> Answer {
    server.send(&format!("GET /me HTTP/1.1\n{headers}"), "").await
}

#[tokio::test]
async fn no_strange_token_is_believed() {
    let key = Key::new();
    let (server, let_in) = served(TokenKeys::of([key.public()])).await;
    let corpus = [wrongly_said(&key), wrongly_signed(&key)].concat();
    assert!(corpus.len() > 50);
    for (name, token) in &corpus {
        let answer = me(&server, &format!("authorization: Bearer {token}\n")).await;
        assert_eq!(answer.status, 401, "{name}: {answer:?}");
        assert!(answer.head.contains("www-authenticate: Bearer"), "{name}: {answer:?}");
        let is_expired = answer.code() == "expired_token";
        assert!(is_expired || answer.code() == "invalid_token", "{name}: {answer:?}");
    }
    assert_eq!(let_in.load(Ordering::Relaxed), 0);

    // The corpus fails for what is wrong with each, not for how it is made.
    let good = key.sign(&key.header(), &claims().to_string());
    assert_eq!(me(&server, &format!("authorization: Bearer {good}\n")).await.body, "Ana");
    let keyed = key.sign(&but(key.header(), json!({"jwk": Key::new().public().to_jwk()})), &claims().to_string());
    assert_eq!(me(&server, &format!("authorization: Bearer {keyed}\n")).await.body, "Ana");
    let twice = format!("authorization: Bearer {good}\n").repeat(2);
    assert_eq!(me(&server, &twice).await.code(), "invalid_token");
    assert_eq!(let_in.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_token_of_100_kb_is_not_even_read() {
    let key = Key::new();
    let keys = TokenKeys::of([key.public()]);
    let token = key.sign(&key.header(), &but(claims(), json!({"name": "a".repeat(75_000)})).to_string());
    assert!(token.len() > 100_000);
    assert_eq!(keys.verify(&token, Utc::now()).unwrap_err(), TokenError::Invalid);

    let (server, let_in) = served(keys).await;
    let mut stream = server.connect().await;
    // The server may answer or hang up before all of it is sent.
    let request = text(&format!("GET /me HTTP/1.1\nauthorization: Bearer {token}\n"), "");
    stream.write_all(request.as_bytes()).await.ok();
    let mut answer = Vec::new();
    in_time(stream.read_to_end(&mut answer)).await.ok();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(let_in.load(Ordering::Relaxed), 0);
    assert_eq!(me(&server, "").await.status, 401);
}

#[tokio::test]
async fn who_expired_is_told_so_and_who_brings_none_too() {
    let key = Key::new();
    let (server, _) = served(TokenKeys::of([key.public()])).await;
    let old = key.sign(&key.header(), &but(claims(), json!({"exp": Utc::now().timestamp() - 6})).to_string());
    assert_eq!(me(&server, &format!("authorization: Bearer {old}\n")).await.code(), "expired_token");
    assert_eq!(me(&server, "").await.code(), "missing_token");
}

#[tokio::test]
async fn keys_that_come_later_are_used_at_once() {
    let signer = TokenSigner::from_pkcs8_pem(&TokenSigner::generate()).unwrap();
    let person = Person { id: UserId(Uuid::from_u128(1)), name: "Ana".to_owned(), role: Role::Nurse };
    let lifetime = std::time::Duration::from_secs(60);
    let token = signer.sign(&person, SessionId(Uuid::from_u128(2)), Utc::now(), lifetime);
    let header = format!("authorization: Bearer {token}\n");
    let keys = TokenKeys::empty();
    let (server, _) = served(keys.clone()).await;
    let answer = me(&server, &header).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "not_ready"));
    keys.replace(botica_http::parse_jwks(&signer.public_jwks().to_string()).unwrap());
    assert_eq!(me(&server, &header).await.body, "Ana");
}

#[tokio::test]
async fn a_token_of_a_session_that_ended_early_is_refused_at_once() {
    let key = Key::new();
    let revoked = RevokedSessions::default();
    let (server, let_in) = served_but(TokenKeys::of([key.public()]), revoked.clone()).await;
    let header = |session: u128| {
        let claims = but(claims(), json!({ "sid": Uuid::from_u128(session) })).to_string();
        format!("authorization: Bearer {}\n", key.sign(&key.header(), &claims))
    };
    let (ended, other) = (header(2), header(4));
    assert_eq!(me(&server, &ended).await.body, "Ana");
    revoked.replace([SessionId(Uuid::from_u128(2))]);
    let answer = me(&server, &ended).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_token"));
    assert_eq!(me(&server, &other).await.body, "Ana", "another session of the same user goes on");
    assert_eq!(let_in.load(Ordering::Relaxed), 2);
}

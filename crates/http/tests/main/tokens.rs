//! Tokens as strangers would have them: none is believed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use botica_http::{
    Caller, PublicKey, PublicKeyAuthenticator, RequestLimits, RevokedSessions, ServerLimits, TokenError, TokenKeys,
    TokenSigner, authenticated_by, signed_in,
};
use chrono::Utc;
use domain::{Person, Role, SessionId, UserId};
use serde_json::{Value, json};
use testkit::tokens::{Key, but, corpus};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::served::{Answer, Served, in_time, text};

fn claims() -> Value {
    let now = Utc::now().timestamp();
    json!({
        "iss": "botica", "aud": "botica", "sub": Uuid::from_u128(1), "name": "Ana", "role": "nurse",
        "sid": Uuid::from_u128(2), "iat": now, "nbf": now, "exp": now + 600, "jti": Uuid::from_u128(3),
    })
}

fn public(key: &Key) -> PublicKey {
    PublicKey::from_bytes(key.public_bytes())
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
    let key = Key::generate();
    let (server, let_in) = served(TokenKeys::of([public(&key)])).await;
    let corpus = corpus(&key, &claims());
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
    let keyed = key.sign(&but(key.header(), json!({"jwk": Key::generate().jwk()})), &claims().to_string());
    assert_eq!(me(&server, &format!("authorization: Bearer {keyed}\n")).await.body, "Ana");
    let twice = format!("authorization: Bearer {good}\n").repeat(2);
    assert_eq!(me(&server, &twice).await.code(), "invalid_token");
    assert_eq!(let_in.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_token_of_100_kb_is_not_even_read() {
    let key = Key::generate();
    let keys = TokenKeys::of([public(&key)]);
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
    let key = Key::generate();
    let (server, _) = served(TokenKeys::of([public(&key)])).await;
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
    let key = Key::generate();
    let revoked = RevokedSessions::default();
    let (server, let_in) = served_but(TokenKeys::of([public(&key)]), revoked.clone()).await;
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

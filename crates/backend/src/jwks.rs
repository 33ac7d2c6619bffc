//! `GET /.well-known/jwks.json`: the keys by which others know our access tokens.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Backend;

/// A JSON Web Key Set (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(crate) struct Jwks {
    /// The keys.
    keys: Vec<serde_json::Value>,
}

/// Keys of access tokens
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "session", security(()),
    responses((status = 200, description = "The keys", body = Jwks)))]
pub(crate) async fn jwks(
    State(backend): State<Backend>,
) -> ([(axum::http::HeaderName, &'static str); 1], axum::Json<Jwks>) {
    // A new key must be known before the first token that it signs has to be believed.
    let cache = [(CACHE_CONTROL, "public, max-age=60")];
    (cache, axum::Json(Jwks { keys: vec![backend.signer.public_key().to_jwk()] }))
}

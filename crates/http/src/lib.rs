//! What our HTTP services share, each in a file of its own: problem answers, reading of requests,
//! who is asking, limits and time-outs, serving and stopping, health, lists, OpenAPI.
//!
//! ```text
//! serve ── stack ── Router ── Caller, Json, Path, Query ── handler ── Problem or an answer
//! ```

mod access;
mod body;
mod caller;
mod certificate;
mod client_address;
mod completion;
mod connections;
mod cors;
mod docs;
mod health;
mod invalid;
mod json;
mod keys;
mod metrics_route;
mod multipart;
mod objects;
mod observe;
mod page;
mod params;
mod problem;
mod rate_limit;
mod refusals;
mod revoked_sessions;
mod security_headers;
mod server;
mod signer;
mod stack;
mod tls;
mod token;
mod trace;
mod watched;
pub mod words;

pub use access::{may_do, may_look_on, may_watch, signed_in};
pub use body::{BodyError, BodyLimits};
pub use caller::{
    Authenticate, Authenticated, BOARD_TOKEN_PREFIX, Caller, PublicKeyAuthenticator, Viewer, authenticated_by,
    bearer_token,
};
pub use certificate::certificate_validity;
pub use client_address::{ClientAddress, InvalidNetwork, Network, behind};
pub use connections::{CONNECTIONS, CONNECTIONS_SHED_TOTAL};
pub use cors::{InvalidOrigin, Origin, open_to};
pub use docs::{About, complete_openapi, with_docs};
pub use health::{Health, health_routes};
pub use invalid::Invalid;
pub use json::{Json, OptionalJson};
pub use keys::{InvalidKey, PublicKey, TokenKeys, parse_jwks};
pub use metrics_route::metrics_route;
pub use multipart::{FormPart, Multipart};
pub use observe::{REQUEST_SECONDS, REQUEST_SECONDS_BUCKETS, REQUESTS_TOTAL, RequestId};
pub use page::{Cursor, Limit, Page, Part};
pub use params::{Path, Query};
pub use problem::{FieldError, Problem};
pub use rate_limit::RateLimit;
pub use revoked_sessions::{REVOCATIONS_LEARNED, RevokedSessions};
pub use server::{Running, ServerLimits, Stopped, listen, serve};
pub use signer::TokenSigner;
pub use stack::{RequestLimits, RouteLimits, stack};
pub use tls::{Tls, TlsError};
pub use token::TokenError;
pub use trace::{TRACEPARENT, continue_trace, current_traceparent};

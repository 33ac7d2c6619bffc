//! Who is asking.

use std::sync::Arc;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use domain::{BoardId, Person, SessionId};
use futures_util::future::BoxFuture;

use crate::{Problem, RevokedSessions, TokenError, TokenKeys};

/// The person behind a request, as [`may_do`](crate::may_do) or [`signed_in`](crate::signed_in) let them in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is, as the authenticator knows them.
    pub person: Person,
    /// The signed-in device.
    pub session: SessionId,
    /// When the token's time, or the session's behind a cookie, is over.
    pub expires_at: DateTime<Utc>,
}

/// Who looks on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody who is signed in.
    Person(Caller),
    /// A wall screen.
    Board(BoardId),
}

/// What the token of a board begins with.
pub const BOARD_TOKEN_PREFIX: &str = "botica_board_";

/// Tells whom a token stands for. The publisher believes the signature, unless it was told that the session
/// ended early; the backend also asks the database whether user and session are still active, and takes name
/// and role from there.
pub trait Authenticate: Send + Sync {
    /// Who `token` stands for now, or the answer to give instead.
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Problem>>;

    /// Who the request's cookies stand for now, or the answer to give instead. Only where the route says that
    /// a cookie will do; nobody, where there are no cookies.
    fn authenticate_cookie<'a>(&'a self, _: &'a HeaderMap) -> BoxFuture<'a, Result<Caller, Problem>> {
        Box::pin(std::future::ready(Err(Problem::missing_token())))
    }

    /// The token of a board in the request's cookies; none, where there are no boards.
    fn board_token_of_cookies(&self, _: &HeaderMap) -> Option<String> {
        None
    }

    /// Which board a token stands for now, or the answer to give instead.
    fn authenticate_board<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<BoardId, Problem>> {
        Box::pin(std::future::ready(Err(Problem::invalid_token())))
    }
}

/// The authenticator of a router, as its handlers find it.
#[derive(Clone)]
pub struct Authenticated(Arc<dyn Authenticate>);

impl Authenticated {
    /// Who asks, by the token.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        match bearer_token(headers)? {
            token if token.starts_with(BOARD_TOKEN_PREFIX) => Err(Problem::forbidden()),
            token => self.0.authenticate(token).await,
        }
    }

    /// Who looks on, by the token or, without one, by a cookie: of a session, where that will do, else of a
    /// board.
    pub(crate) async fn viewer(&self, headers: &HeaderMap, session_will_do: bool) -> Result<Viewer, Problem> {
        match bearer_token(headers) {
            Ok(token) if token.starts_with(BOARD_TOKEN_PREFIX) => {
                self.0.authenticate_board(token).await.map(Viewer::Board)
            }
            Ok(token) => self.0.authenticate(token).await.map(Viewer::Person),
            Err(TokenError::Missing) => {
                let of_session = match session_will_do {
                    true => self.0.authenticate_cookie(headers).await,
                    false => Err(Problem::missing_token()),
                };
                match (of_session, self.0.board_token_of_cookies(headers)) {
                    (Ok(caller), _) => Ok(Viewer::Person(caller)),
                    // Somebody may have been signed in once at the browser that is a wall screen now.
                    (Err(_), Some(token)) => self.0.authenticate_board(&token).await.map(Viewer::Board),
                    (Err(problem), None) => Err(problem),
                }
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A layer by which the routes below it know their callers. Routers that are merged keep their own.
pub fn authenticated_by(authenticate: Arc<dyn Authenticate>) -> Extension<Authenticated> {
    Extension(Authenticated(authenticate))
}

/// Believes the token's signature, unless its session is known to have ended early. Asks nobody.
#[derive(Clone, Debug)]
pub struct PublicKeyAuthenticator {
    /// Whose signatures are believed.
    pub keys: TokenKeys,
    /// Whose sessions have ended.
    pub revoked: RevokedSessions,
}

impl Authenticate for PublicKeyAuthenticator {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Problem>> {
        // Without a key nobody's token can be called wrong: the client should keep it and come back.
        let verified = if self.keys.is_empty() {
            let after = std::time::Duration::from_secs(5);
            Err(Problem::unavailable("not_ready", "The keys to check access tokens with are not known yet.", after))
        } else {
            match self.keys.verify(token, Utc::now()) {
                Ok(caller) if self.revoked.contains(caller.session) => Err(Problem::invalid_token()),
                verified => verified.map_err(Problem::from),
            }
        };
        Box::pin(std::future::ready(verified))
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Missing => Problem::missing_token(),
            TokenError::Invalid => Problem::invalid_token(),
            TokenError::Expired => Problem::expired_token(),
        }
    }
}

/// The token of the one `Authorization: Bearer …` header.
///
/// # Errors
/// `Missing` without such a header; `Invalid` with several, of which a proxy and we might each
/// believe another, or with something that can't be a token.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, TokenError> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (all.next().ok_or(TokenError::Missing)?, all.next()) else {
        return Err(TokenError::Invalid);
    };
    // A token is long: what looks at each character by itself would take longer than reading the order.
    let value = str::from_utf8(value.as_bytes()).map_err(|_| TokenError::Invalid)?;
    let (scheme, token) = value.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(TokenError::Missing);
    }
    match token.trim() {
        "" => Err(TokenError::Missing),
        token if !token.is_ascii() || token.contains(' ') || token.contains(',') => Err(TokenError::Invalid),
        token => Ok(token),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let_in(parts)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let_in(parts)
    }
}

/// What the route's guard found.
fn let_in<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T, Problem> {
    parts.extensions.get().cloned().ok_or_else(|| {
        tracing::error!("a route wants to know who asks, but the table of routes does not say who may use it");
        Problem::internal()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, StatusCode};

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn one_bearer_token_is_found() {
        assert_eq!(bearer_token(&headers(&["Bearer a.b.c"])), Ok("a.b.c"));
        assert_eq!(bearer_token(&headers(&["bearer  a.b.c"])), Ok("a.b.c"));
        for none in [&[][..], &["Basic YTpi"], &["Bearer"], &["Bearer "]] {
            assert_eq!(bearer_token(&headers(none)), Err(TokenError::Missing), "{none:?}");
        }
        for wrong in [&["Bearer a", "Bearer a"][..], &["Bearer a", "Basic b"], &["Bearer a, Bearer b"], &["Bearer ç"]]
        {
            assert_eq!(bearer_token(&headers(wrong)), Err(TokenError::Invalid), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn without_keys_the_answer_is_not_ready() {
        let nobody = PublicKeyAuthenticator { keys: TokenKeys::empty(), revoked: RevokedSessions::default() };
        let problem = nobody.authenticate("a.b.c").await.unwrap_err();
        assert_eq!((problem.status(), problem.code()), (StatusCode::SERVICE_UNAVAILABLE, "not_ready"));
    }

    #[tokio::test]
    async fn a_route_without_a_rule_lets_nobody_in() {
        let (mut parts, ()) = axum::http::Request::new(()).into_parts();
        let problem = Caller::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}

//! Who is asking, by the token and by the database: a deactivated user is out at once, and a changed
//! name or role counts at once.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use chrono::Utc;
use domain::BoardId;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Authenticate, Caller, Problem, TokenKeys};
use store::Store;

use crate::database_problem::database_problem;
use crate::refresh_token::RefreshToken;
use crate::{Sessions, boards, random_token};

pub(crate) struct DatabaseAuthenticator {
    pub(crate) keys: TokenKeys,
    pub(crate) store: Store,
    pub(crate) sessions: Sessions,
}

impl Authenticate for DatabaseAuthenticator {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Caller, Problem>> {
        async move {
            let now = Utc::now();
            let claimed = self.keys.verify(token, now)?;
            let user = self.store.session_user(claimed.session, now).await.map_err(database_problem)?;
            match user {
                Some(user) if user.id == claimed.person.id => Ok(Caller { person: user.person(), ..claimed }),
                _ => Err(Problem::invalid_token()),
            }
        }
        .boxed()
    }

    fn authenticate_cookie<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Caller, Problem>> {
        async move {
            let token = RefreshToken::of(&CookieJar::from_headers(headers), self.sessions);
            let token = token.ok_or_else(Problem::missing_token)?;
            let found = self.store.session_of_token(&token.hash(), Utc::now()).await.map_err(database_problem)?;
            let (session, user) = found.ok_or_else(Problem::invalid_token)?;
            Ok(Caller { person: user.person(), session: session.id, expires_at: session.expires_at })
        }
        .boxed()
    }

    fn board_token_of_cookies(&self, headers: &HeaderMap) -> Option<String> {
        boards::token_of(&CookieJar::from_headers(headers), self.sessions)
    }

    fn authenticate_board<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<BoardId, Problem>> {
        async move {
            let board = self.store.board_of_token(&random_token::hash(token)).await.map_err(database_problem)?;
            board.map(|board| board.id).ok_or_else(Problem::invalid_token)
        }
        .boxed()
    }
}

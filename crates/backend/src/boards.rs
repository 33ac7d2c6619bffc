//! Boards: wall screens that look on without anyone being signed in.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod open;
pub(crate) mod revoke;

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use chrono::{DateTime, Utc};
use http::BOARD_TOKEN_PREFIX;
use serde::Serialize;
use store::Board;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Sessions, cookie, random_token};

/// A wall screen.
#[derive(Serialize, ToSchema)]
#[schema(as = Board)]
pub(crate) struct BoardBody {
    /// Its id.
    id: Uuid,
    /// Where it hangs.
    name: String,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// Since when its token is good no more.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Board> for BoardBody {
    fn from(board: Board) -> Self {
        BoardBody { id: board.id.0, name: board.name, created_at: board.created_at, revoked_at: board.revoked_at }
    }
}

/// A new token. Its beginning says what it is, to people and to scanners for leaked secrets.
fn new_token() -> String {
    format!("{BOARD_TOKEN_PREFIX}{}", random_token::random())
}

/// A screen on a wall is not signed in anew every week. Browsers keep no cookie longer (RFC 6265bis).
const DAYS: i64 = 400;

/// The cookie that lets a browser look on.
fn token_cookie(token: String, sessions: Sessions) -> Cookie<'static> {
    cookie::cookie("botica_board", token, DAYS * 24 * 3600, sessions)
}

/// The token in a browser's cookies.
pub(crate) fn token_of(jar: &CookieJar, sessions: Sessions) -> Option<String> {
    jar.get(&cookie::name("botica_board", sessions)).map(|cookie| cookie.value().to_owned())
}

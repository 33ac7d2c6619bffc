//! Who is asking, by the token and by the database: a deactivated user is out at once, and a changed
//! name or role counts at once.

use chrono::Utc;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{Authenticate, Caller, Problem, TokenKeys};
use store::Store;

use crate::database_problem::database_problem;

pub(crate) struct DatabaseAuthenticator {
    pub(crate) keys: TokenKeys,
    pub(crate) store: Store,
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
}

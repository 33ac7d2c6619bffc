//! Sessions: signed-in devices. Each keeps the hash of one refresh token, which changes at each use.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{SessionId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};

use crate::connect::stored;
use crate::entity::{lost_token, session, user};
use crate::{Store, StoreError, User};

/// For how long after a rotation the token before it is taken for one of two tabs that refresh at the same moment.
/// Later, the answer with its successor was lost on the way.
const GRACE: TimeDelta = TimeDelta::seconds(30);

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which its access tokens carry.
    pub id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
}

/// What a refresh token is worth.
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// It was the current one, or the one before, whose successor never arrived: from now on the next one is.
    Rotated(Session, User),
    /// It was the one before, within the grace time: the browser has the current one already.
    Recent(Session, User),
    /// It had been given up as lost, so two have a token of this session, of whom one copied it: the session has
    /// ended.
    Stolen,
    /// It never was one, or its session has ended.
    Unknown,
}

impl Store {
    /// Signs a device in, whose user has shown the password of `password_hash`. Answers with the user as they
    /// are now; `None`, and no session, when they may not sign in any more or have another password by now.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_session(
        &self,
        session: &Session,
        token_hash: Vec<u8>,
        password_hash: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<User>, StoreError> {
        let transaction = self.begin().await?;
        // Locked: a change that ends the user's sessions is seen here, or comes later and ends this one too.
        let found = user::Entity::find_by_id(session.user_id.0).lock_shared().one(&transaction).await?;
        let Some(user) = found.filter(|user| user.is_active && user.password_hash == password_hash) else {
            return Ok(None);
        };
        let row = session::ActiveModel {
            id: Set(session.id.0),
            user_id: Set(session.user_id.0),
            token_hash: Set(token_hash),
            previous_token_hash: Set(None),
            created_at: Set(stored(now)),
            rotated_at: Set(stored(now)),
            expires_at: Set(stored(session.expires_at)),
            revoked_at: Set(None),
        };
        session::Entity::insert(row).exec_without_returning(&transaction).await?;
        transaction.commit().await?;
        Ok(Some(user.try_into()?))
    }

    /// Exchanges the token with hash `presented` for the one with hash `next`.
    ///
    /// # Errors
    /// The database's.
    pub async fn refresh_session(
        &self,
        presented: &[u8],
        next: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<Refreshed, StoreError> {
        let transaction = self.begin().await?;
        let is_presented = session::Column::TokenHash
            .eq(presented.to_vec())
            .or(session::Column::PreviousTokenHash.eq(presented.to_vec()));
        // Locked, so that of two refreshes with one token the second sees the first.
        let Some(row) = session::Entity::find().filter(is_presented).lock_exclusive().one(&transaction).await? else {
            let Some(lost) = lost_token::Entity::find_by_id(presented.to_vec()).one(&transaction).await? else {
                return Ok(Refreshed::Unknown);
            };
            revoke(&transaction, session::Column::Id.eq(lost.session_id), now).await?;
            transaction.commit().await?;
            return Ok(Refreshed::Stolen);
        };
        let user = user::Entity::find_by_id(row.user_id).one(&transaction).await?.map(User::try_from).transpose()?;
        let Some(user) = user.filter(|user| user.is_active) else { return Ok(Refreshed::Unknown) };
        if row.revoked_at.is_some() || row.expires_at <= now {
            return Ok(Refreshed::Unknown);
        }
        let session = Session { id: row.id.into(), user_id: row.user_id.into(), expires_at: row.expires_at };
        if row.token_hash != presented {
            if now - row.rotated_at <= GRACE {
                return Ok(Refreshed::Recent(session, user));
            }
            // Whoever had its successor would have used it by now, or does later: then one of the two is a thief.
            let lost = lost_token::Model { token_hash: row.token_hash.clone(), session_id: row.id };
            lost.into_active_model().reset_all().insert(&transaction).await?;
        }
        let mut row = row.into_active_model();
        row.previous_token_hash = Set(Some(presented.to_vec()));
        row.token_hash = Set(next);
        row.rotated_at = Set(stored(now));
        row.update(&transaction).await?;
        transaction.commit().await?;
        Ok(Refreshed::Rotated(session, user))
    }

    /// The user of a session, if both are still good at `now`.
    ///
    /// # Errors
    /// The database's.
    pub async fn session_user(&self, id: SessionId, now: DateTime<Utc>) -> Result<Option<User>, StoreError> {
        let Some(row) = session::Entity::find_by_id(id.0).one(&self.read).await? else { return Ok(None) };
        if row.revoked_at.is_some() || row.expires_at <= now {
            return Ok(None);
        }
        Ok(self.user(row.user_id.into()).await?.filter(|user| user.is_active))
    }

    /// The session that a refresh token stands for now, and its user. The token is not used up.
    ///
    /// # Errors
    /// The database's.
    pub async fn session_of_token(
        &self,
        token_hash: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let is_presented = session::Column::TokenHash
            .eq(token_hash.to_vec())
            .or(session::Column::PreviousTokenHash.eq(token_hash.to_vec()));
        let Some(row) = session::Entity::find().filter(is_presented).one(&self.read).await? else { return Ok(None) };
        let is_old = row.token_hash != token_hash && now - row.rotated_at > GRACE;
        if is_old || row.revoked_at.is_some() || row.expires_at <= now {
            return Ok(None);
        }
        let session = Session { id: row.id.into(), user_id: row.user_id.into(), expires_at: row.expires_at };
        Ok(self.user(session.user_id).await?.filter(|user| user.is_active).map(|user| (session, user)))
    }

    /// Which of these sessions are still good at `now`, as their users are.
    ///
    /// # Errors
    /// The database's.
    pub async fn active_sessions(
        &self,
        ids: &[SessionId],
        now: DateTime<Utc>,
    ) -> Result<HashSet<SessionId>, StoreError> {
        let mut active = HashSet::with_capacity(ids.len());
        for some in ids.chunks(1000) {
            let of_active = user::Entity::find()
                .select_only()
                .column(user::Column::Id)
                .filter(user::Column::IsActive.eq(true))
                .into_query();
            let found: Vec<uuid::Uuid> = session::Entity::find()
                .select_only()
                .column(session::Column::Id)
                .filter(session::Column::Id.is_in(some.iter().map(|id| id.0)))
                .filter(session::Column::RevokedAt.is_null())
                .filter(session::Column::ExpiresAt.gt(now))
                .filter(session::Column::UserId.in_subquery(of_active))
                .into_tuple()
                .all(&self.read)
                .await?;
            active.extend(found.into_iter().map(SessionId));
        }
        Ok(active)
    }

    /// The sessions that ended early, and later than `since`: the latest first, `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoked_sessions(&self, since: DateTime<Utc>, limit: u64) -> Result<Vec<SessionId>, StoreError> {
        let ids: Vec<uuid::Uuid> = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::RevokedAt.gt(since))
            .order_by_desc(session::Column::RevokedAt)
            .limit(limit)
            .into_tuple()
            .all(&self.read)
            .await?;
        Ok(ids.into_iter().map(SessionId).collect())
    }

    /// Signs out the device with this refresh token; nothing happens where there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_session(&self, token_hash: &[u8], now: DateTime<Utc>) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        let is_presented = session::Column::TokenHash
            .eq(token_hash.to_vec())
            .or(session::Column::PreviousTokenHash.eq(token_hash.to_vec()));
        revoke(&transaction, is_presented, now).await?;
        Ok(transaction.commit().await?)
    }
}

/// Signs a user out everywhere.
pub(crate) async fn revoke_all<C: ConnectionTrait>(
    database: &C,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    revoke(database, session::Column::UserId.eq(user_id.0), now).await
}

async fn revoke<C: ConnectionTrait>(
    database: &C,
    which: sea_orm::sea_query::SimpleExpr,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::value(stored(now)))
        .filter(which)
        .filter(session::Column::RevokedAt.is_null())
        .exec(database)
        .await?;
    Ok(())
}

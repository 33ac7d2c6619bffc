//! Boards: wall screens that may look on without anyone being signed in. Each has a token, of which the hash
//! is kept.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use domain::{BoardId, Label};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;

use crate::connect::stored;
use crate::entity::board;
use crate::{Act, Store, StoreError, changes};

/// A wall screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its id.
    pub id: BoardId,
    /// Where it hangs.
    pub name: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Since when its token is good no more.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Lets a wall screen look on, with the token that has this hash.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_board(
        &self,
        id: BoardId,
        name: &Label,
        token_hash: Vec<u8>,
        act: &Act,
    ) -> Result<Board, StoreError> {
        let transaction = self.begin().await?;
        let row = board::ActiveModel {
            id: Set(id.0),
            name: Set(name.to_string()),
            token_hash: Set(token_hash),
            created_at: Set(stored(act.at)),
            revoked_at: Set(None),
        };
        let row = row.insert(&transaction).await?;
        changes::record(&transaction, act, "board.created", Some(id.0), Some(json!({ "name": name }))).await?;
        transaction.commit().await?;
        Ok(row.into())
    }

    /// All boards, those that may look on first, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn boards(&self) -> Result<Vec<Board>, StoreError> {
        let query = board::Entity::find().order_by_asc(board::Column::Name).order_by_asc(board::Column::Id);
        let mut boards: Vec<Board> = query.all(&self.read).await?.into_iter().map(Into::into).collect();
        boards.sort_by_key(|board| board.revoked_at.is_some());
        Ok(boards)
    }

    /// Makes a board's token worthless; `None` when there is no such board. Again, it stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_board(&self, id: BoardId, act: &Act) -> Result<Option<Board>, StoreError> {
        let transaction = self.begin().await?;
        let found = board::Entity::find_by_id(id.0).lock_exclusive().one(&transaction).await?;
        let Some(row) = found else { return Ok(None) };
        if row.revoked_at.is_some() {
            return Ok(Some(row.into()));
        }
        let name = row.name.clone();
        let mut row = row.into_active_model();
        row.revoked_at = Set(Some(stored(act.at)));
        let row = row.update(&transaction).await?;
        changes::record(&transaction, act, "board.revoked", Some(id.0), Some(json!({ "name": name }))).await?;
        transaction.commit().await?;
        Ok(Some(row.into()))
    }

    /// The board whose token has this hash, while it may look on.
    ///
    /// # Errors
    /// The database's.
    pub async fn board_of_token(&self, token_hash: &[u8]) -> Result<Option<Board>, StoreError> {
        let found = board::Entity::find()
            .filter(board::Column::TokenHash.eq(token_hash.to_vec()))
            .filter(board::Column::RevokedAt.is_null());
        Ok(found.one(&self.read).await?.map(Into::into))
    }

    /// Which of these boards may look on.
    ///
    /// # Errors
    /// The database's.
    pub async fn active_boards(&self, ids: &[BoardId]) -> Result<HashSet<BoardId>, StoreError> {
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let found: Vec<uuid::Uuid> = board::Entity::find()
            .select_only()
            .column(board::Column::Id)
            .filter(board::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(board::Column::RevokedAt.is_null())
            .into_tuple()
            .all(&self.read)
            .await?;
        Ok(found.into_iter().map(BoardId).collect())
    }
}

impl From<board::Model> for Board {
    fn from(row: board::Model) -> Self {
        Board { id: row.id.into(), name: row.name, created_at: row.created_at, revoked_at: row.revoked_at }
    }
}

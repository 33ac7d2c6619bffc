//! Pages of a list, by key: a page starts after the last row of the one before, so rows that come or
//! go meanwhile neither repeat nor hide others.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr, Value};
use sea_orm::{ColumnTrait, IntoSimpleExpr};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The last row of a page: its sort key, and its id, which tells rows of equal keys apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct After<K> {
    /// The sort key.
    pub key: K,
    /// The row.
    pub id: Uuid,
}

/// One page.
#[derive(Clone, Debug)]
pub struct Page<T, K> {
    /// Its rows.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<After<K>>,
}

/// Cuts the one row too many that was asked for to learn whether there is a next page.
pub(crate) fn cut<M, K>(
    mut rows: Vec<M>,
    limit: u64,
    after: impl FnOnce(&M) -> After<K>,
) -> (Vec<M>, Option<After<K>>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(after)
    } else {
        None
    };
    (rows, next)
}

/// `(key, id) > (after.key, after.id)`.
pub(crate) fn is_after<K: Into<Value>>(key: impl ColumnTrait, id: impl ColumnTrait, after: After<K>) -> SimpleExpr {
    row(key, id).gt(values(after))
}

/// `(key, id) < (before.key, before.id)`.
pub(crate) fn is_before<K: Into<Value>>(key: impl ColumnTrait, id: impl ColumnTrait, before: After<K>) -> SimpleExpr {
    row(key, id).lt(values(before))
}

fn row(key: impl ColumnTrait, id: impl ColumnTrait) -> SimpleExpr {
    Expr::tuple([key.into_simple_expr(), id.into_simple_expr()])
}

fn values<K: Into<Value>>(after: After<K>) -> SimpleExpr {
    Expr::tuple([Expr::val(after.key), Expr::val(after.id)])
}

//! Verifying the record: that its chain holds from the first row to the last, that it reaches each signed
//! checkpoint, and that orders stand as their history says.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, EntityTrait, IsolationLevel, QueryFilter, QueryOrder, QueryResult,
    QuerySelect, Statement, TransactionOptions, TransactionTrait,
};
use uuid::Uuid;

use crate::chain::{GENESIS, Hash, Link};
use crate::entity::{admin_change, delivery, event_head, feedback, order, order_line};
use crate::feedback::RATED;
use crate::{Store, StoreError, arrivals, history, orders};

/// A row of the record, by its number and its hash: all rows up to it are as they were if this one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The row's number; 0 before the first.
    pub seq: i64,
    /// Its SHA-256 over all that it says and the hash of the row before it.
    pub hash: [u8; 32],
}

/// The first place where the record is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The number of the row, where there is one to name.
    pub seq: Option<i64>,
    /// What is wrong there.
    pub what: String,
}

/// Why a verification ends early.
enum Halt {
    Broken(Broken),
    Failed(StoreError),
}

/// Rows of one read.
const PAGE: i64 = 1000;

/// Orders of one read.
const ORDERS: u64 = 500;

impl Store {
    /// Where the record ends now.
    ///
    /// # Errors
    /// The database's.
    pub async fn checkpoint(&self) -> Result<Checkpoint, StoreError> {
        let head = event_head::Entity::find_by_id(1).one(&self.read).await?;
        let head = head.ok_or_else(|| StoreError::Corrupt("the table event_head is empty".to_owned()))?;
        let hash =
            head.hash.try_into().map_err(|_| StoreError::Corrupt("the last hash has not 32 bytes".to_owned()))?;
        Ok(Checkpoint { seq: head.seq, hash })
    }

    /// Reads the whole record, in one snapshot of the database, and says where it ends, or the first place
    /// where it is broken. `checkpoints` are those that were kept elsewhere: without any, a cut tail and a
    /// chain that was written anew are not seen. `progress` is told how many rows of how many are read.
    ///
    /// # Errors
    /// The database can't be read.
    pub async fn verify_record(
        &self,
        checkpoints: &[Checkpoint],
        progress: impl FnMut(i64, i64),
    ) -> Result<Result<Checkpoint, Broken>, StoreError> {
        let options = if self.is_postgres() {
            TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            }
        } else {
            // What a transaction of SQLite reads is one snapshot in any case.
            TransactionOptions::default()
        };
        let snapshot = self.read.begin_with_options(options).await?;
        let verified = verify(&snapshot, checkpoints, progress).await;
        snapshot.rollback().await?;
        match verified {
            Ok(end) => Ok(Ok(end)),
            Err(Halt::Broken(broken)) => Ok(Err(broken)),
            // A value that no writer of ours leaves.
            Err(Halt::Failed(StoreError::Corrupt(what))) => Ok(Err(Broken { seq: None, what })),
            Err(Halt::Failed(error)) => Err(error),
        }
    }
}

async fn verify<C: ConnectionTrait>(
    database: &C,
    checkpoints: &[Checkpoint],
    mut progress: impl FnMut(i64, i64),
) -> Result<Checkpoint, Halt> {
    let head = event_head::Entity::find().all(database).await?;
    let [head] = head.as_slice() else { return broken(None, "the table event_head must have one row") };
    if let Some(beyond) = checkpoints.iter().map(|checkpoint| checkpoint.seq).filter(|seq| *seq > head.seq).max() {
        let what =
            format!("the record ends at {}, but a checkpoint vouches for {beyond}: its end was cut off", head.seq);
        return broken(Some(head.seq + 1), what);
    }
    let mut vouched: HashMap<i64, Vec<&Hash>> = HashMap::new();
    for checkpoint in checkpoints {
        vouched.entry(checkpoint.seq).or_default().push(&checkpoint.hash);
    }

    no_rows_outside(database, head.seq).await?;
    let (mut hash, mut seq) = (GENESIS, 0);
    while seq < head.seq {
        let last = head.seq.min(seq + PAGE);
        for row in page(database, seq).await? {
            seq += 1;
            if row.link.seq > seq {
                return broken(Some(seq), "it is missing");
            }
            if row.link.seq < seq {
                return broken(Some(row.link.seq), "there are two rows of this number");
            }
            hash = row.link.after(&hash);
            if row.hash != hash {
                return broken(Some(seq), wrong_hash(&row.link));
            }
            if vouched.get(&seq).is_some_and(|hashes| hashes.iter().any(|vouched| **vouched != hash)) {
                let what = "a checkpoint vouches for another row: the record was written anew up to here or before it";
                return broken(Some(seq), what);
            }
        }
        if seq < last {
            return broken(Some(seq + 1), "it is missing");
        }
        progress(seq, head.seq);
    }
    if head.hash != hash {
        return broken(Some(seq), "the end of the record, kept in event_head, has another hash");
    }
    orders_stand_as_their_history_says(database).await?;
    Ok(Checkpoint { seq, hash })
}

fn wrong_hash(link: &Link) -> String {
    let subject = match (link.table, link.subject) {
        ("order_events", Some(id)) if link.content.is_some() => {
            format!(" (order {id}, {}, or what it orders)", link.kind)
        }
        ("order_events", Some(id)) => format!(" (order {id}, {})", link.kind),
        _ => format!(" ({})", link.kind),
    };
    format!("what it says{subject} does not fit its hash, or the row before it is not the one that was there")
}

fn broken<T>(seq: Option<i64>, what: impl Into<String>) -> Result<T, Halt> {
    Err(Halt::Broken(Broken { seq, what: what.into() }))
}

impl<E: Into<StoreError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Halt::Failed(error.into())
    }
}

/// A row as it stands in the database.
struct Row {
    link: Link,
    hash: Vec<u8>,
}

async fn no_rows_outside<C: ConnectionTrait>(database: &C, last: i64) -> Result<(), Halt> {
    for table in ["order_events", "admin_changes"] {
        let outside = format!("SELECT seq FROM {table} WHERE seq < 1 OR seq > {last} ORDER BY seq LIMIT 1");
        if let Some(row) =
            database.query_one_raw(Statement::from_string(database.get_database_backend(), outside)).await?
        {
            let seq: i64 = row.try_get("", "seq")?;
            return broken(
                Some(seq),
                format!("{table} has a row that the record, which ends at {last}, does not have"),
            );
        }
    }
    Ok(())
}

/// The rows of both tables that follow `after`, by number.
async fn page<C: ConnectionTrait>(database: &C, after: i64) -> Result<Vec<Row>, Halt> {
    let until = after + PAGE;
    let which = format!("WHERE seq > {after} AND seq <= {until}");
    let columns = "kind, at, by_id, by_name, by_role, data, hash";
    let both = format!(
        "SELECT 'order_events' AS place, seq, order_id AS subject, {columns} FROM order_events {which} UNION ALL \
         SELECT 'admin_changes' AS place, seq, subject_id AS subject, {columns} FROM admin_changes {which} ORDER BY 2, 1"
    );
    let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), both)).await?;
    let mut rows = rows.iter().map(read).collect::<Result<Vec<Row>, Halt>>()?;
    let first = |row: &&mut Row| row.link.table == "order_events" && Link::takes_content(&row.link.kind);
    let ids: Vec<Uuid> = rows.iter_mut().filter(first).filter_map(|row| row.link.subject).collect();
    let mut contents = contents(database, ids).await?;
    for row in rows.iter_mut().filter(first) {
        row.link.content = row.link.subject.and_then(|id| contents.remove(&id));
    }
    Ok(rows)
}

fn read(row: &QueryResult) -> Result<Row, Halt> {
    let seq: i64 = row.try_get("", "seq")?;
    let link = || -> Result<Row, sea_orm::DbErr> {
        let place: String = row.try_get("", "place")?;
        let at: DateTime<Utc> = row.try_get("", "at")?;
        let link = Link {
            table: if place == "order_events" { "order_events" } else { "admin_changes" },
            seq,
            subject: row.try_get("", "subject")?,
            kind: row.try_get("", "kind")?,
            at: at.timestamp_micros(),
            by: (row.try_get("", "by_id")?, row.try_get("", "by_name")?, row.try_get("", "by_role")?),
            data: row.try_get("", "data")?,
            content: None,
        };
        Ok(Row { link, hash: row.try_get("", "hash")? })
    };
    link().or_else(|error| broken(Some(seq), format!("it can't be read: {error}")))
}

/// The digests of what these orders order.
async fn contents<C: ConnectionTrait>(database: &C, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Hash>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut lines: HashMap<Uuid, Vec<order_line::Model>> = HashMap::new();
    for line in orders::lines_of(database, ids.clone()).await? {
        lines.entry(line.order_id).or_default().push(line);
    }
    let rows = order::Entity::find().filter(order::Column::Id.is_in(ids)).all(database).await?;
    let digest = |row: &order::Model| arrivals::content(row, lines.get(&row.id).map_or(&[], Vec::as_slice)).digest();
    Ok(rows.iter().map(|row| (row.id, digest(row))).collect())
}

/// The chain vouches for the events; this, that the orders are what their events have made of them.
async fn orders_stand_as_their_history_says<C: ConnectionTrait>(database: &C) -> Result<(), Halt> {
    let mut after = None;
    loop {
        let mut query = order::Entity::find().order_by_asc(order::Column::Id).limit(ORDERS);
        if let Some(id) = after {
            query = query.filter(order::Column::Id.gt(id));
        }
        let rows = query.all(database).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id);
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut histories = history::of_orders(database, ids.clone()).await?;
        let mut lines: HashMap<Uuid, Vec<order_line::Model>> = HashMap::new();
        for line in orders::lines_of(database, ids.clone()).await? {
            lines.entry(line.order_id).or_default().push(line);
        }
        let mut handed_over: HashMap<Uuid, Vec<delivery::Model>> = HashMap::new();
        let deliveries = delivery::Entity::find()
            .filter(delivery::Column::OrderId.is_in(ids.clone()))
            .order_by_asc(delivery::Column::Seq)
            .order_by_asc(delivery::Column::Position);
        for row in deliveries.all(database).await? {
            handed_over.entry(row.order_id).or_default().push(row);
        }
        let ratings =
            feedback::Entity::find().filter(feedback::Column::OrderId.is_in(ids.clone())).all(database).await?;
        let rated = admin_change::Entity::find()
            .filter(admin_change::Column::Kind.eq(RATED))
            .filter(admin_change::Column::SubjectId.is_in(ids))
            .all(database)
            .await?;
        if let Some((seq, order)) = history::differing_rating(&ratings, &rated) {
            return broken(seq, format!("the rating of order {order} is not the one that was given"));
        }
        for row in rows {
            let (lines, handed_over) = (lines.remove(&row.id), handed_over.remove(&row.id));
            let events = histories.remove(&row.id).unwrap_or_default();
            let (lines, handed_over) = (lines.unwrap_or_default(), handed_over.unwrap_or_default());
            if let Some(what) = history::difference(&row, &lines, &handed_over, &events) {
                let seq = events.last().map(|event| event.seq);
                return broken(seq, format!("order {} does not stand as its history says: {what}", row.id));
            }
        }
    }
    events_are_marked_as_their_orders(database).await?;
    nothing_without_its_order(database).await
}

/// By that mark the events of controlled orders are found.
async fn events_are_marked_as_their_orders<C: ConnectionTrait>(database: &C) -> Result<(), Halt> {
    let differing = "SELECT e.seq, e.order_id FROM order_events e JOIN orders o ON o.id = e.order_id \
                     WHERE e.is_controlled IS DISTINCT FROM o.is_controlled ORDER BY e.seq LIMIT 1";
    let differing = Statement::from_string(database.get_database_backend(), differing);
    let Some(row) = database.query_one_raw(differing).await? else { return Ok(()) };
    let (seq, id): (i64, Uuid) = (row.try_get("", "seq")?, row.try_get("", "order_id")?);
    broken(Some(seq), format!("it is marked otherwise than order {id}, which is of controlled medications or is not"))
}

/// Where the database's own references were switched off, something may be left of an order that is gone.
async fn nothing_without_its_order<C: ConnectionTrait>(database: &C) -> Result<(), Halt> {
    for table in ["order_lines", "deliveries", "order_events", "feedback"] {
        let stray = format!(
            "SELECT order_id FROM {table} WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = {table}.order_id) LIMIT 1"
        );
        let stray = Statement::from_string(database.get_database_backend(), stray);
        if let Some(row) = database.query_one_raw(stray).await? {
            let id: Uuid = row.try_get("", "order_id")?;
            return broken(None, format!("{table} names the order {id}, which is not there"));
        }
    }
    Ok(())
}

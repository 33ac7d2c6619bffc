//! What the database holds in the end, read behind the product's back: the other side of the
//! [checker](crate::checker)'s books.

use std::collections::BTreeMap;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, query_as};
use uuid::Uuid;

use crate::checker::Stored;
use crate::journal::Line;

const ORDERS: &str = "SELECT id, status, dispenser_id, priority FROM orders";
const LINES: &str = "SELECT order_id, medication_id, CAST(quantity AS bigint) FROM order_lines";
const PLACINGS: &str =
    "SELECT order_id, count(*) FROM order_events WHERE kind IN ('requested', 'refused') GROUP BY order_id";
const NUMBERS: &str = "SELECT seq FROM order_events ORDER BY seq";

type OrderRow = (Uuid, String, Uuid, String);
type LineRow = (Uuid, Uuid, i64);
type CountRow = (Uuid, i64);

macro_rules! rows {
    ($url:expr, $row:ty, $statement:expr) => {{
        let statement = AssertSqlSafe($statement.to_owned());
        if $url.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect($url).await?;
            query_as::<_, $row>(statement).fetch_all(&mut connection).await?
        } else {
            let mut connection = PgConnection::connect($url).await?;
            query_as::<_, $row>(statement).fetch_all(&mut connection).await?
        }
    }};
}

/// Every order in the database at `url`, with its lines and the number of events that placed it.
///
/// # Errors
/// The database's.
pub async fn orders(url: &str) -> anyhow::Result<Vec<Stored>> {
    // First: what is stored with an order is there when it is, also while more are being stored.
    let orders = rows!(url, OrderRow, ORDERS);
    let mut lines = BTreeMap::<Uuid, Vec<Line>>::new();
    for (order, medication_id, quantity) in rows!(url, LineRow, LINES) {
        lines.entry(order).or_default().push(Line { medication_id, quantity: u32::try_from(quantity)? });
    }
    let placings: BTreeMap<Uuid, i64> = rows!(url, CountRow, PLACINGS).into_iter().collect();
    orders
        .into_iter()
        .map(|(id, status, dispenser_id, priority)| {
            let placing_events = usize::try_from(placings.get(&id).copied().unwrap_or_default())?;
            let lines = lines.remove(&id).unwrap_or_default();
            Ok(Stored { id, status, dispenser_id, priority, lines, placing_events })
        })
        .collect()
}

/// The numbers of all events of orders in the database at `url`, in their order.
///
/// # Errors
/// The database's.
pub async fn event_numbers(url: &str) -> anyhow::Result<Vec<i64>> {
    Ok(rows!(url, (i64,), NUMBERS).into_iter().map(|(number,)| number).collect())
}

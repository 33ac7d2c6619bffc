//! The practical limit that a publisher is held against: it reads the same body and awaits one confirm an order.
//! No login, no rules, no deadlines, no spool, no metrics.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const QUEUE: &str = "bare_order_queue";

// The same allocator as the product's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Deserialize, Serialize)]
struct Order {
    #[serde(default = "Uuid::now_v7")]
    id: Uuid,
    dispenser_id: Uuid,
    priority: String,
    lines: Vec<Line>,
    note: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Line {
    medication_id: Uuid,
    quantity: u32,
}

#[derive(Serialize)]
struct Accepted {
    id: Uuid,
}

async fn place(
    State(channel): State<Arc<Channel>>,
    Json(order): Json<Order>,
) -> Result<(StatusCode, Json<Accepted>), StatusCode> {
    let unavailable = |_| StatusCode::SERVICE_UNAVAILABLE;
    let body = serde_json::to_vec(&order).map_err(|_| StatusCode::BAD_REQUEST)?;
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let properties = BasicProperties::default().with_delivery_mode(2);
    let confirm =
        channel.basic_publish("".into(), QUEUE.into(), options, &body, properties).await.map_err(unavailable)?;
    match confirm.await.map_err(unavailable)? {
        Confirmation::Ack(None) => Ok((StatusCode::ACCEPTED, Json(Accepted { id: order.id }))),
        _ => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (listen, amqp) = args.next().zip(args.next()).context("give an address to listen on and the broker's")?;
    let connection = Connection::connect(&amqp, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel.queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let app = Router::new().route("/orders", post(place)).with_state(Arc::new(channel));
    axum::serve(tokio::net::TcpListener::bind(listen).await?, app).await?;
    Ok(())
}

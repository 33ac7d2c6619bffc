//! Service 1: takes orders in over HTTP and answers "accepted" only when the order queue has promised
//! to keep them.
//!
//! It has no database: who is asking, it reads from the signed access token; whether dispenser and
//! medications exist, the consumer finds out.

mod allowance;
mod order_body;
mod place_order;
mod publish_order;
mod routes;

pub use allowance::Allowance;
pub use routes::{Publisher, openapi, routes};

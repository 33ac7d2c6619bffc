//! The order queue between whoever takes orders in and whoever stores them.
//!
//! One port, [`Publish`] and [`Receive`], and two keepers of its promises: `rabbitmq` for many hosts,
//! `local` (a SQLite file) for one. [`Spool`] publishes by the first and, while that is away, by the second. The promises are written as the suite that both keepers must pass:
//! what was published is kept across a kill of any process, is delivered at least once, and stays until
//! it is acknowledged.

pub mod crash;
mod link;
pub mod local;
mod measure;
mod message;
mod port;
pub mod rabbitmq;
mod spool;

pub use link::{Link, LinkKeeper};
pub use message::{Message, ORDER_PLACED, Undecodable, VERSION};
pub use port::{Publish, PublishError, Receive, ReceiveError, Received, Tag};
pub use spool::Spool;

//! Both keepers against the promises of the queue. What needs a RabbitMQ is in the module of that name.

#![allow(clippy::unwrap_used)]

mod local;
mod rabbitmq;

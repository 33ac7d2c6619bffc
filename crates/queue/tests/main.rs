//! Both keepers against the promises of the queue. What needs a RabbitMQ is in the module of that name.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it must be")]

mod local;
mod rabbitmq;

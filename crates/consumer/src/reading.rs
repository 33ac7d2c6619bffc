//! Reading messages: what a message is, and what its reading may do to whoever reads it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use queue::{Message, Received, crash};
use store::{Arrival, Letter, Unreadable};

use crate::Source;

/// What a message was read as. One that its reader panics over can't be read.
pub(crate) fn read(received: Received, source: Source) -> Arrival {
    let content = match source {
        Source::Orders => {
            let message = &received.message;
            // Reading changes nothing that outlives a panic.
            let order = catch_unwind(AssertUnwindSafe(|| {
                crash::on_body(&message.body);
                message.decode()
            }));
            match order {
                Ok(Ok(order)) => Ok(order),
                Ok(Err(why)) => Err(Unreadable { reason: why.to_string(), needs_version: why.needs_version() }),
                Err(panic) => Err(format!("its reader panicked: {}", text(panic.as_ref())).into()),
            }
        }
        Source::Dead => Err(given_up(&received).into()),
    };
    Arrival { letter: letter(received), content }
}

/// A message that is not read again, and why.
pub(crate) fn unread(received: Received, reason: String) -> Arrival {
    Arrival { letter: letter(received), content: Err(reason.into()) }
}

fn letter(received: Received) -> Letter {
    let Message { id, kind, traceparent, body } = received.message;
    Letter { message_id: id, kind, traceparent, headers: received.headers, body: body.into() }
}

/// Why the broker gave a message up, as its headers have it.
fn given_up(received: &Received) -> String {
    let why = match received.headers.get("x-first-death-reason").map(String::as_str) {
        Some("delivery_limit") => "it was delivered too often without an answer",
        Some("rejected") => "another consumer rejected it",
        Some("expired") => "it waited longer than its sender allowed",
        Some("maxlen") => "the queue was full",
        _ => "the broker does not say why",
    };
    format!("the broker gave it up: {why}")
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let texts = [panic.downcast_ref::<&str>().copied(), panic.downcast_ref::<String>().map(String::as_str)];
    texts.into_iter().flatten().next().unwrap_or("without a word")
}

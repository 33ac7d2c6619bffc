//! What happens to orders, as it happens: read once for all who watch, and sent to each as server-sent
//! events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! ```text
//! database ── Feed ──┬── Watching ── a board
//!   hint or poll     └── Watching ── a phone
//! ```

mod feed;
mod item;
mod watching;
mod who_watches;

pub use feed::Feed;
pub(crate) use item::{Filter, StreamedEvent};
pub(crate) use watching::Watching;
pub(crate) use who_watches::Who;

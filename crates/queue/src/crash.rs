//! Dying on purpose, for tests of what outlives it: the process aborts at the point that its environment
//! names. Only in builds with debug assertions; in all others nothing of it is left.
//!
//! | variable | the process |
//! |---|---|
//! | `BOTICA_CRASH_AT=point` or `point:3` | aborts when it passes the point, or passes it for the third time |
//! | `BOTICA_CRASH_ON=text` | aborts when it reads a body with this text |
//! | `BOTICA_PANIC_ON=text` | panics when it reads a body with this text |

#[cfg(debug_assertions)]
pub use on_purpose::{at, on_body};

/// Does nothing in this build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn at(_point: &str) {}

/// Does nothing in this build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn on_body(_body: &[u8]) {}

#[cfg(debug_assertions)]
mod on_purpose {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The point, and how often it is still to be passed.
    static AT: LazyLock<Option<(String, AtomicU32)>> = LazyLock::new(|| {
        let named = std::env::var("BOTICA_CRASH_AT").ok()?;
        let (point, passing) = named.split_once(':').unwrap_or((&named, "1"));
        Some((point.to_owned(), AtomicU32::new(passing.parse().unwrap_or(1))))
    });

    static CRASH_ON: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("BOTICA_CRASH_ON").ok());
    static PANIC_ON: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("BOTICA_PANIC_ON").ok());

    /// Passes a point.
    pub fn at(point: &str) {
        if let Some((named, left)) = &*AT
            && named == point
            && left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            std::process::abort();
        }
    }

    /// Reads a body.
    ///
    /// # Panics
    /// When the environment asks for it.
    pub fn on_body(body: &[u8]) {
        let has = |text: &Option<String>| {
            text.as_deref().is_some_and(|text| String::from_utf8_lossy(body).contains(text) && !text.is_empty())
        };
        if has(&CRASH_ON) {
            std::process::abort();
        }
        assert!(!has(&PANIC_ON), "this body is one to panic on");
    }
}

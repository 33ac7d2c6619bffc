//! Service 2: login, users, medications, dispensers and orders over HTTP.
//!
//! [`routes`] is its table of contents; behind it, a file per use case.

mod act;
mod audit;
mod authenticate;
mod database_problem;
mod dead_letters;
mod dispensers;
mod if_match;
mod jwks;
mod medications;
mod orders;
mod passwords;
mod patch;
mod refresh_token;
mod routes;
mod service_calls;
mod session;
mod spreadsheet;
mod stream;
mod throttle;
mod users;

pub use passwords::{InvalidPassword, Passwords};
pub use routes::{Backend, Sessions, openapi, routes};
pub use stream::Feed;
pub use throttle::Throttle;

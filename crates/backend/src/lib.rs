//! Service 2: login, users, medications, wards, dispensers and orders over HTTP.
//!
//! [`routes`] is its table of contents; behind it, a file per use case.

mod act;
mod audit;
mod authenticate;
mod boards;
pub mod catalogue_file;
mod cookie;
mod database_problem;
mod dead_letters;
mod device;
mod dispensers;
mod hospital;
mod if_match;
mod imports;
mod jwks;
mod medications;
mod orders;
mod passwords;
mod patch;
mod public_url;
mod random_token;
mod reasons;
mod refresh_token;
mod revoked_sessions;
mod routes;
mod scan;
mod service_calls;
mod session;
mod spreadsheet;
mod stream;
mod targets;
mod throttle;
mod users;
mod wards;
mod web_app;

pub use device::Devices;
pub use imports::{Imports, ReadCatalogue, import_limits, read_catalogue};
pub use passwords::{InvalidPassword, Passwords};
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use revoked_sessions::Revocations;
pub use routes::{Backend, Sessions, openapi, routes};
pub use stream::Feed;
pub use throttle::{LoginLimits, Throttle};
pub use web_app::web_app;

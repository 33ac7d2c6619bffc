//! The backend's table of contents.

use std::sync::Arc;
use std::time::Duration;

use http::{TokenKeys, TokenSigner, authenticated_by};
use store::Store;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::authenticate::DatabaseAuthenticator;
use crate::{Passwords, Throttle, dead_letters, dispensers, jwks, medications, orders, session, users};

/// What the backend works with.
#[derive(Clone)]
pub struct Backend {
    /// The database.
    pub store: Store,
    /// Signs access tokens.
    pub signer: Arc<TokenSigner>,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Slows down who guesses passwords.
    pub throttle: Arc<Throttle>,
    /// How long who is signed in stays so.
    pub sessions: Sessions,
}

/// How long who is signed in stays so.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// How long an access token is good: after a deactivation, a publisher believes it for that long.
    pub access_token: Duration,
    /// How long a device stays signed in.
    pub session: Duration,
    /// Whether the refresh cookie may only travel over TLS.
    pub is_cookie_secure: bool,
}

/// All routes of the backend.
pub fn routes(backend: Backend) -> OpenApiRouter {
    let keys = TokenKeys::of([backend.signer.public_key()]);
    let authenticate = authenticated_by(Arc::new(DatabaseAuthenticator { keys, store: backend.store.clone() }));
    table().layer(authenticate).with_state(backend)
}

/// The description of the routes, for who does not want to run them.
pub fn openapi() -> OpenApi {
    table().into_openapi()
}

fn table() -> OpenApiRouter<Backend> {
    OpenApiRouter::new()
        // Signing in and out.
        .routes(routes!(session::login::login))
        .routes(routes!(session::refresh::refresh))
        .routes(routes!(session::logout::logout))
        .routes(routes!(jwks::jwks))
        // Oneself.
        .routes(routes!(users::me::me))
        .routes(routes!(users::my_password::change_my_password))
        .routes(routes!(users::on_duty::set_on_duty))
        // Users.
        .routes(routes!(users::list::list_users, users::create::create_user))
        .routes(routes!(users::get::get_user, users::change::change_user, users::deactivate::deactivate_user))
        // Medications as the first services had them; a fixed path wins over a parameter.
        .routes(routes!(medications::older::create_older_medication))
        .routes(routes!(medications::older::all_older_medications))
        .routes(routes!(medications::older::get_older_medication))
        // Medications.
        .routes(routes!(medications::list::list_medications, medications::create::create_medication))
        .routes(routes!(
            medications::get::get_medication,
            medications::change::change_medication,
            medications::deactivate::deactivate_medication
        ))
        .routes(routes!(medications::lots::list_lots, medications::lots::create_lot))
        // Dispensers.
        .routes(routes!(dispensers::list::list_dispensers, dispensers::create::create_dispenser))
        .routes(routes!(
            dispensers::get::get_dispenser,
            dispensers::change::change_dispenser,
            dispensers::deactivate::deactivate_dispenser
        ))
        .routes(routes!(dispensers::holdings::list_holdings, dispensers::holdings::set_holdings))
        // Orders. Placing them is the publisher's.
        .routes(routes!(orders::list::list_orders))
        .routes(routes!(orders::get::get_order))
        // Messages that could not be processed.
        .routes(routes!(dead_letters::list_dead_letters))
}

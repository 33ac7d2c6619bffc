//! The publisher's table of contents.

use std::sync::Arc;

use domain::Action;
use http::{PublicKeyAuthenticator, RevokedSessions, TokenKeys, authenticated_by, may_do};
use queue::Publish;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Allowance, place_order, publish_order};

/// What the publisher works with.
#[derive(Clone)]
pub struct Publisher {
    /// Where orders go.
    pub queue: Arc<dyn Publish>,
    /// Whose signatures on access tokens are believed.
    pub keys: TokenKeys,
    /// Whose sessions have ended early, as far as is known here.
    pub revoked: RevokedSessions,
    /// How many orders are taken of each.
    pub allowance: Allowance,
}

/// All routes of the publisher.
pub fn routes(publisher: Publisher) -> OpenApiRouter {
    let (keys, revoked) = (publisher.keys.clone(), publisher.revoked.clone());
    let authenticate = authenticated_by(Arc::new(PublicKeyAuthenticator { keys, revoked }));
    table().layer(authenticate).with_state(publisher)
}

/// The description of the routes, for who does not want to run them.
pub fn openapi() -> OpenApi {
    table().into_openapi()
}

fn table() -> OpenApiRouter<Publisher> {
    OpenApiRouter::new()
        .routes(may_do(Action::PlaceOrder, routes!(place_order::place_order)))
        .routes(may_do(Action::PlaceOrder, routes!(publish_order::publish_order)))
}

//! The publisher's table of contents.

use std::sync::Arc;

use http::{TokenKeys, authenticated_by};
use queue::Publish;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{place_order, publish_order};

/// What the publisher works with.
#[derive(Clone)]
pub struct Publisher {
    /// Where orders go.
    pub queue: Arc<dyn Publish>,
    /// Whose signatures on access tokens are believed.
    pub keys: TokenKeys,
}

/// All routes of the publisher.
pub fn routes(publisher: Publisher) -> OpenApiRouter {
    let authenticate = authenticated_by(Arc::new(http::PublicKeyAuthenticator(publisher.keys.clone())));
    table().layer(authenticate).with_state(publisher)
}

/// The description of the routes, for who does not want to run them.
pub fn openapi() -> OpenApi {
    table().into_openapi()
}

fn table() -> OpenApiRouter<Publisher> {
    OpenApiRouter::new().routes(routes!(place_order::place_order)).routes(routes!(publish_order::publish_order))
}

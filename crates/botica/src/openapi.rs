//! The description of the whole HTTP API.

use http::{About, Health, complete_openapi, health_routes, metrics_route};
use utoipa_axum::router::OpenApiRouter;

/// What the description says of itself.
pub(crate) const ABOUT: About = About {
    title: "Botica",
    version: env!("CARGO_PKG_VERSION"),
    description: "A hospital's medication orders: taken in, never lost, delivered on record.",
};

/// `/health/…` and `/metrics`, which every process has.
pub(crate) fn process_routes(health: Health, render: impl Fn() -> String + Send + Sync + 'static) -> OpenApiRouter {
    health_routes(health).merge(metrics_route(render))
}

/// The description, without running anything.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    let mut api = process_routes(Health::new(ABOUT.version), String::new).into_openapi();
    api.merge(publisher::openapi());
    api.merge(backend::openapi());
    complete_openapi(&mut api, ABOUT);
    api
}

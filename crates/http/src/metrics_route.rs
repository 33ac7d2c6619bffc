//! `GET /metrics`, in Prometheus' text form.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

type Render = Arc<dyn Fn() -> String + Send + Sync>;

/// The route; `render` gives the text, since whoever installs the recorder holds it.
pub fn metrics_route(render: impl Fn() -> String + Send + Sync + 'static) -> OpenApiRouter {
    let render: Render = Arc::new(render);
    OpenApiRouter::default().routes(routes!(metrics)).with_state(render)
}

/// Figures about this process, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    security(()),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
async fn metrics(State(render): State<Render>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], render())
}

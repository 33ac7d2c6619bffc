//! What surrounds every route, in one place and in one order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;

use crate::{BodyLimits, Running, body, completion, observe, refusals, security_headers};

/// How long a request may take and how much body it may bring.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    /// From the request's head to the answer's.
    pub time: Duration,
    /// The request's body.
    pub body: BodyLimits,
    routes: Vec<(&'static str, Duration, BodyLimits)>,
}

impl Default for RequestLimits {
    fn default() -> Self {
        // Longer than any statement may take in the database (10 s) and than people wait.
        RequestLimits { time: Duration::from_secs(15), body: BodyLimits::default(), routes: Vec::new() }
    }
}

impl RequestLimits {
    /// Other limits for one route, by its template (`/medications/import`).
    #[must_use]
    pub fn with_route(mut self, route: &'static str, time: Duration, body: BodyLimits) -> Self {
        self.routes.push((route, time, body));
        self
    }

    fn of(&self, route: Option<&MatchedPath>) -> (Duration, BodyLimits) {
        let own = route.and_then(|route| self.routes.iter().find(|(path, ..)| *path == route.as_str()));
        own.map_or((self.time, self.body), |(_, time, body)| (*time, *body))
    }
}

/// `router` with everything that every route has: request id, span, log and metrics; security
/// headers; problems for 404, 405 and panics; time-outs; a bounded body; and handlers that run to
/// their end (counted by `running.work`) although their client is gone.
///
/// Call it last, on the whole router: a route or fallback added afterwards has none of it.
pub fn stack(router: Router, limits: RequestLimits, running: &Running) -> Router {
    observe::describe();
    let layers = ServiceBuilder::new()
        .layer(from_fn(observe::observe))
        .layer(from_fn(security_headers::add))
        .layer(from_fn(refusals::as_problems))
        .layer(from_fn_with_state(Arc::new(limits), bound))
        .layer(from_fn_with_state(running.work.clone(), completion::run_to_completion))
        // axum's own limit would hold under a larger one of ours.
        .layer(DefaultBodyLimit::disable());
    router.layer(layers)
}

async fn bound(State(limits): State<Arc<RequestLimits>>, request: Request, next: Next) -> Response {
    let (time, body) = limits.of(request.extensions().get());
    match body::bound(body, request).await {
        Ok(request) => refusals::time_out(time, next.run(request)).await,
        Err(problem) => problem.into_response(),
    }
}

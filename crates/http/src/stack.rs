//! What surrounds every route, in one place and in one order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tokio_util::task::TaskTracker;

use crate::{BodyLimits, Running, body, completion, observe, refusals, security_headers};

/// How long a request may take and how much body it may bring.
#[derive(Clone, Debug)]
pub struct RequestLimits {
    /// From the request's head to the answer's.
    pub time: Duration,
    /// The request's body.
    pub body: BodyLimits,
    /// Routes with limits of their own.
    pub routes: Vec<RouteLimits>,
}

/// The limits of one route, instead of those for all.
#[derive(Clone, Copy, Debug)]
pub struct RouteLimits {
    /// The route's template, such as `/medications/import`.
    pub route: &'static str,
    /// From the request's head to the answer's.
    pub time: Duration,
    /// The request's body.
    pub body: BodyLimits,
}

impl Default for RequestLimits {
    fn default() -> Self {
        // Longer than any statement may take in the database (10 s) and than people wait.
        RequestLimits { time: Duration::from_secs(15), body: BodyLimits::default(), routes: Vec::new() }
    }
}

impl RequestLimits {
    fn of(&self, route: Option<&MatchedPath>) -> (Duration, BodyLimits) {
        let own = route.and_then(|route| self.routes.iter().find(|own| own.route == route.as_str()));
        own.map_or((self.time, self.body), |own| (own.time, own.body))
    }
}

/// `router` with everything that every route has: request id, span, log and metrics; security
/// headers; problems for 404, 405 and panics; time-outs; a bounded body; and handlers that run to
/// their end (counted by `running.work`) although their client is gone.
///
/// Call it last, on the whole router: a route or fallback added afterwards has none of it.
pub fn stack(router: Router, limits: RequestLimits, running: &Running) -> Router {
    observe::describe();
    let around = Around { limits, work: running.work.clone() };
    // axum's own limit would hold under a larger one of ours.
    router.layer(DefaultBodyLimit::disable()).layer(from_fn_with_state(Arc::new(around), surround))
}

struct Around {
    limits: RequestLimits,
    work: TaskTracker,
}

/// All of it in one layer: a request that passes a layer has the whole router below it copied.
async fn surround(State(around): State<Arc<Around>>, request: Request, next: Next) -> Response {
    observe::observed(request, async |request| {
        let answer = bounded(&around, request, next).await;
        security_headers::added(refusals::as_problem(answer))
    })
    .await
}

async fn bounded(around: &Around, request: Request, next: Next) -> Response {
    let (time, body) = around.limits.of(request.extensions().get());
    match body::bound(body, request).await {
        Ok(request) => refusals::time_out(time, completion::to_its_end(&around.work, next.run(request))).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{HeaderMap, HeaderValue, StatusCode};
    use axum::routing::{get, post};
    use bytes::Bytes;
    use serde_json::Value;
    use tower::ServiceExt;

    fn app(limits: RequestLimits, running: &Running) -> Router {
        let router = Router::new()
            .route("/orders/{id}", get(|| async { "an order" }))
            .route("/panic", get(|| async { panic!("on purpose") as &str }))
            .route("/never", get(|| async { std::future::pending::<&str>().await }))
            .route("/own", get(|| async { ([("cache-control", "max-age=60")], "cached") }))
            .route("/import", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/plain", get(|| async { (StatusCode::NOT_FOUND, [("x-own", "kept")]) }))
            .route("/small", post(|body: Bytes| async move { body.len().to_string() }));
        stack(router, limits, running)
    }

    async fn ask(app: &Router, request: Request) -> (StatusCode, HeaderMap, Bytes) {
        let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, axum::body::to_bytes(body, 1 << 20).await.unwrap())
    }

    async fn asked(method: &str, path: &str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let (status, headers, body) = ask(&app(RequestLimits::default(), &Running::default()), request).await;
        (status, headers, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn what_the_router_refuses_is_a_problem() {
        let (status, headers, body) = asked("GET", "/nowhere").await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::NOT_FOUND, Some("no_such_path")));
        assert_eq!(headers["content-type"], "application/problem+json");
        let (status, headers, body) = asked("DELETE", "/orders/1").await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::METHOD_NOT_ALLOWED, Some("method_not_allowed")));
        assert_eq!(headers["allow"], "GET,HEAD");
        let (_, headers, body) = asked("GET", "/plain").await;
        assert_eq!((&headers["x-own"], &body["status"]), (&HeaderValue::from_static("kept"), &404.into()));
    }

    #[tokio::test]
    async fn head_answers_as_get_without_a_body() {
        let (status, headers, body) = asked("HEAD", "/orders/1").await;
        assert_eq!((status, body), (StatusCode::OK, Value::Null));
        assert_eq!(headers["content-length"], "8");
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let (status, _, body) = asked("GET", "/panic").await;
        assert_eq!((status, body["code"].as_str()), (StatusCode::INTERNAL_SERVER_ERROR, Some("internal")));
        assert!(!body.to_string().contains("on purpose"));
    }

    #[tokio::test]
    async fn security_headers_are_everywhere_unless_the_handler_set_its_own() {
        for path in ["/orders/1", "/nowhere", "/panic"] {
            let (_, headers, _) = asked("GET", path).await;
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'", "{path}");
            assert_eq!(headers["cache-control"], "no-store", "{path}");
        }
        assert_eq!(asked("GET", "/own").await.1["cache-control"], "max-age=60");
    }

    #[tokio::test]
    async fn a_request_id_is_given_back_or_made() {
        let request = Request::get("/orders/1").header("x-request-id", "abc-1").body(Body::empty()).unwrap();
        let (_, headers, _) = ask(&app(RequestLimits::default(), &Running::default()), request).await;
        assert_eq!(headers["x-request-id"], "abc-1");
        assert_eq!(asked("GET", "/nowhere").await.1["x-request-id"].len(), 36);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_so_while_the_work_goes_on() {
        let running = Running::default();
        let request = Request::get("/never").body(Body::empty()).unwrap();
        let (status, headers, body) = ask(&app(RequestLimits::default(), &running), request).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers["retry-after"], "1");
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], "timed_out");
        assert_eq!(running.work.len(), 1);
    }

    #[tokio::test]
    async fn a_route_may_have_limits_of_its_own() {
        // Beyond axum's own 2 MB, too.
        let larger = BodyLimits { bytes: 4 << 20, ..BodyLimits::default() };
        let import = RouteLimits { route: "/import", time: Duration::from_secs(60), body: larger };
        let limits = RequestLimits { routes: vec![import], ..RequestLimits::default() };
        let app = app(limits, &Running::default());
        let of = |path: &str| Request::post(path).body(Body::from(vec![b'x'; 3 << 20])).unwrap();
        assert_eq!(ask(&app, of("/import")).await.2, "3145728");
        let declared = Request::post("/small").header("content-length", 3 << 20).body(vec![b'x'; 3 << 20].into());
        let (status, _, body) = ask(&app, declared.unwrap()).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["code"], "body_too_large");
    }

    #[test]
    fn requests_are_counted_by_route_template_and_not_by_path() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            // On this thread alone, since that is where the recorder is.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                asked("GET", "/orders/1").await;
                asked("GET", "/orders/2").await;
                asked("BREW", "/secret").await;
            });
        });
        let text = handle.render();
        let count = "botica_http_requests_total{method=\"GET\",route=\"/orders/{id}\",status=\"200\"} 2";
        assert!(text.contains(count), "{text}");
        assert!(text.contains("method=\"other\",route=\"unmatched\",status=\"404\""), "{text}");
        assert!(text.contains("botica_http_request_seconds"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

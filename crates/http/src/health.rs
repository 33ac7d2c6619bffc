//! Whether the process lives, and whether it can do its work, and if not why.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Json;

/// How long a check may take. A load balancer's probe gives up after a few seconds, and must hear why.
const DEADLINE: Duration = Duration::from_secs(1);

/// How long a result stands, so that probing can't burden what is probed.
const FRESH: Duration = Duration::from_secs(1);

type Outcome = Result<Value, String>;

struct Check {
    name: &'static str,
    run: Box<dyn Fn() -> BoxFuture<'static, Outcome> + Send + Sync>,
    // A check that hangs is asked for again, not started again: there is never more than one.
    running: Mutex<Option<JoinHandle<Outcome>>>,
}

/// What must work for this process to do its work.
pub struct Health {
    version: String,
    checks: Vec<Check>,
    stop: CancellationToken,
    last: Mutex<Option<(Instant, Readiness)>>,
}

impl Health {
    /// Nothing to check; `version` is the program's.
    pub fn new(version: impl Into<String>) -> Self {
        let (stop, last) = (CancellationToken::new(), Mutex::new(None));
        Health { version: version.into(), checks: Vec::new(), stop, last }
    }

    /// Adds a check. `Ok` may carry figures; `Err` says why not, to be read by anyone who can reach
    /// the port: no passwords and no addresses of people.
    #[must_use]
    pub fn check<F, R>(mut self, name: &'static str, run: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, String>> + Send + 'static,
    {
        let run = Box::new(move || run().boxed());
        self.checks.push(Check { name, run, running: Mutex::new(None) });
        self
    }

    /// Not ready once `stop` is given, so that a load balancer sends no more.
    #[must_use]
    pub fn until(mut self, stop: CancellationToken) -> Self {
        self.stop = stop;
        self
    }

    async fn readiness(&self) -> Readiness {
        // Held while checking: those who ask meanwhile get this result.
        let mut last = self.last.lock().await;
        match &*last {
            Some((at, readiness)) if at.elapsed() < FRESH => readiness.clone(),
            _ => {
                let readiness = self.ask().await;
                *last = Some((Instant::now(), readiness.clone()));
                readiness
            }
        }
    }

    async fn ask(&self) -> Readiness {
        let outcomes = join_all(self.checks.iter().map(Check::outcome)).await;
        let is_ready = outcomes.iter().all(Result::is_ok);
        let names = self.checks.iter().map(|check| check.name.to_owned());
        Readiness {
            status: if is_ready { Verdict::Ready } else { Verdict::NotReady },
            version: self.version.clone(),
            checks: names.zip(outcomes.into_iter().map(CheckResult::from)).collect(),
        }
    }
}

impl Check {
    /// Run as a task and never dropped half-way, as everything that may hold a database connection.
    async fn outcome(&self) -> Outcome {
        let mut running = self.running.lock().await;
        let mut task = running.take().unwrap_or_else(|| tokio::spawn((self.run)()));
        match tokio::time::timeout(DEADLINE, &mut task).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Err(format!("the check failed: {error}")),
            Err(_) => {
                *running = Some(task);
                Err(format!("no answer within {} s", DEADLINE.as_secs()))
            }
        }
    }
}

/// The process runs.
#[derive(Serialize, ToSchema)]
struct Alive {
    #[schema(example = "alive")]
    status: &'static str,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ready,
    NotReady,
}

/// Whether requests should come here, and what stands in the way.
#[derive(Clone, Serialize, ToSchema)]
struct Readiness {
    status: Verdict,
    /// Of the program.
    version: String,
    /// By name.
    checks: BTreeMap<String, CheckResult>,
}

#[derive(Clone, Serialize, ToSchema)]
struct CheckResult {
    status: CheckStatus,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Figures, such as how many orders wait.
    #[serde(skip_serializing_if = "Value::is_null")]
    detail: Value,
}

#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CheckStatus {
    Ok,
    Failed,
}

impl From<Outcome> for CheckResult {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(detail) => CheckResult { status: CheckStatus::Ok, reason: None, detail },
            Err(reason) => CheckResult { status: CheckStatus::Failed, reason: Some(reason), detail: Value::Null },
        }
    }
}

/// `GET /health/live` and `GET /health/ready`, for everyone.
pub fn health_routes(health: Health) -> OpenApiRouter {
    OpenApiRouter::default().routes(routes!(live)).routes(routes!(ready)).with_state(Arc::new(health))
}

/// Whether the process lives: if not, restart it.
#[utoipa::path(get, path = "/health/live", tag = "operation", security(()), responses((status = 200, body = Alive)))]
async fn live() -> Json<Alive> {
    Json(Alive { status: "alive" })
}

/// Whether the process can do its work, and if not why: if not, send requests elsewhere.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "operation",
    security(()),
    responses((status = 200, body = Readiness), (status = 503, body = Readiness, description = "Not ready; see checks"))
)]
async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, Json<Readiness>) {
    let mut readiness = health.readiness().await;
    if health.stop.is_cancelled() {
        readiness.status = Verdict::NotReady;
        let outcome = Err("the process is stopping".to_owned());
        readiness.checks.insert("running".to_owned(), CheckResult::from(outcome));
    }
    let status = match readiness.status {
        Verdict::Ready => StatusCode::OK,
        Verdict::NotReady => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(readiness))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::ServiceExt;

    async fn ask(router: &Router) -> (StatusCode, Value) {
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn what_is_not_ready_says_why() {
        let health = Health::new("1.2.3")
            .check("queue", || async { Ok(json!({"waiting": 3})) })
            .check("database", || async { Err("connection refused".to_owned()) });
        let (status, body) = ask(&health_routes(health).into()).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let expected = json!({"status": "not_ready", "version": "1.2.3", "checks": {
            "queue": {"status": "ok", "detail": {"waiting": 3}},
            "database": {"status": "failed", "reason": "connection refused"},
        }});
        assert_eq!(body, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn probing_does_not_burden_what_is_probed() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let health = Health::new("1").check("database", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            async { Ok(Value::Null) }
        });
        let router = health_routes(health).into();
        for _ in 0..100 {
            assert_eq!(ask(&router).await.0, StatusCode::OK);
        }
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        tokio::time::advance(FRESH).await;
        ask(&router).await;
        assert_eq!(runs.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_is_told_and_not_started_again() {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let (open, gate) = tokio::sync::watch::channel(false);
        let health = Health::new("1").check("database", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut gate = gate.clone();
            async move { gate.wait_for(|is_open| *is_open).await.map(|_| Value::Null).map_err(|e| e.to_string()) }
        });
        let router = health_routes(health).into();
        for _ in 0..3 {
            let (status, body) = ask(&router).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(body["checks"]["database"]["reason"], "no answer within 1 s");
            tokio::time::advance(FRESH).await;
        }
        open.send_replace(true);
        assert_eq!(ask(&router).await.0, StatusCode::OK);
        assert_eq!(runs.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_process_that_stops_is_not_ready() {
        let stop = CancellationToken::new();
        let router = health_routes(Health::new("1").until(stop.clone())).into();
        assert_eq!(ask(&router).await.0, StatusCode::OK);
        stop.cancel();
        assert_eq!(ask(&router).await.0, StatusCode::SERVICE_UNAVAILABLE);
    }
}

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

use crate::{Json, Path, Problem};

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
    /// The services that run in this process, each with the checks that it stands on.
    services: BTreeMap<&'static str, Vec<&'static str>>,
    stop: CancellationToken,
    last: Mutex<Option<(Instant, Readiness)>>,
}

impl Health {
    /// Nothing to check; `version` is the program's.
    pub fn new(version: impl Into<String>) -> Self {
        let (stop, last) = (CancellationToken::new(), Mutex::new(None));
        Health { version: version.into(), checks: Vec::new(), services: BTreeMap::new(), stop, last }
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

    /// Says that `service` runs here, and which checks it stands on: a balancer that sends it some requests alone
    /// asks for it alone.
    #[must_use]
    pub fn service(mut self, service: &'static str, checks: &[&'static str]) -> Self {
        self.services.insert(service, checks.to_vec());
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

    /// That of one service; `None` if it does not run here.
    async fn readiness_of(&self, service: &str) -> Option<Readiness> {
        let needed = self.services.get(service)?;
        let mut readiness = self.readiness().await;
        readiness.checks.retain(|name, _| needed.contains(&name.as_str()));
        let is_ready = readiness.checks.values().all(|check| matches!(check.status, CheckStatus::Ok));
        readiness.status = if is_ready { Verdict::Ready } else { Verdict::NotReady };
        Some(readiness)
    }

    fn told(&self, mut readiness: Readiness) -> (StatusCode, Json<Readiness>) {
        if self.stop.is_cancelled() {
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

/// `GET /health/live`, `GET /health/ready` and `GET /health/ready/{service}`, for everyone.
pub fn health_routes(health: Health) -> OpenApiRouter {
    OpenApiRouter::default()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(ready_service))
        .with_state(Arc::new(health))
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
    health.told(health.readiness().await)
}

/// Whether one service of the process can do its work: a publisher that shares its process with a backend goes on
/// without the database.
#[utoipa::path(
    get,
    path = "/health/ready/{service}",
    tag = "operation",
    security(()),
    params(("service" = String, Path, description = "publisher, backend or consumer", example = "publisher")),
    responses(
        (status = 200, body = Readiness),
        (status = 503, body = Readiness, description = "Not ready; see checks"),
    )
)]
async fn ready_service(
    State(health): State<Arc<Health>>,
    Path(service): Path<String>,
) -> Result<(StatusCode, Json<Readiness>), Problem> {
    let readiness = health.readiness_of(&service).await;
    readiness.map(|readiness| health.told(readiness)).ok_or_else(|| Problem::not_found("service in this process"))
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
        ask_for(router, "/health/ready").await
    }

    async fn ask_for(router: &Router, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).body(Body::empty()).unwrap();
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
    async fn a_service_is_ready_without_what_only_its_neighbours_need() {
        let stop = CancellationToken::new();
        let health = Health::new("1")
            .check("queue", || async { Ok(Value::Null) })
            .check("database", || async { Err("connection refused".to_owned()) })
            .service("publisher", &["queue"])
            .service("backend", &["database"])
            .until(stop.clone());
        let router = health_routes(health).into();
        let (status, body) = ask_for(&router, "/health/ready/publisher").await;
        assert_eq!((status, &body["checks"]), (StatusCode::OK, &json!({"queue": {"status": "ok"}})));
        assert_eq!(ask_for(&router, "/health/ready/backend").await.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(ask_for(&router, "/health/ready/consumer").await.0, StatusCode::NOT_FOUND);
        stop.cancel();
        assert_eq!(ask_for(&router, "/health/ready/publisher").await.0, StatusCode::SERVICE_UNAVAILABLE);
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

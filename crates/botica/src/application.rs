//! Wiring: which services this process runs, and what stands behind them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::Router;
use backend::{Backend, Devices, Feed, Imports, LoginLimits, Passwords, Revocations, Sessions, Throttle};
use consumer::Source;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{BodyLimits, RequestLimits, RevokedSessions, Running, ServerLimits, Tls, TokenKeys};
use publisher::{Allowance, Publisher};
use queue::local::{LocalOptions, LocalQueue};
use queue::rabbitmq::{RabbitOptions, RabbitQueue};
use queue::{Publish, Receive, Spool};
use store::{ConnectOptions, Store, StoreError};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::gauges::Gauges;
use crate::health::Checks;
use crate::settings::{Role, Settings};
use crate::{audit, backup, demo, keys, open_files, openapi, revocations, telemetry};

/// Work beside serving HTTP; it ends when told to, and its end before that is a failure.
type Task = (&'static str, BoxFuture<'static, anyhow::Result<()>>);

/// A process, ready to run.
pub(crate) struct Application {
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    limits: ServerLimits,
    tasks: Vec<Task>,
    running: Running,
    queue: Option<Queue>,
    /// A publisher's, for when the broker is away.
    spool: Option<LocalQueue>,
    store: Option<Store>,
}

/// The keeper of the order queue.
#[derive(Clone)]
enum Queue {
    Local(LocalQueue),
    Rabbit(RabbitQueue),
}

impl Application {
    /// Connects, brings the schema up to date, binds the port.
    ///
    /// # Errors
    /// What is wrong, and where it can be known, what to do.
    pub(crate) async fn build(settings: Settings, running: Running) -> anyhow::Result<Application> {
        let render = telemetry::record_metrics()?;
        std::fs::create_dir_all(&settings.data_dir)
            .with_context(|| format!("can't make the data folder {}", settings.data_dir.display()))?;
        let mut router = utoipa_axum::router::OpenApiRouter::new();
        let mut tasks: Vec<Task> = Vec::new();
        let mut checks = Checks::default();
        let mut left_by_others = None;
        let mut spool = None;
        let tls = match (&settings.tls_certificate, &settings.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls::open(certificate, key)?),
            _ => None,
        };
        if let Some(tls) = tls.clone() {
            let stop = running.stop.clone();
            tasks.push((
                "tls",
                async move {
                    tls.keep_fresh(stop).await;
                    Ok(())
                }
                .boxed(),
            ));
        }

        let store = match settings.runs(Role::Backend) || settings.runs(Role::Consumer) {
            true => Some(open_database(&settings).await?),
            false => None,
        };
        checks.store.clone_from(&store);
        let mut gauges = Gauges { store: store.clone(), ..Gauges::default() };
        let queue = match settings.runs(Role::Publisher) || settings.runs(Role::Consumer) {
            true => Some(open_queue(&settings).await?),
            false => None,
        };

        let signer = match settings.runs(Role::Backend) {
            true => Some(Arc::new(keys::signer(&settings)?)),
            false => None,
        };
        if let (Some(signer), Some(store)) = (&signer, &store) {
            let feed = Feed::new(store.clone(), running.stop.clone()).of_put_back(backup::put_back(&settings)?);
            let fed = feed.clone();
            gauges.feed = Some(feed.clone());
            tasks.push((
                "feed",
                async move {
                    fed.run().await;
                    Ok(())
                }
                .boxed(),
            ));
            let file = audit::CheckpointFile::open(&settings)?;
            let (every, stop) = (settings.checkpoint_every.0, running.stop.clone());
            tasks.push(("checkpoints", audit::keep_checkpoints(store.clone(), file, every, stop).boxed()));
            let imports = Imports::new(store.clone(), running.stop.clone());
            let imported = imports.clone();
            tasks.push((
                "imports",
                async move {
                    imported.run().await;
                    Ok(())
                }
                .boxed(),
            ));
            left_by_others = Some(imports.clone());
            let backend = Backend {
                imports,
                revocations: Revocations::new(store.clone(), settings.access_token_life.0),
                feed,
                public_url: settings.public_url()?,
                store: store.clone(),
                signer: Arc::clone(signer),
                passwords: Passwords::new(settings.passwords_at_once as usize, settings.password_wait.0),
                throttle: Arc::new(Throttle::new(LoginLimits {
                    per_client: settings.login_failures_per_client,
                    per_account: settings.login_failures_per_account,
                    per_address: settings.login_failures_per_address,
                })),
                devices: Devices::of(signer),
                sessions: Sessions {
                    access_token: settings.access_token_life.0,
                    session: settings.session_life.0,
                    is_cookie_secure: settings.has_secure_cookies(),
                },
                time_zone: settings.time_zone,
                pharmacy_phone: settings.pharmacy_phone.clone(),
            };
            router = router.merge(backend::routes(backend));
        }
        if let (true, Some(queue)) = (settings.runs(Role::Publisher), &queue) {
            let keys = match &signer {
                Some(signer) => TokenKeys::of([signer.public_key()]),
                None => {
                    let (keys, jwks) = keys::public_keys(&settings)?;
                    let stop = running.stop.clone();
                    tasks.extend(jwks.map(|jwks| -> Task { ("token_keys", jwks.keep_fresh(stop).boxed()) }));
                    keys
                }
            };
            let revoked = RevokedSessions::default();
            if let Some(source) = revocations::Source::of(&settings, store.as_ref())? {
                source.learn(&revoked).await?;
                let keep_fresh = source.keep_fresh(revoked.clone(), running.stop.clone());
                tasks.push(("revocations", keep_fresh.boxed()));
            }
            let mut publisher = queue.publisher();
            match queue {
                Queue::Local(_) => checks.publishing = Some(publisher.link()),
                Queue::Rabbit(_) => {
                    let kept = open_spool(&settings).await?;
                    let spooling = Spool::new(publisher, kept.clone());
                    let (forwarding, stop) = (spooling.clone(), running.stop.clone());
                    tasks.push(("spool", async move { Ok(forwarding.forward(stop).await?) }.boxed()));
                    (checks.spool, spool) = (Some(spooling.clone()), Some(kept));
                    publisher = Arc::new(spooling);
                }
            }
            checks.keys = Some(keys.clone());
            let allowance = Allowance::new(settings.orders_per_account, settings.orders_per_address);
            router = router.merge(publisher::routes(Publisher { queue: publisher, keys, revoked, allowance }));
        }
        if let (true, Some(queue), Some(store)) = (settings.runs(Role::Consumer), &queue, &store) {
            if let Queue::Local(queue) = queue {
                gauges.queue = Some(queue.clone());
            }
            for (name, receiver, source) in queue.receivers() {
                if source == Source::Orders {
                    checks.consuming = Some(receiver.link());
                }
                let options =
                    consumer::Options { source, batch: settings.batch_size.into(), ..consumer::Options::default() };
                let (store, stop) = (store.clone(), running.stop.clone());
                tasks.push((name, async move { Ok(consumer::run(receiver, store, options, stop).await?) }.boxed()));
            }
            let replaying = consumer::replay(queue.publisher(), store.clone(), running.stop.clone());
            tasks.push(("replayer", replaying.map(Ok).boxed()));
        }

        tasks.push(("gauges", gauges.keep_fresh(running.stop.clone()).map(Ok).boxed()));
        tasks.push(("metrics", telemetry::keep_small(render.clone(), running.stop.clone()).map(Ok).boxed()));
        let health = checks.health(openapi::ABOUT.version, &settings.role).until(running.stop.clone());
        router = router.merge(openapi::process_routes(health, move || render.render()));
        let requests = RequestLimits {
            time: settings.request_timeout.0,
            body: BodyLimits { bytes: settings.body_limit as usize, time: settings.body_timeout.0 },
            routes: vec![backend::import_limits()],
        };
        let listener = http::listen(settings.listen)
            .with_context(|| format!("can't listen on {}: is another Botica running?", settings.listen))?;
        // Only now: had another process the port, it would have the database too.
        if let Some(imports) = left_by_others {
            until_it_answers(&settings, async || imports.end_dead().await).await?;
        }
        if let (true, Some(store)) = (settings.demo, &store) {
            demo::open(store, if tls.is_some() { "https" } else { "http" }, listener.local_addr()?).await?;
        }
        let mut router = http::with_docs(router, openapi::ABOUT);
        if settings.runs(Role::Backend) {
            router = router.merge(backend::web_app());
        }
        let router = http::behind(http::stack(router, requests, &running), settings.trusted_proxies);
        Ok(Application {
            router: http::open_to(router, settings.cors_origins),
            limits: ServerLimits {
                patience: settings.idle_timeout.0,
                connections: open_files::make_room_for(settings.connections) as usize,
                grace: settings.grace.0,
            },
            listener,
            tls,
            tasks,
            running,
            queue,
            spool,
            store,
        })
    }

    /// Where it listens.
    fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is told to stop, then finishes what runs.
    ///
    /// # Errors
    /// A part of it died.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        tracing::info!(address = %self.address()?, version = openapi::ABOUT.version, "listening");
        let Application { listener, tls, router, limits, tasks, running, queue, spool, store } = self;
        let mut parts: JoinSet<(&'static str, anyhow::Result<()>)> = JoinSet::new();
        for (name, task) in tasks {
            parts.spawn(async move { (name, task.await) });
        }
        let served = running.clone();
        parts.spawn(async move {
            let stopped = http::serve(listener, tls, router, limits, &served).await;
            tracing::info!(cut = stopped.cut, unfinished = stopped.unfinished, "no more requests");
            ("http", Ok(()))
        });

        let mut failure = None;
        let mut deadline = std::pin::pin!(end_after(&running, limits.grace + FIRM));
        loop {
            let part = tokio::select! {
                part = parts.join_next() => part,
                () = &mut deadline => {
                    tracing::warn!("parts of the process did not end in time");
                    break;
                }
            };
            let ended = match part {
                None => break,
                Some(Ok((name, Ok(())))) if running.stop.is_cancelled() => {
                    tracing::debug!(part = name, "ended");
                    continue;
                }
                Some(Ok((name, Ok(())))) => anyhow::anyhow!("{name} ended by itself"),
                Some(Ok((name, Err(error)))) => error.context(format!("{name} failed")),
                Some(Err(panic)) => anyhow::Error::new(panic).context("a part of the process panicked"),
            };
            failure.get_or_insert(ended);
            running.stop.cancel();
        }
        let closing = async {
            if let Some(queue) = queue {
                queue.close().await;
            }
            if let Some(spool) = spool {
                spool.close().await;
            }
            if let Some(store) = store {
                store.close().await;
            }
        };
        // What can't be closed in time is cut by the end of the process; nothing depends on it.
        drop(tokio::time::timeout(FIRM, closing).await);
        tracing::info!("stopped");
        failure.map_or(Ok(()), Err)
    }
}

/// How long parts may take to end after they were told to firmly, and connections to close.
const FIRM: Duration = Duration::from_millis(900);

/// Ends when the process should have, softly or firmly.
async fn end_after(running: &Running, grace: Duration) {
    running.stop.cancelled().await;
    tokio::select! {
        () = tokio::time::sleep(grace) => {}
        () = running.cut.cancelled() => tokio::time::sleep(FIRM).await,
    }
}

impl Queue {
    fn publisher(&self) -> Arc<dyn Publish> {
        match self {
            Queue::Local(queue) => Arc::new(queue.publisher()),
            Queue::Rabbit(queue) => Arc::new(queue.publisher()),
        }
    }

    fn receivers(&self) -> Vec<(&'static str, Box<dyn Receive>, Source)> {
        match self {
            Queue::Local(queue) => vec![("consumer", Box::new(queue.receiver()), Source::Orders)],
            Queue::Rabbit(queue) => vec![
                ("consumer", Box::new(queue.receiver()), Source::Orders),
                ("consumer_of_dead", Box::new(queue.dead_receiver()), Source::Dead),
            ],
        }
    }

    async fn close(&self) {
        match self {
            Queue::Local(queue) => queue.close().await,
            Queue::Rabbit(queue) => queue.close().await,
        }
    }
}

/// So many batches the queue may hand over: while two are stored, the next comes in whole.
const BATCHES_AHEAD: u16 = 3;

async fn open_queue(settings: &Settings) -> anyhow::Result<Queue> {
    Ok(match &settings.amqp_url {
        Some(url) => {
            let options = RabbitOptions {
                queue: settings.amqp_queue.clone(),
                deadline: settings.queue_timeout.0,
                prefetch: settings.batch_size.saturating_mul(BATCHES_AHEAD),
                ..RabbitOptions::new(url.reveal())
            };
            Queue::Rabbit(RabbitQueue::new(options)?)
        }
        None => {
            let options = LocalOptions {
                capacity: settings.queue_capacity,
                deadline: settings.queue_timeout.0,
                prefetch: usize::from(settings.batch_size.saturating_mul(BATCHES_AHEAD)),
                // Publishers may share it; two who take messages out would each be given all.
                is_exclusive: settings.runs(Role::Consumer),
                ..LocalOptions::default()
            };
            let file = settings.data_dir.join("order_queue.db");
            Queue::Local(LocalQueue::open(&file, options).await.context("can't open the order queue")?)
        }
    })
}

/// How long the spool may take: with what the broker is given before it, an answer comes within 3 s.
const SPOOL_DEADLINE: Duration = Duration::from_millis(900);

async fn open_spool(settings: &Settings) -> anyhow::Result<LocalQueue> {
    let options = LocalOptions {
        capacity: settings.spool_capacity,
        deadline: SPOOL_DEADLINE,
        is_exclusive: true,
        ..LocalOptions::default()
    };
    LocalQueue::open(&settings.data_dir.join("spool.db"), options).await.context("can't open the spool")
}

/// The database that the settings name; PostgreSQL is not connected to yet.
pub(crate) async fn connect(settings: &Settings) -> anyhow::Result<Store> {
    if settings.database_url.is_none() {
        std::fs::create_dir_all(&settings.data_dir)
            .with_context(|| format!("can't make the data folder {}", settings.data_dir.display()))?;
    }
    let options = ConnectOptions {
        connections: settings.database_connections,
        statement_timeout: settings.database_timeout.0,
        ..ConnectOptions::default()
    };
    Ok(Store::connect(&settings.database_url(), &options).await?)
}

/// Waits for the database and brings its schema up to date.
async fn open_database(settings: &Settings) -> anyhow::Result<Store> {
    let store = connect(settings).await?;
    for warning in until_it_answers(settings, async || store.require_durability().await).await? {
        tracing::warn!("{warning}");
    }
    let applied = until_it_answers(settings, async || match settings.no_migrate {
        true => store.require_current_schema().await.map(|()| vec![]),
        false => store.migrate().await,
    });
    let applied = applied.await?;
    if !applied.is_empty() {
        tracing::info!(migrations = applied.join(", "), "the schema is up to date");
    }
    Ok(store)
}

/// Asks the database again and again, while it is not there yet.
async fn until_it_answers<T>(settings: &Settings, ask: impl AsyncFn() -> Result<T, StoreError>) -> anyhow::Result<T> {
    let deadline = Instant::now() + settings.database_wait.0;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) if error.is_transient() && Instant::now() < deadline => {
                tracing::warn!(error = %error, "waiting for the database");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) if error.is_transient() => bail!("the database did not come up in time: {error}"),
            Err(error) => return Err(error.into()),
        }
    }
}

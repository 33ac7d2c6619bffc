//! A hospital as tests see it: running processes, an administrator, a dispenser and two medications.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use testkit::broker::PrivateBroker;
use testkit::postgres::PrivatePostgres;
use testkit::product::{Product, Start, command};
use testkit::services::{FreshQueue, PostgresDatabase};
use testkit::sql::SqlConnection;
use uuid::Uuid;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_botica");
pub(crate) const ADMIN: &str = "admin@hospital.example";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A deadline for what should take a moment, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Hospital {
    pub(crate) publisher: Option<Product>,
    /// In embedded mode, the process of all three services.
    pub(crate) backend: Option<Product>,
    pub(crate) consumer: Option<Product>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) client: Client,
    pub(crate) token: String,
    pub(crate) dispenser: String,
    pub(crate) medications: [String; 2],
    pub(crate) database: Option<PostgresDatabase>,
    pub(crate) queue: Option<FreshQueue>,
    /// Further arguments of each process.
    args: Vec<String>,
    /// Further environment of what is started from now on.
    pub(crate) env: Vec<(String, String)>,
}

impl Hospital {
    /// One process on SQLite and the local queue.
    pub(crate) async fn embedded() -> Hospital {
        let hospital = Hospital::empty(None, None);
        hospital.filled().await
    }

    /// The same with further arguments.
    pub(crate) async fn embedded_with(args: &[&str]) -> Hospital {
        let mut hospital = Hospital::empty(None, None);
        hospital.args = args.iter().map(ToString::to_string).collect();
        hospital.filled().await
    }

    /// Three processes on PostgreSQL and RabbitMQ.
    pub(crate) async fn distributed() -> Hospital {
        Hospital::distributed_with(&[]).await
    }

    /// The same on servers of the test's own, to kill and freeze. Drop the hospital before them.
    pub(crate) async fn distributed_on(postgres: &PrivatePostgres, broker: &PrivateBroker) -> Hospital {
        let database = PostgresDatabase::create_on(postgres.url()).await.unwrap();
        Hospital::empty(Some(database), Some(FreshQueue::on(&broker.url()))).filled().await
    }

    /// The same on a broker of the test's own and the run's database.
    pub(crate) async fn distributed_on_broker(broker: &PrivateBroker) -> Hospital {
        let database = PostgresDatabase::create().await.unwrap();
        Hospital::empty(Some(database), Some(FreshQueue::on(&broker.url()))).filled().await
    }

    /// The same on a database of the test's own and the run's broker.
    pub(crate) async fn distributed_on_postgres(postgres: &PrivatePostgres) -> Hospital {
        let database = PostgresDatabase::create_on(postgres.url()).await.unwrap();
        Hospital::empty(Some(database), Some(FreshQueue::new())).filled().await
    }

    /// The same with further arguments, of each.
    pub(crate) async fn distributed_with(args: &[&str]) -> Hospital {
        let database = PostgresDatabase::create().await.unwrap();
        let mut hospital = Hospital::empty(Some(database), Some(FreshQueue::new()));
        hospital.args = args.iter().map(ToString::to_string).collect();
        hospital.filled().await
    }

    /// The same on servers of the test's own, where it has such, with further arguments of each.
    pub(crate) async fn distributed_between(
        postgres: Option<&PrivatePostgres>,
        broker: Option<&PrivateBroker>,
        args: &[&str],
    ) -> Hospital {
        let server = postgres.map_or_else(testkit::services::postgres_url, PrivatePostgres::url);
        let database = PostgresDatabase::create_on(server).await.unwrap();
        let queue = broker.map_or_else(FreshQueue::new, |broker| FreshQueue::on(&broker.url()));
        let mut hospital = Hospital::empty(Some(database), Some(queue));
        hospital.args = args.iter().map(ToString::to_string).collect();
        hospital.filled().await
    }

    /// In embedded mode, with its files in `folder`: on a disk that can be filled, say.
    pub(crate) async fn embedded_in(folder: &Path) -> Hospital {
        let mut hospital = Hospital::empty(None, None);
        hospital.folder = tempfile::tempdir_in(folder).unwrap();
        hospital.filled().await
    }

    fn empty(database: Option<PostgresDatabase>, queue: Option<FreshQueue>) -> Hospital {
        Hospital {
            publisher: None,
            backend: None,
            consumer: None,
            folder: tempfile::tempdir().unwrap(),
            client: Client::builder().timeout(SOON).cookie_store(true).build().unwrap(),
            token: String::new(),
            dispenser: String::new(),
            medications: [String::new(), String::new()],
            database,
            queue,
            args: vec![],
            env: vec![],
        }
    }

    async fn filled(mut self) -> Hospital {
        self.create_admin(ADMIN, PASSWORD);
        self.start_backend();
        if self.database.is_some() {
            self.start_publisher();
            self.start_consumer();
        }
        self.token = self.login(ADMIN, PASSWORD).await;
        let name = "Dipirona sódica 500 mg/mL solução injetável 2 mL";
        let first = self.post("/medications", &json!({ "name": name })).await;
        let second = self.post("/medications", &json!({ "name": "Glicose 5% 500 mL" })).await;
        self.medications = [id(&first), id(&second)];
        let dispenser = json!({ "name": "UTI 1", "ward": "UTI Adulto", "floor": "3" });
        self.dispenser = id(&self.post("/dispensers", &dispenser).await);
        for product in [&self.publisher, &self.consumer].into_iter().flatten() {
            self.wait_until_ready(product).await;
        }
        self
    }

    /// Runs `botica admin create`.
    pub(crate) fn create_admin(&self, email: &str, password: &str) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{password}").unwrap();
        let mut create = command(BINARY.as_ref());
        create.args(["admin", "create", "--name", "Administração", "--email", email]);
        create.arg("--data-dir").arg(self.folder.path()).arg("--password-file").arg(file.path());
        if let Some(database) = &self.database {
            create.env("DATABASE_URL", database.url());
        }
        assert!(create.status().unwrap().success());
    }

    pub(crate) fn start_backend(&mut self) {
        let start = serve().args(["--data-dir", self.folder.path().to_str().unwrap()]).args(&self.args);
        let start = match &self.database {
            Some(database) => start.args(["--role", "backend"]).env("DATABASE_URL", database.url()),
            None => start,
        };
        self.backend = Some(self.with_env(start).start().unwrap());
    }

    pub(crate) fn start_publisher(&mut self) {
        let broker = self.queue.as_ref().unwrap().url().to_owned();
        self.start_publisher_on(&broker);
    }

    /// Ends the backend, then starts a publisher that still looks for it at its address.
    pub(crate) fn start_publisher_without_backend(&mut self) {
        let backend = self.backend.take().unwrap();
        let start = self.publisher_of(&backend, self.queue.as_ref().unwrap().url());
        backend.kill();
        self.publisher = Some(start.start().unwrap());
    }

    /// A publisher that asks for the backend's keys there.
    pub(crate) fn start_publisher_asking(&mut self, jwks: &str) {
        let start = self.publisher_between(jwks, self.queue.as_ref().unwrap().url());
        self.publisher = Some(start.start().unwrap());
    }

    /// A publisher with another broker.
    pub(crate) fn start_publisher_on(&mut self, broker: &str) {
        self.start_publisher_with(broker, &[]);
    }

    /// The same with further arguments.
    pub(crate) fn start_publisher_with(&mut self, broker: &str, args: &[&str]) {
        let start = self.publisher_of(self.backend.as_ref().unwrap(), broker).args(args);
        self.publisher = Some(start.start().unwrap());
    }

    fn publisher_of(&self, backend: &Product, broker: &str) -> Start {
        self.publisher_between(&backend.url("/.well-known/jwks.json"), broker)
    }

    fn publisher_between(&self, jwks: &str, broker: &str) -> Start {
        let folder = self.publisher_folder();
        let start = serve()
            .args(["--role", "publisher", "--data-dir", folder.to_str().unwrap(), "--jwks-url", jwks])
            .args(&self.args)
            .env("AMQP_URL", broker)
            .env("BOTICA_AMQP_QUEUE", self.queue.as_ref().unwrap().name());
        self.with_env(start)
    }

    /// Where the publisher keeps what is its own.
    pub(crate) fn publisher_folder(&self) -> PathBuf {
        self.folder.path().join("publisher")
    }

    pub(crate) fn start_consumer(&mut self) {
        let database = self.database.as_ref().unwrap().url().to_owned();
        self.start_consumer_on(&database);
    }

    /// A consumer that reaches the database elsewhere.
    pub(crate) fn start_consumer_on(&mut self, database: &str) {
        let broker = self.queue.as_ref().unwrap().url().to_owned();
        self.start_consumer_between(&broker, database);
    }

    /// A consumer with another broker.
    pub(crate) fn start_consumer_from(&mut self, broker: &str) {
        let database = self.database.as_ref().unwrap().url().to_owned();
        self.start_consumer_between(broker, &database);
    }

    fn start_consumer_between(&mut self, broker: &str, database: &str) {
        let folder = self.folder.path().join("consumer");
        let start = Start::serve(BINARY)
            .args(["--role", "consumer", "--data-dir", folder.to_str().unwrap()])
            .args(&self.args)
            .env("DATABASE_URL", database)
            .env("AMQP_URL", broker)
            .env("BOTICA_AMQP_QUEUE", self.queue.as_ref().unwrap().name());
        self.consumer = Some(self.with_env(start).start().unwrap());
    }

    fn with_env(&self, start: Start) -> Start {
        self.env.iter().fold(start, |start, (name, value)| start.env(name, value.as_str()))
    }

    /// The process of the consumer.
    pub(crate) fn reader(&mut self) -> &mut Option<Product> {
        if self.database.is_some() { &mut self.consumer } else { &mut self.backend }
    }

    /// Starts the process of the consumer.
    pub(crate) fn start_reader(&mut self) {
        if self.database.is_some() { self.start_consumer() } else { self.start_backend() }
    }

    /// A way into the database behind the product's back.
    pub(crate) async fn sql(&self) -> SqlConnection {
        testkit::sql::connect(&self.database_url()).await.unwrap()
    }

    /// Where the database is.
    pub(crate) fn database_url(&self) -> String {
        let file = || format!("sqlite://{}", self.folder.path().join("botica.db").display());
        self.database.as_ref().map_or_else(file, |database| database.url().to_owned())
    }

    /// Puts bodies into the order queue as a stranger would, without anything else.
    pub(crate) async fn put_into_queue(&self, bodies: &[Vec<u8>]) {
        match &self.queue {
            Some(queue) => queue.put_all(bodies).await.unwrap(),
            None => {
                let file = self.folder.path().join("order_queue.db");
                let mut queue = testkit::sql::connect(&format!("sqlite://{}", file.display())).await.unwrap();
                queue.execute("BEGIN IMMEDIATE").await.unwrap();
                for body in bodies {
                    queue.execute_with("INSERT INTO messages (body) VALUES (?)", body).await.unwrap();
                }
                queue.execute("COMMIT").await.unwrap();
            }
        }
    }

    /// The same with one body that is said to be of a type.
    pub(crate) async fn put_typed_into_queue(&self, body: &[u8], kind: &str) {
        if let Some(queue) = &self.queue {
            return queue.put_typed(body, kind).await.unwrap();
        }
        let file = self.folder.path().join("order_queue.db");
        let mut queue = testkit::sql::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        queue.execute(&format!("INSERT INTO messages (kind, body) VALUES ('{kind}', x'{}')", hex(body))).await.unwrap();
    }

    /// The body of the message of an order.
    pub(crate) fn message(&self, order: &Value) -> Vec<u8> {
        let message = json!({
            "version": 1,
            "order": order,
            "placed_by": { "id": Uuid::now_v7(), "name": "Ana", "role": "nurse" },
            "placed_at": "2026-03-09T14:05:00Z",
        });
        message.to_string().into_bytes()
    }

    /// The process that takes orders in.
    fn front(&self) -> &Product {
        self.publisher.as_ref().or(self.backend.as_ref()).unwrap()
    }

    /// Where a request goes: to the publisher or the backend.
    pub(crate) fn url(&self, method: &Method, path: &str) -> String {
        let is_placing = method == Method::POST && (path == "/orders" || path == "/publish_order");
        let product = if is_placing { self.front() } else { self.backend.as_ref().unwrap() };
        product.url(path)
    }

    /// A request with the administrator's token.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.url(&method, path);
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Response {
        self.request(method, path).json(body).send().await.unwrap()
    }

    /// A POST that succeeds.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        answer(self.send(Method::POST, path, body).await).await
    }

    /// A GET that succeeds.
    pub(crate) async fn get(&self, path: &str) -> Value {
        answer(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> String {
        let url = self.backend.as_ref().unwrap().url("/login");
        let body = json!({ "email": email, "password": password });
        let signed_in = answer(self.client.post(url).json(&body).send().await.unwrap()).await;
        signed_in["access_token"].as_str().unwrap().to_owned()
    }

    /// The token of a new user of this role, called by role and number.
    pub(crate) async fn someone(&self, role: &str, number: u32) -> String {
        let (name, email) = (format!("{role} {number}"), format!("{role}{number}@hospital.example"));
        let user = json!({ "name": name, "email": email, "password": PASSWORD, "role": role });
        self.post("/users", &user).await;
        self.login(&email, PASSWORD).await
    }

    /// A request without a token.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.url(&method, path);
        self.client.request(method, url)
    }

    /// A step of an order, as `who`; a body of `null` is none.
    pub(crate) fn step_request(&self, who: &str, order: &Value, step: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.anonymous(Method::POST, &format!("/orders/{}/{step}", id(order))).bearer_auth(who);
        if body.is_null() { request } else { request.json(body) }
    }

    pub(crate) async fn step(&self, who: &str, order: &Value, step: &str, body: &Value) -> Response {
        self.step_request(who, order, step, body).send().await.unwrap()
    }

    /// Places an order as `who`.
    pub(crate) async fn place_as(&self, who: &str, order: &Value) {
        let placed = self.anonymous(Method::POST, "/orders").bearer_auth(who).json(order).send().await.unwrap();
        assert_eq!(placed.status(), StatusCode::ACCEPTED);
    }

    /// An order that the hospital can fill.
    pub(crate) fn order(&self) -> Value {
        json!({
            "id": Uuid::now_v7(),
            "dispenser_id": self.dispenser,
            "priority": "urgent",
            "lines": [
                { "medication_id": self.medications[0], "quantity": 3 },
                { "medication_id": self.medications[1], "quantity": 1 },
            ],
        })
    }

    /// Places an order until it is accepted, as a client does.
    pub(crate) async fn place(&self, order: &Value) {
        let deadline = Instant::now() + SOON;
        loop {
            match self.request(Method::POST, "/orders").json(order).send().await {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => return,
                Ok(answer) if answer.status() != StatusCode::SERVICE_UNAVAILABLE => {
                    panic!("{}", answer.text().await.unwrap())
                }
                _ => assert!(Instant::now() < deadline, "the order was not accepted in time"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The order, once it is stored.
    pub(crate) async fn stored(&self, id: &str, within: Duration) -> Value {
        let deadline = Instant::now() + within;
        loop {
            let answer = self.request(Method::GET, &format!("/orders/{id}")).send().await.unwrap();
            if answer.status() == StatusCode::OK {
                return answer.json().await.unwrap();
            }
            assert!(Instant::now() < deadline, "order {id} was not stored within {within:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Signs in anew: a restarted process, or a test that lasts longer than a token.
    pub(crate) async fn sign_in(&mut self) {
        self.token = self.login(ADMIN, PASSWORD).await;
    }

    /// All ids of stored orders.
    pub(crate) async fn stored_ids(&self) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/orders?limit=200{cursor}")).await;
            ids.extend(page["items"].as_array().unwrap().iter().map(id));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }

    pub(crate) async fn wait_until_ready(&self, product: &Product) {
        let deadline = Instant::now() + SOON;
        loop {
            let answer = self.client.get(product.url("/health/ready")).send().await.unwrap();
            let (status, ready) = (answer.status(), answer.json::<Value>().await.unwrap());
            // A publisher is ready before it has reached its broker.
            let is_spooling = ready["checks"]["queue_publisher"]["detail"]["spooling"] == true;
            if status == StatusCode::OK && !is_spooling {
                return;
            }
            assert!(Instant::now() < deadline, "not ready: {ready}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The product, where one administrator may order more than any person would. A flag goes before that.
pub(crate) fn serve() -> Start {
    Start::serve(BINARY).env("BOTICA_ORDERS_PER_ACCOUNT", "0").env("BOTICA_ORDERS_PER_ADDRESS", "0")
}

pub(crate) fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

/// The body of an answer that must be a success.
pub(crate) async fn answer(answer: Response) -> Value {
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// Status, code and the pointers of the errors of a problem.
pub(crate) async fn problem(answer: Response) -> (u16, String, Vec<String>) {
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(kind.as_deref(), Some("application/problem+json"), "{status}: {text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
    let pointers = body["errors"].as_array().map(|errors| errors.iter().map(pointer).collect());
    (status, body["code"].as_str().unwrap().to_owned(), pointers.unwrap_or_default())
}

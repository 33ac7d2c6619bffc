//! The product's HTTP API as a client sees it. Every request has a deadline.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::form::import_form;
use tokio::sync::Mutex;
use url::Url;
use uuid::Uuid;

use testkit::checker::Stored;
use testkit::journal::{Answer, Line, Order};

/// The publisher promises an answer within 3 s even without its broker; a loaded machine gets some more.
const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
/// How often a read is tried: the product may be restarting, but what it can't show is a fault.
const READ_TRIES: u32 = 4;
/// The most that a list gives at once.
const PAGE: usize = 200;

/// A login. Must be an admin's: it keeps medications and dispensers, and places orders.
pub struct Login {
    /// Who.
    pub email: String,
    /// Never logged, never in the journal.
    pub password: String,
}

struct Token {
    text: String,
    renew_at: Instant,
}

/// A client of one product.
pub struct Api {
    http: reqwest::Client,
    publisher: Url,
    backend: Url,
    login: Login,
    token: Mutex<Option<Token>>,
}

impl Api {
    /// A client that places orders at `publisher` and does all else at `backend`; they may be the same.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(publisher: Url, backend: Url, login: Login) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(REQUEST_DEADLINE)
            .connect_timeout(Duration::from_secs(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Api { http, publisher, backend, login, token: Mutex::new(None) })
    }

    /// Makes a medication and gives its id.
    ///
    /// # Errors
    /// When the answer is not `201` with an id.
    pub async fn create_medication(&self, name: &str) -> Result<Uuid> {
        self.create("medications", &json!({ "name": name })).await
    }

    /// How many medications `text` finds on the first page, and how long the whole answer took.
    ///
    /// # Errors
    /// When the answer is not a list.
    pub async fn search(&self, text: &str) -> Result<(usize, Duration)> {
        let mut url = self.backend.join("medications")?;
        url.query_pairs_mut().append_pair("search", text);
        let request = self.http.get(url).bearer_auth(self.bearer().await?);
        let began = Instant::now();
        let (status, text) = answer(request).await.context("GET /medications")?;
        let took = began.elapsed();
        ensure!(status == StatusCode::OK, "GET /medications: {status} {text}");
        let page: Value = serde_json::from_str(&text).with_context(|| format!("GET /medications: {text}"))?;
        Ok((list_in(&page, "items")?.len(), took))
    }

    /// Makes a dispenser and gives its id.
    ///
    /// # Errors
    /// When the answer is not `201` with an id.
    pub async fn create_dispenser(&self, name: &str, ward: &str) -> Result<Uuid> {
        self.create("dispensers", &json!({ "name": name, "ward": ward })).await
    }

    /// The same client of a product that was started again, elsewhere.
    pub fn at(self, backend: Url) -> Api {
        Api { backend, token: Mutex::new(None), ..self }
    }

    /// Starts the import of a catalogue file and gives its id.
    ///
    /// # Errors
    /// When the answer is not `202` with an id.
    pub async fn start_import(&self, file_name: &str, file: &[u8], is_dry_run: bool) -> Result<Uuid> {
        let (kind, body) = import_form(file_name, file, is_dry_run);
        let request = self.http.post(self.backend.join("medications/import")?).header("content-type", kind);
        let request = request.bearer_auth(self.bearer().await?).body(body);
        let (status, text) = answer(request).await.context("POST /medications/import")?;
        ensure!(status == StatusCode::ACCEPTED, "POST /medications/import: {status} {text}");
        id_in(&serde_json::from_str(&text)?, "/id").with_context(|| format!("POST /medications/import: {text}"))
    }

    /// An import as it is now.
    ///
    /// # Errors
    /// When the answer is not `200` with JSON.
    pub async fn import(&self, id: Uuid) -> Result<Value> {
        let url = self.backend.join(&format!("medications/imports/{id}"))?;
        let (status, text) = answer(self.http.get(url).bearer_auth(self.bearer().await?)).await?;
        ensure!(status == StatusCode::OK, "GET /medications/imports/{id}: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    async fn create(&self, list: &str, body: &Value) -> Result<Uuid> {
        let request = self.http.post(self.backend.join(list)?).bearer_auth(self.bearer().await?).json(body);
        let (status, text) = answer(request).await.with_context(|| format!("POST /{list}"))?;
        ensure!(status == StatusCode::CREATED, "POST /{list}: {status} {text}");
        let created: Value = serde_json::from_str(&text).with_context(|| format!("POST /{list}: {text}"))?;
        id_in(&created, "/id").with_context(|| format!("POST /{list}: {text}"))
    }

    /// Sends an order once.
    pub async fn place(&self, order: &Order) -> Answer {
        match self.try_to_place(order).await {
            Ok((StatusCode::ACCEPTED, _)) => Answer::Accepted,
            // "Not now": a token whose time ran out on the way, a slow body, a rate limit.
            Ok((
                status @ (StatusCode::UNAUTHORIZED | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS),
                text,
            )) => {
                if status == StatusCode::UNAUTHORIZED {
                    *self.token.lock().await = None;
                }
                Answer::Failed { detail: format!("{status} {text}") }
            }
            Ok((status, text)) if status.is_client_error() => Answer::Refused { detail: format!("{status} {text}") },
            Ok((status, text)) => Answer::Failed { detail: format!("{status} {text}") },
            Err(error) => Answer::Failed { detail: format!("{error:#}") },
        }
    }

    async fn try_to_place(&self, order: &Order) -> Result<(StatusCode, String)> {
        let bearer = self.bearer().await?;
        answer(self.http.post(self.publisher.join("orders")?).bearer_auth(bearer).json(order)).await
    }

    /// The ids of all orders, as often as the list names them.
    ///
    /// # Errors
    /// When a page can't be read, or a cursor comes back a second time.
    pub async fn order_ids(&self) -> Result<Vec<Uuid>> {
        let mut ids = Vec::new();
        let mut cursors = BTreeSet::new();
        let mut cursor: Option<String> = None;
        loop {
            let (items, next) = self.page("orders", cursor.as_deref()).await?;
            for item in &items {
                ids.push(id_in(item, "/id")?);
            }
            let Some(next) = next else { return Ok(ids) };
            ensure!(cursors.insert(next.clone()), "GET /orders: the cursor {next} comes back");
            cursor = Some(next);
        }
    }

    /// How many messages are kept as dead letters, up to one page of them.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn dead_letters(&self) -> Result<usize> {
        Ok(self.page("dead-letters", None).await?.0.len())
    }

    /// One order, with its lines and events.
    ///
    /// # Errors
    /// When it can't be read or lacks something.
    pub async fn order(&self, id: Uuid) -> Result<Stored> {
        let order = self.get(self.backend.join(&format!("orders/{id}"))?).await?;
        stored(&order).with_context(|| format!("GET /orders/{id}: {order}"))
    }

    async fn page(&self, list: &str, cursor: Option<&str>) -> Result<(Vec<Value>, Option<String>)> {
        let mut url = self.backend.join(list)?;
        url.query_pairs_mut().append_pair("limit", &PAGE.to_string());
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let mut page = self.get(url).await?;
        let Value::Array(items) = page["items"].take() else { bail!("GET /{list}: no items in {page}") };
        Ok((items, page["next_cursor"].as_str().map(str::to_owned)))
    }

    async fn get(&self, url: Url) -> Result<Value> {
        let mut tries = 0;
        loop {
            tries += 1;
            let result = self.try_to_get(url.clone()).await;
            if result.is_ok() || tries == READ_TRIES {
                return result.with_context(|| format!("GET {}", url.path()));
            }
            tokio::time::sleep(Duration::from_millis(250) * tries).await;
        }
    }

    async fn try_to_get(&self, url: Url) -> Result<Value> {
        let (status, text) = answer(self.http.get(url).bearer_auth(self.bearer().await?)).await?;
        ensure!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).with_context(|| text)
    }

    /// A token that is good for a while yet. Held under the lock while logging in, so that a crowd of
    /// clients logs in once.
    async fn bearer(&self) -> Result<String> {
        let mut token = self.token.lock().await;
        if let Some(token) = token.as_ref().filter(|token| Instant::now() < token.renew_at) {
            return Ok(token.text.clone());
        }
        let asked_at = Instant::now();
        let (text, lives) = self.log_in().await?;
        *token = Some(Token { text: text.clone(), renew_at: asked_at + lives.mul_f64(0.8) });
        Ok(text)
    }

    /// Signs another device in, and gives its access token.
    ///
    /// # Errors
    /// When the answer is none of success.
    pub async fn sign_in(&self) -> Result<String> {
        Ok(self.log_in().await?.0)
    }

    /// A new access token, and how long it lives.
    async fn log_in(&self) -> Result<(String, Duration)> {
        let body = json!({ "email": self.login.email, "password": self.login.password });
        let (status, text) =
            answer(self.http.post(self.backend.join("login")?).json(&body)).await.context("POST /login")?;
        ensure!(status == StatusCode::OK, "POST /login: {status} {text}");
        let answer: Value = serde_json::from_str(&text).context("POST /login: no JSON")?;
        let field = |name: &str| answer.get(name).ok_or_else(|| anyhow!("POST /login: no {name} in the answer"));
        let text = field("access_token")?.as_str().context("POST /login: access_token is no text")?.to_owned();
        let lives = field("expires_in")?.as_u64().context("POST /login: expires_in is no number")?;
        Ok((text, Duration::from_secs(lives)))
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<(StatusCode, String)> {
    let response = request.send().await?;
    let status = response.status();
    Ok((status, response.text().await?))
}

fn id_in(value: &Value, pointer: &str) -> Result<Uuid> {
    let text = value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no id at {pointer}"))?;
    text.parse().with_context(|| format!("{text} at {pointer} is no UUID"))
}

fn text_in(value: &Value, field: &str) -> Result<String> {
    value[field].as_str().map(str::to_owned).with_context(|| format!("no {field}"))
}

fn list_in<'a>(value: &'a Value, field: &str) -> Result<&'a [Value]> {
    value[field].as_array().map(Vec::as_slice).with_context(|| format!("no {field}"))
}

fn stored(order: &Value) -> Result<Stored> {
    let line = |line: &Value| -> Result<Line> {
        let quantity = line["quantity"].as_u64().context("no quantity")?;
        Ok(Line { medication_id: id_in(line, "/medication/id")?, quantity: u32::try_from(quantity)? })
    };
    let is_placing = |event: &&Value| matches!(event["kind"].as_str(), Some("requested" | "refused"));
    Ok(Stored {
        id: id_in(order, "/id")?,
        status: text_in(order, "status")?,
        dispenser_id: id_in(order, "/dispenser/id")?,
        priority: text_in(order, "priority")?,
        lines: list_in(order, "lines")?.iter().map(line).collect::<Result<_>>()?,
        placing_events: list_in(order, "events")?.iter().filter(is_placing).count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_the_api_shows_it() {
        let id = |number| Uuid::from_u128(number);
        let order = json!({
            "id": id(1), "status": "requested", "version": 1, "priority": "urgent",
            "dispenser": { "id": id(2), "name": "UTI" },
            "lines": [{ "id": id(3), "medication": { "id": id(4), "name": "Dipirona" }, "quantity": 5, "delivered": 0 }],
            "events": [
                { "seq": 1, "kind": "requested", "at": "2026-01-01T00:00:00Z" },
                { "seq": 2, "kind": "accepted", "at": "2026-01-01T00:00:01Z" },
            ],
        });
        let read = stored(&order).unwrap();
        assert_eq!((read.id, read.dispenser_id, read.placing_events), (id(1), id(2), 1));
        assert_eq!(read.lines, [Line { medication_id: id(4), quantity: 5 }]);
    }

    #[test]
    fn an_order_without_a_medication_is_not_read_as_an_empty_one() {
        let order = json!({ "id": Uuid::from_u128(1), "status": "requested", "priority": "urgent",
            "dispenser": { "id": Uuid::from_u128(2) }, "lines": [{ "quantity": 5 }], "events": [] });
        assert!(stored(&order).is_err());
    }
}

//! Promise 9, two people never hold one order; promise 12, the record can't be altered unseen; and promise 13,
//! strangers stay out.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use testkit::tokens::{Key, but, claims_of};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::audit::{botica, said, some_work};
use crate::faults::size;
use crate::hospital::{ADMIN, Hospital, PASSWORD, SOON, answer, id};

#[tokio::test]
async fn promise_09_of_fifty_technicians_who_reach_for_an_order_one_has_it() {
    one_has_it(&Hospital::embedded().await).await;
}

#[tokio::test]
async fn promise_12_the_record_is_verified_and_what_was_altered_is_named() {
    verified(Hospital::embedded_with(&["--checkpoint-every", "1s"]).await).await;
}

#[tokio::test]
async fn promise_13_strangers_stay_out_and_keep_nobody_out() {
    strangers_stay_out(&Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    #[tokio::test]
    async fn promise_09_of_fifty_technicians_who_reach_for_an_order_one_has_it() {
        one_has_it(&Hospital::distributed().await).await;
    }

    #[tokio::test]
    async fn promise_12_the_record_is_verified_and_what_was_altered_is_named() {
        verified(Hospital::distributed().await).await;
    }

    #[tokio::test]
    async fn promise_13_strangers_stay_out_and_keep_nobody_out() {
        strangers_stay_out(&Hospital::distributed().await).await;
    }
}

async fn one_has_it(hospital: &Hospital) {
    let mut technicians = Vec::new();
    for number in 0..50 {
        technicians.push(hospital.someone("technician", number).await);
    }
    for round in 0..size(10, 50, 50) {
        let order = hospital.order();
        hospital.place(&order).await;
        hospital.stored(&id(&order), SOON).await;
        let accepting = technicians.iter().map(|who| hospital.step(who, &order, "accept", &Value::Null));
        let (mut winners, mut losers) = (vec![], vec![]);
        for answer in futures_util::future::join_all(accepting).await {
            let status = answer.status().as_u16();
            let body: Value = answer.json().await.unwrap();
            match status {
                200 => winners.push(body),
                409 => losers.push(body),
                other => panic!("round {round}: {other} {body}"),
            }
        }
        assert_eq!((winners.len(), losers.len()), (1, 49), "round {round}");
        let winner = &winners[0]["accepted_by"]["name"];
        for loser in &losers {
            assert_eq!((&loser["code"], &loser["order"]["status"]), (&json!("held_by_another"), &json!("accepted")));
            assert_eq!(&loser["order"]["accepted_by"]["name"], winner);
            assert!(loser["detail"].as_str().unwrap().contains(winner.as_str().unwrap()));
        }
        let stored = hospital.get(&format!("/orders/{}", id(&order))).await;
        let accepted = stored["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "accepted").count();
        assert_eq!(accepted, 1, "round {round}");
    }
}

async fn verified(mut hospital: Hospital) {
    some_work(&hospital).await;
    let whole = botica(&hospital, &["audit", "verify"]);
    assert!(whole.status.success() && said(&whole).contains("The record holds"), "{}", said(&whole));
    // A clean end leaves a checkpoint of all that was done.
    let rows = hospital.get("/audit?limit=1").await["items"][0]["seq"].as_i64().unwrap();
    assert!(hospital.backend.as_mut().unwrap().stop(SOON).unwrap().success());
    let whole = said(&botica(&hospital, &["audit", "verify"]));
    assert!(whole.contains(&format!("up to row {rows}, and reaches every checkpoint")), "{whole}");

    let url = match &hospital.database {
        Some(database) => database.url().to_owned(),
        None => format!("sqlite://{}", hospital.folder.path().join("botica.db").display()),
    };
    let mut sql = testkit::sql::connect(&url).await.unwrap();
    let is_sqlite = url.starts_with("sqlite");
    let change = "UPDATE orders SET note = 'outra' WHERE status = 'delivered'";
    sql.execute(change).await.unwrap();
    let altered = botica(&hospital, &["audit", "verify"]);
    assert!(!altered.status.success() && said(&altered).contains("The record is broken at row"), "{}", said(&altered));
    assert!(said(&altered).contains("or what it orders"), "{}", said(&altered));
    sql.execute("UPDATE orders SET note = NULL").await.unwrap();
    assert!(botica(&hospital, &["audit", "verify"]).status.success(), "put back");

    // The last row is cut off, and the end of the record set back to the row before it.
    sql.execute(match is_sqlite {
        true => "DROP TRIGGER order_events_refuse_delete; DROP TRIGGER admin_changes_refuse_delete",
        false => "SET session_replication_role = replica",
    })
    .await
    .unwrap();
    let last = rows - 1;
    let hash = |table: &str| format!("SELECT hash FROM {table} WHERE seq = {last}");
    let (events, changes) = (hash("order_events"), hash("admin_changes"));
    let cut = format!(
        "DELETE FROM deliveries WHERE seq = {rows}; DELETE FROM order_events WHERE seq = {rows}; \
         UPDATE order_lines SET delivered = 0; UPDATE orders SET status = 'in_transit', version = version - 1; \
         UPDATE event_head SET seq = {last}, hash = coalesce(({events}), ({changes}))"
    );
    sql.execute(&cut).await.unwrap();
    let cut = botica(&hospital, &["audit", "verify"]);
    assert!(!cut.status.success(), "{}", said(&cut));
    assert!(
        said(&cut).contains(&format!("at row {rows}: the record ends at {last}, but a checkpoint")),
        "{}",
        said(&cut)
    );
    // Without checkpoints, nobody can know.
    let file = hospital.folder.path().join("audit-checkpoints");
    let kept = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let blind = botica(&hospital, &["audit", "verify"]);
    assert!(blind.status.success() && said(&blind).contains("No checkpoint vouches for it"), "{}", said(&blind));

    // Kept elsewhere, with the public key alone.
    let elsewhere = tempfile::tempdir().unwrap();
    let (checkpoints, key) = (elsewhere.path().join("checkpoints"), elsewhere.path().join("key.pem"));
    std::fs::write(&checkpoints, kept).unwrap();
    std::fs::write(&key, botica(&hospital, &["audit", "key"]).stdout).unwrap();
    std::fs::remove_file(hospital.folder.path().join("audit-key.pem")).unwrap();
    let (checkpoints, key) = (checkpoints.to_str().unwrap(), key.to_str().unwrap());
    let cut = botica(&hospital, &["audit", "verify", "--checkpoints", checkpoints, "--public-key", key]);
    assert!(!cut.status.success() && said(&cut).contains("its end was cut off"), "{}", said(&cut));
    // And with no key, or another one, a checkpoint is not believed.
    let keyless = botica(&hospital, &["audit", "verify", "--checkpoints", checkpoints]);
    assert!(!keyless.status.success() && said(&keyless).contains("--public-key"), "{}", said(&keyless));
    assert!(botica(&hospital, &["audit", "checkpoint"]).status.success());
    let strange = botica(&hospital, &["audit", "verify", "--checkpoints", checkpoints]);
    assert!(!strange.status.success() && said(&strange).contains("line 1 of"), "{}", said(&strange));
}

/// One of each kind. All kinds of tokens are tried in `tokens`, ten thousand guesses in `guessing`, two thousand
/// slow connections in `slow`, whoever was shut out in `shut_out`, bodies in `bad_input`, and secrets in `secrets`.
async fn strangers_stay_out(hospital: &Hospital) {
    // Slow ones, at the doors of all services, for as long as the rest lasts.
    let mut slow = Vec::new();
    for product in [&hospital.publisher, &hospital.backend].into_iter().flatten() {
        for _ in 0..100 {
            let mut stream = TcpStream::connect(product.address()).await.unwrap();
            stream.write_all(b"POST /login HTTP/1.1\r\nhost: botica\r\nx: ").await.unwrap();
            slow.push(stream);
        }
    }
    let ask = async |method: Method, path: &str, token: &str| {
        let request = hospital.anonymous(method, path).bearer_auth(token).json(&hospital.order());
        request.send().await.unwrap().status()
    };
    let key = Key::from_pem(&std::fs::read_to_string(hospital.folder.path().join("token-key.pem")).unwrap());
    let claims = claims_of(&hospital.token);
    let forged = Key::generate().sign(&key.header(), &claims.to_string());
    let expired = key.sign(&key.header(), &but(claims.clone(), json!({ "exp": 1_000_000_000 })).to_string());
    let elsewhere = key.sign(&key.header(), &but(claims, json!({ "aud": "elsewhere" })).to_string());
    let board = hospital.post("/boards", &json!({ "name": "UTI" })).await;
    let board = board["token"].as_str().unwrap();
    for (method, path) in [(Method::GET, "/me"), (Method::POST, "/orders")] {
        for (name, token) in [("forged", &forged), ("expired", &expired), ("for elsewhere", &elsewhere)] {
            assert_eq!(ask(method.clone(), path, token).await, StatusCode::UNAUTHORIZED, "{name}, {path}");
        }
        assert_eq!(ask(method.clone(), path, board).await, StatusCode::FORBIDDEN, "a wall screen's, {path}");
        let large = hospital.request(method, path).header("content-type", "application/json").body(vec![b' '; 1 << 20]);
        // The server may hang up before all of it is sent.
        if path == "/orders"
            && let Ok(answer) = large.send().await
        {
            assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
        }
    }

    let nurse = hospital.someone("nurse", 1).await;
    let users = hospital.get("/users").await;
    let user = users["items"].as_array().unwrap().iter().find(|user| user["role"] == "nurse").map(id).unwrap();
    let gone = hospital.request(Method::DELETE, &format!("/users/{user}")).send().await.unwrap();
    assert!(gone.status().is_success());
    assert_eq!(ask(Method::GET, "/me", &nurse).await, StatusCode::UNAUTHORIZED, "deactivated, at once");
    let deadline = std::time::Instant::now() + SOON;
    while ask(Method::POST, "/orders", &nurse).await != StatusCode::UNAUTHORIZED {
        assert!(std::time::Instant::now() < deadline, "a deactivated user still orders");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }

    // Guesses end at a limit that the user, whose browser is known, does not feel.
    let stranger = Client::builder().timeout(SOON).build().unwrap();
    let login = hospital.url(&Method::POST, "/login");
    let mut refused = 0;
    for number in 0..size(30, 100, 1000) {
        let body = json!({ "email": ADMIN, "password": format!("guess {number}") });
        let told = stranger.post(&login).json(&body).send().await.unwrap();
        match told.status() {
            StatusCode::UNAUTHORIZED => {}
            StatusCode::TOO_MANY_REQUESTS => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert!(refused > 0, "one may guess for ever");
    let known = hospital.client.post(&login).json(&json!({ "email": ADMIN, "password": PASSWORD }));
    answer(known.send().await.unwrap()).await;

    let order = hospital.order();
    hospital.place(&order).await;
    hospital.stored(&id(&order), SOON).await;
    drop(slow);
}

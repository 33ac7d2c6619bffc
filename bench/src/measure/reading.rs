//! Reading, where there is much to read: a hospital's first week, its second year, and the whole register.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use futures_util::future::try_join_all;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

use super::watcher::Watcher;
use super::{Ground, Hospital, milliseconds};
use crate::client::Api;
use crate::figures::{Figures, Wanted, ratios};
use crate::http_load::{Pace, Question, load, percentile};
use crate::names;
use crate::product::Product;

const PART: &str = "read, with";
const UNIT: &str = "p99 ms";
/// How many of each question in a round.
const QUESTIONS: usize = 400;
/// People who read at once.
const READERS: usize = 2;
/// Until a register is imported.
const IMPORT: Duration = Duration::from_secs(300);
/// Names of the made-up catalogue, where there is no register; as many as the register has.
const NAMES: usize = 31_000;
const STREAMS: usize = 1000;
/// Orders that are placed under the eyes of all streams, and how often.
const WATCHED: usize = 20;
const WATCHED_EVERY: Duration = Duration::from_millis(200);

/// A product with so many orders.
struct Sized {
    orders: usize,
    product: Product,
    hospital: Hospital,
    ids: Vec<Uuid>,
}

/// Measures reading with each of these numbers of orders, in turn, and then 1,000 open streams at the largest.
///
/// # Errors
/// When a product can't be made, or fails a question.
pub async fn measure(ground: &Ground, figures: &mut Figures, sizes: &[usize], register: &Path) -> Result<()> {
    let mut all = Vec::new();
    for (at, &orders) in sizes.iter().enumerate() {
        let mut product = ground.distributed()?;
        let api = product.start().await?;
        let hospital = Hospital::create(&api).await?;
        let url = product.database_url().context("no database")?;
        let mut database = PgConnection::connect(url.as_str()).await?;
        let empty = size_of(&mut database).await?;
        fill(&mut database, &hospital, orders).await?;
        let bytes = (size_of(&mut database).await? - empty) / orders as f64;
        figures.add("disk", &format!("{orders} orders"), "bytes an order", "PostgreSQL", bytes);
        // It does not depend on the orders.
        if at == 0 {
            measure_search(ground, figures, &product, &api, &hospital, register, &mut database).await?;
        }
        let ids =
            sqlx::query_scalar("select id from orders order by md5(id::text) limit 1000").fetch_all(&mut database);
        let ids = ids.await?;
        database.close().await?;
        all.push(Sized { orders, product, hospital, ids });
    }
    for _ in 0..ground.rounds {
        for sized in &all {
            for (case, question) in questions(sized)? {
                let outcome = load(&question, READERS, Pace::Times(QUESTIONS)).await?.flawless()?;
                let subject = format!("{} orders", sized.orders);
                figures.add(PART, case, "p50 ms", &subject, milliseconds(outcome.percentile(50)));
                figures.add(PART, case, UNIT, &subject, milliseconds(outcome.percentile(99)));
            }
        }
    }
    let largest = all.last().context("no size")?;
    measure_streams(figures, largest).await?;
    goals(figures, sizes);
    for mut sized in all {
        sized.product.stop().await;
    }
    Ok(())
}

/// What people ask for; of each the path, by the number of the question.
fn questions(sized: &Sized) -> Result<Vec<(&'static str, Question)>> {
    let address = sized.product.backend_address().context("no backend")?;
    let tokens = &sized.hospital.tokens;
    let ask = |path: Arc<dyn Fn(usize) -> String + Send + Sync>| {
        Question::get(address, tokens.clone(), move |number| path(number))
    };
    let ids = sized.ids.clone();
    let dispensers = sized.hospital.dispensers().to_vec();
    Ok(vec![
        ("board: what is open", ask(Arc::new(|_| "/orders?status=requested,accepted,in_transit&limit=200".to_owned()))),
        ("list: the newest 50", ask(Arc::new(|_| "/orders?limit=50".to_owned()))),
        ("list: of one ward", ask(Arc::new(|number| format!("/orders?ward=Ward%20{}&limit=50", number % 20)))),
        (
            "list: of one dispenser",
            ask(Arc::new(move |number| {
                format!("/orders?dispenser_id={}&limit=50", dispensers[number % dispensers.len()])
            })),
        ),
        ("one order", ask(Arc::new(move |number| format!("/orders/{}", ids[number % ids.len()])))),
    ])
}

async fn measure_search(
    ground: &Ground,
    figures: &mut Figures,
    product: &Product,
    api: &Api,
    hospital: &Hospital,
    register: &Path,
    database: &mut PgConnection,
) -> Result<()> {
    match std::fs::read(register) {
        Ok(file) => import(api, &file).await?,
        Err(_) => {
            figures.leave_out("the real register", &format!("{} is not there; names are made up", register.display()));
            for some in names::made_up(NAMES).chunks(16) {
                try_join_all(some.iter().map(|name| api.create_medication(name))).await?;
            }
        }
    }
    let names: Vec<String> = sqlx::query_scalar("select name from medications order by id").fetch_all(database).await?;
    let typed = names::typed(&names, QUESTIONS);
    let path = move |number: usize| {
        let text: String = byte_serialize(typed[number % typed.len()].as_bytes()).collect();
        format!("/medications?search={text}")
    };
    let question = Question::get(product.backend_address().context("no backend")?, hospital.tokens.clone(), path);
    let (part, subject) = ("search", format!("{} names", names.len()));
    // The first reads the names.
    load(&question, 1, Pace::Times(1)).await?.flawless()?;
    for _ in 0..ground.rounds {
        let outcome = load(&question, READERS, Pace::Times(QUESTIONS)).await?.flawless()?;
        figures.add(part, "what people type", "p50 ms", &subject, milliseconds(outcome.percentile(50)));
        figures.add(part, "what people type", UNIT, &subject, milliseconds(outcome.percentile(99)));
    }
    let p99 = figures.rounds(part, "what people type", UNIT, &subject).to_vec();
    figures.goal(format!("search over {subject}: p99"), &p99, Wanted::AtMost(5.0), "ms");
    Ok(())
}

async fn import(api: &Api, file: &[u8]) -> Result<()> {
    let (id, began) = (api.start_import("register.xlsx", file, false).await?, Instant::now());
    loop {
        let import = api.import(id).await?;
        match import["status"].as_str() {
            Some("done") => return Ok(()),
            Some("running") => {}
            _ => anyhow::bail!("the import did not go well: {import}"),
        }
        ensure!(began.elapsed() < IMPORT, "the import takes too long: {import}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Writes orders as if one had come a minute, up to now: 200 are open, the others were received.
async fn fill(database: &mut PgConnection, hospital: &Hospital, orders: usize) -> Result<()> {
    let count = i32::try_from(orders)?;
    let id = "(lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) \
              || '8' || substr(md5(n::text), 4, 15))::uuid";
    let statements = [
        format!(
            "create temporary table new as select n, {id} as id, at, at + interval '5 s' as stored, \
                $1[1 + n % array_length($1, 1)] as dispenser_id, $2[1 + n * 7 % array_length($2, 1)] as medication_id, \
                n <= $3 - 200 as is_over, \
                md5('nurse' || n % 300)::uuid as nurse, md5('technician' || n % 20)::uuid as technician \
             from (select n, now() - ($3 - n) * interval '1 minute' as at from generate_series(1, $3) as n) as times"
        ),
        "insert into orders (id, dispenser_id, priority, status, note, requested_by_id, requested_by_name, \
            requested_by_role, requested_at, accepted_by_id, accepted_by_name, accepted_by_role, stored_at, version) \
         select id, dispenser_id, (array['routine', 'urgent', 'stat'])[1 + n % 3], \
            case when is_over then 'received' else 'requested' end, 'leito ' || n % 40, nurse, 'A nurse', 'nurse', at, \
            case when is_over then technician end, case when is_over then 'A technician' end, \
            case when is_over then 'technician' end, stored, case when is_over then 5 else 1 end \
         from new order by n"
            .to_owned(),
        "insert into order_lines (id, order_id, position, medication_id, quantity, delivered) \
         select md5('line' || n)::uuid, id, 0, medication_id, 4, 0 from new order by n"
            .to_owned(),
        "insert into order_events (seq, order_id, kind, at, by_id, by_name, by_role, hash) \
         select 1000 + 2 * n, id, 'requested', at, nurse, 'A nurse', 'nurse', sha256(n::text::bytea) from new \
         union all \
         select 1001 + 2 * n, id, 'received', at + interval '30 minutes', nurse, 'A nurse', 'nurse', \
            sha256(n::text::bytea) from new where is_over \
         order by 1"
            .to_owned(),
        "update event_head set seq = (select max(seq) from order_events)".to_owned(),
    ];
    let mut transaction = database.begin().await?;
    for (at, statement) in statements.into_iter().enumerate() {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(statement));
        if at == 0 {
            query = query.bind(hospital.dispensers()).bind(hospital.medications()).bind(count);
        }
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    // As the server does by itself, some time later.
    sqlx::raw_sql("vacuum analyze").execute(database).await?;
    Ok(())
}

/// What the database has on the disk, in bytes.
async fn size_of(database: &mut PgConnection) -> Result<f64> {
    let size: i64 = sqlx::query_scalar("select pg_database_size(current_database())").fetch_one(database).await?;
    Ok(size as f64)
}

/// Opens many streams and places orders: how long until each is on each of them.
async fn measure_streams(figures: &mut Figures, sized: &Sized) -> Result<()> {
    let part = "1000 streams";
    let backend = sized.product.backend_address().context("no backend")?;
    let publisher = sized.product.publisher_address().context("no publisher")?;
    let client = reqwest::Client::new();
    let mut watchers = Vec::with_capacity(STREAMS);
    for number in 0..STREAMS {
        let token = &sized.hospital.tokens[number % sized.hospital.tokens.len()];
        watchers.push(Watcher::open(&client, backend, token).await?);
    }
    let mut shown = Vec::with_capacity(STREAMS * WATCHED);
    let mut random = Rng::with_seed(1);
    for placed in 1..=WATCHED {
        let id = Uuid::now_v7();
        let body = sized.hospital.order(random.usize(..1000), Some(id));
        let question = Question::post(publisher, sized.hospital.tokens.clone(), "/orders", move |_| body.clone());
        let began = Instant::now();
        load(&question, 1, Pace::Times(1)).await?.flawless()?;
        for watcher in &mut watchers {
            watcher.wait_for(placed, Duration::from_secs(10)).await?;
            shown.extend(watcher.seen(id).map(|at| at - began));
        }
        sleep(WATCHED_EVERY).await;
    }
    shown.sort_unstable();
    for hundredths in [50, 99, 100] {
        let time = milliseconds(percentile(&shown, hundredths));
        figures.add(part, "an order is on all of them", &format!("p{hundredths} ms"), "Botica", time);
    }
    let (now, _) = sized.product.memory("backend")?;
    figures.add("memory", "with 1000 open streams", "MiB", "backend", now);
    Ok(())
}

fn goals(figures: &mut Figures, sizes: &[usize]) {
    let [least, .., most] = sizes else { return };
    let [least, most] = [least, most].map(|orders| format!("{orders} orders"));
    for case in
        ["board: what is open", "list: the newest 50", "list: of one ward", "list: of one dispenser", "one order"]
    {
        let of = |unit: &str, subject: &str| figures.rounds(PART, case, unit, subject).to_vec();
        let (few, many, p99) = (of("p50 ms", &least), of("p50 ms", &most), of(UNIT, &most));
        figures.goal(format!("{case}, {most}: p99"), &p99, Wanted::AtMost(20.0), "ms");
        figures.goal(format!("{case}: p50 at {most} ÷ at {least}"), &ratios(&many, &few), Wanted::AtMost(1.5), "");
    }
}

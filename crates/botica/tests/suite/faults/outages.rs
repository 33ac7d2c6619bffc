//! The broker or the database is away for minutes.

#![expect(clippy::print_stdout, reason = "figures")]

mod distributed {
    use std::collections::HashSet;
    use std::time::{Duration, Instant};

    use reqwest::StatusCode;
    use serde_json::Value;
    use testkit::broker::PrivateBroker;
    use testkit::journal::Record;
    use testkit::postgres::PrivatePostgres;
    use testkit::product::Product;
    use tokio_util::sync::CancellationToken;

    use crate::faults::clients::{Clients, p99_and_longest};
    use crate::faults::size;
    use crate::hospital::Hospital;

    /// What all wards of a large hospital together place in their worst minute, many times over.
    const PER_SECOND: u32 = 50;
    /// After the end of an outage the spool has handed all on within this.
    const DRAINED: Duration = Duration::from_secs(60);
    /// And all is stored within this: after ten minutes the debug build has 30,000 orders to store.
    const STORED: Duration = Duration::from_secs(300);
    /// Longer than any outage here, as the backend may be unable to renew one.
    const LONG_TOKENS: [&str; 2] = ["--access-token-life", "1h"];

    fn away() -> Duration {
        Duration::from_secs(size(4, 45, 600))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_the_broker_all_orders_are_accepted_at_once_and_handed_on_in_order() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let hospital = Hospital::distributed_between(None, Some(&broker), &LONG_TOKENS).await;
        let clients = Clients::of(&hospital);
        let (url, stop) = (hospital.publisher.as_ref().unwrap().url("/orders"), CancellationToken::new());
        let placing = clients.steadily(url, PER_SECOND, stop.clone());
        tokio::time::sleep(Duration::from_secs(2)).await;

        broker.kill();
        let left = Instant::now();
        let first = clients.records().len();
        tokio::time::sleep(away()).await;
        let (came, last) = (Instant::now(), clients.records().len());
        broker.restart().await.unwrap();
        stop.cancel();
        placing.await.unwrap();

        let (p99, longest) = p99_and_longest(&clients.answered(left, came));
        println!("broker away {:?}: answers p99 {p99:?}, longest {longest:?}", came - left);
        let back = Instant::now();
        while metric(hospital.publisher.as_ref().unwrap(), "botica_spool_messages").await > 0 {
            assert!(back.elapsed() < DRAINED, "the spool is not drained");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let drained = back.elapsed();
        clients.until_stored(&hospital, STORED).await;
        let stored = back.elapsed();
        let verdict = clients.assert_kept(&hospital).await;
        assert_eq!(verdict.acknowledged, verdict.attempted, "not accepted: {:?}", clients.failures());
        // What was placed and answered during the outage went through the spool.
        let records = &clients.records()[first..last];
        let ids = |is_attempt: bool| -> HashSet<_> {
            let id = |record: &Record| match record {
                Record::Attempt { order, .. } => is_attempt.then_some(order.id),
                Record::Answer { order_id, .. } => (!is_attempt).then_some(*order_id),
            };
            records.iter().filter_map(id).collect()
        };
        let spooled: HashSet<_> = ids(true).intersection(&ids(false)).copied().collect();
        let in_order = clients.assert_in_order(&hospital, |id| spooled.contains(&id)).await;
        let (_, last_longest) = p99_and_longest(&clients.answered(left, Instant::now()));
        println!(
            "{} attempted, {} accepted, {in_order} spooled in order; longest answer until all was well {last_longest:?}; \
             drained in {drained:?}, stored in {stored:?}",
            verdict.attempted, verdict.acknowledged,
        );
        assert!(in_order as u64 >= away().as_secs() * u64::from(PER_SECOND) * 8 / 10, "{in_order}");
        // A busy machine is slow, which the short run must bear.
        let limit = Duration::from_millis(size(3000, 3000, 50));
        assert!(p99 <= limit, "p99 {p99:?}");
        assert!(last_longest <= Duration::from_secs(3), "{last_longest:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_the_database_orders_wait_at_no_cost_and_none_becomes_a_dead_letter() {
        let mut postgres = PrivatePostgres::start().await.unwrap();
        // Three batches are all that it takes in advance: what is measured is its waiting, not its receiving.
        let small_hands = ["--batch-size", "10"];
        let hospital = Hospital::distributed_between(Some(&postgres), None, &[LONG_TOKENS, small_hands].concat()).await;
        let clients = Clients::of(&hospital);
        let (url, stop) = (hospital.publisher.as_ref().unwrap().url("/orders"), CancellationToken::new());
        let placing = clients.steadily(url, PER_SECOND, stop.clone());
        tokio::time::sleep(Duration::from_secs(2)).await;
        let given_before = metric(hospital.consumer.as_ref().unwrap(), REDELIVERED).await;

        postgres.kill();
        // Until the consumer has its hands full and has noticed.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let pid = hospital.consumer.as_ref().unwrap().pid();
        let (left, before) = (Instant::now(), cpu(pid));
        tokio::time::sleep(away()).await;
        let share = (cpu(pid) - before).as_secs_f64() / left.elapsed().as_secs_f64();
        let ready = hospital.consumer.as_ref().unwrap().url("/health/ready");
        let ready = hospital.client.get(ready).send().await.unwrap();
        let status = ready.status();
        let ready: Value = ready.json().await.unwrap();
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{ready}");
        assert!(ready["checks"]["database"]["reason"].is_string(), "{ready}");
        let again = metric(hospital.consumer.as_ref().unwrap(), REDELIVERED).await - given_before;
        stop.cancel();
        placing.await.unwrap();
        let took = left.elapsed();
        postgres.restart().await.unwrap();

        let drained = clients.until_stored(&hospital, STORED).await;
        let verdict = clients.assert_kept(&hospital).await;
        println!(
            "database away {took:?}: {} attempted, {} accepted; the consumer took {:.2} % of a core and was given {again} \
             messages again; stored in {drained:?}",
            verdict.attempted,
            verdict.acknowledged,
            share * 100.0
        );
        assert_eq!(verdict.acknowledged, verdict.attempted, "not accepted: {:?}", clients.failures());
        assert!(share < 0.05, "the consumer takes {share} of a core while it waits");
        assert_eq!(again, 0, "what is held goes round and round");
    }

    /// How many messages the consumer was given more than once.
    const REDELIVERED: &str = "botica_queue_redelivered_total";

    /// A number that a process tells of itself, whatever its labels; none is 0.
    async fn metric(product: &Product, name: &str) -> u64 {
        let told = reqwest::get(product.url("/metrics")).await.unwrap().text().await.unwrap();
        let is_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        told.lines().find(is_it).map_or(0, |line| line.split_whitespace().last().unwrap().parse().unwrap())
    }

    /// What a process has taken of the processor, in user and in system mode.
    fn cpu(pid: u32) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        // After the name, which may hold blanks, comes the state, field 3; of what follows, fields 14 and 15.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        // The kernel counts for programs in hundredths, on every architecture that we run on.
        Duration::from_millis(ticks * 10)
    }
}

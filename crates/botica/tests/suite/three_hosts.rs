//! The deployment with a host for each service and a balancer in front, from the files that ship, on a network of its
//! own. Only root can have one, and HAProxy must be there: `scripts/test` leaves it out where that is not so.

mod distributed {
    mod site;

    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::time::sleep;

    use self::site::Site;
    use crate::faults::storm::board;
    use crate::faults::storm::clients::Clients;

    const A_WHILE: Duration = Duration::from_secs(5);
    const CALM: Duration = Duration::from_secs(60);

    /// Goes on ordering and watching while `work` is done, then compares the books; how many attempts got no `202`
    /// while `work` was done.
    async fn under_load(site: &mut Site, work: impl AsyncFnOnce(&mut Site, &Clients)) {
        let clients = site.clients();
        let (all_shown, shown) = tokio::sync::watch::channel(None);
        let watching = tokio::spawn(board::watch(site.patient(), Arc::clone(&clients), shown));
        let placing = {
            let clients = Arc::clone(&clients);
            tokio::spawn(async move { clients.place_orders(8, 40, 100).await })
        };
        work(site, &clients).await;
        clients.is_over.store(true, Ordering::Relaxed);
        placing.await.unwrap();
        site.all_is_stored(&clients, CALM).await;
        let numbers = testkit::stored::event_numbers(&site.database_url).await.unwrap();
        all_shown.send_replace(numbers.last().copied());
        let seen = tokio::time::timeout(CALM, watching).await.expect("the board is shown everything").unwrap();
        assert_eq!((seen.missing(&numbers), &seen.wrong), (vec![], &vec![]), "{} connections", seen.connections);
    }

    /// No attempt but those that were answered at once.
    fn failures(clients: &Clients) -> usize {
        clients.failed.load(Ordering::Relaxed)
    }

    async fn without_a_failure(clients: &Clients, what: &str) {
        let (before, accepted) = (failures(clients), clients.accepted.load(Ordering::Relaxed));
        sleep(A_WHILE).await;
        assert_eq!(failures(clients), before, "{what}: an order was not accepted at once");
        assert!(clients.accepted.load(Ordering::Relaxed) > accepted, "{what}: orders go on");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn orders_go_on_whatever_is_cut_and_through_a_restart_of_everything() {
        let mut site = Site::of_three_hosts().await;
        under_load(&mut site, async |site, clients| {
            for (one, other) in [("consumer", "broker"), ("broker", "backend"), ("backend", "database")] {
                site.network.cut(one, other).unwrap();
                without_a_failure(clients, &format!("{one} cut from {other}")).await;
                site.network.heal(one, other).unwrap();
                without_a_failure(clients, &format!("{one} with {other} again")).await;
            }
            // Whoever can be away without anybody's noticing; then the one host that people ask.
            site.restart("consumer").await;
            site.restart_broker().await;
            without_a_failure(clients, "consumer and broker started again").await;
            site.restart("backend").await;
            site.is_ready().await;
            without_a_failure(clients, "the backend started again").await;
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_two_of_each_one_may_die() {
        let mut site = Site::of_two_of_each().await;
        under_load(&mut site, async |site, clients| {
            for name in ["publisher-1", "backend-1", "consumer-1"] {
                let most = AtomicUsize::new(clients.most_attempts.load(Ordering::Relaxed));
                site.kill(name);
                sleep(A_WHILE).await;
                let attempts = clients.most_attempts.load(Ordering::Relaxed);
                assert!(attempts <= 2, "{name} killed: an order needed {attempts} attempts, {most:?} before");
                site.start(name).await;
            }
        })
        .await;
    }
}

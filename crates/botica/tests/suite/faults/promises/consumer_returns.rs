//! Promise 7: the consumer always comes back.

mod distributed {
    use std::time::{Duration, Instant};

    use serde_json::Value;
    use testkit::broker::PrivateBroker;

    use crate::faults::{set_ack_time_out, size};
    use crate::hospital::{Hospital, SOON, id};

    /// It consumes again within this.
    const AGAIN: Duration = Duration::from_secs(10);

    #[tokio::test(flavor = "multi_thread")]
    async fn promise_07_the_consumer_consumes_again_within_ten_seconds_of_whatever_cut_it_off() {
        let mut broker = PrivateBroker::start().await.unwrap();
        let mut hospital = Hospital::distributed_on_broker(&broker).await;
        for _ in 0..size(1, 5, 20) {
            hospital.sign_in().await;
            set_ack_time_out(&broker, Duration::from_secs(2)).await;
            // A channel reads it when it is opened.
            broker.close_connections().await.unwrap();
            stored_again(&hospital, "its connection closed").await;
            ack_time_out(&mut hospital).await;
            stored_again(&hospital, "an ack time-out").await;
            hospital.queue.as_ref().unwrap().delete().await.unwrap();
            stored_again(&hospital, "the deletion of its queue").await;
            broker.control(&["eval", &forget_consumers(&hospital)]).await.unwrap();
            stored_again(&hospital, "the broker forgetting it").await;
            broker.control(&["eval", &give_nothing(&hospital)]).await.unwrap();
            stored_again(&hospital, "the broker giving it nothing").await;
            broker.restart().await.unwrap();
            stored_again(&hospital, "a restart of the broker").await;
        }
        assert_eq!(hospital.sql().await.count("dead_letters").await.unwrap(), 0);
    }

    /// Holds a message of the consumer's up for longer than the broker waits for an answer.
    async fn ack_time_out(hospital: &mut Hospital) {
        let mut lock = hospital.sql().await;
        lock.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE").await.unwrap();
        hospital.place(&hospital.order()).await;
        let is_cut_off =
            |line: &Value| line["message"] == "the receiver was cut off" && line.to_string().contains("timed out");
        hospital.consumer.as_mut().unwrap().wait_for_log(SOON, is_cut_off).unwrap();
        lock.execute("COMMIT").await.unwrap();
    }

    /// An order placed now is stored in time.
    #[expect(clippy::print_stdout, reason = "which step it was, when one fails")]
    async fn stored_again(hospital: &Hospital, after: &str) {
        let (order, began) = (hospital.order(), Instant::now());
        hospital.place(&order).await;
        let accepted = began.elapsed();
        hospital.stored(&id(&order), SOON).await;
        println!("after {after}: accepted in {accepted:?}, stored in {:?}", began.elapsed());
        assert!(began.elapsed() <= AGAIN, "only {:?} after {after}", began.elapsed());
    }

    /// For the broker to take the queue's consumers off it without a word to them: their connections and channels
    /// stay.
    fn forget_consumers(hospital: &Hospital) -> String {
        to_consumers(hospital, "rabbit_fifo:make_checkout({element(2, C), element(1, C)}, cancel, #{})")
    }

    /// For the broker to keep the queue's consumers and deliver nothing to them.
    fn give_nothing(hospital: &Hospital) -> String {
        to_consumers(hospital, "rabbit_fifo:make_credit({element(2, C), element(1, C)}, 0, 0, false)")
    }

    /// For the broker to do this to its queue for each consumer `C`, of which there is one at least.
    fn to_consumers(hospital: &Hospital, command: &str) -> String {
        let name = hospital.queue.as_ref().unwrap().name();
        format!(
            "{{ok, Q}} = rabbit_amqqueue:lookup(rabbit_misc:r(<<\"/\">>, queue, <<\"{name}\">>)), \
             [_ | _] = [{{ok, _, _}} = ra:process_command(amqqueue:get_pid(Q), {command}) \
             || C <- rabbit_amqqueue:consumers(Q)]."
        )
    }
}

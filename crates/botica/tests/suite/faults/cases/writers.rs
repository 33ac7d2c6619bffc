//! Case 13: writers that commit late and in another order than they began.

use futures_util::future::join_all;
use serde_json::Value;

use crate::faults::size;
use crate::hospital::{Hospital, SOON, answer, id};
use crate::stream::Reader;

const WRITERS: u32 = 16;
const READERS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn case_13_readers_see_every_number_once_and_in_order_from_sixteen_writers() {
    every_number(&Hospital::embedded().await).await;
}

mod distributed {
    use super::*;

    /// Pauses before a change takes its number, and again before it commits.
    const PAUSES: &str = "
        CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_sleep(random() * 0.1); RETURN NEW; END $$;
        CREATE TRIGGER pause_before BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION pause();
        CREATE CONSTRAINT TRIGGER pause_at_commit AFTER INSERT ON order_events
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pause()";

    #[tokio::test(flavor = "multi_thread")]
    async fn case_13_readers_see_every_number_once_and_in_order_from_sixteen_writers_with_pauses() {
        let hospital = Hospital::distributed().await;
        hospital.sql().await.execute(PAUSES).await.unwrap();
        every_number(&hospital).await;
    }
}

async fn every_number(hospital: &Hospital) {
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let order = hospital.order();
        hospital.place(&order).await;
        hospital.stored(&id(&order), SOON).await;
        writers.push((hospital.someone("technician", number).await, order));
    }
    let backend = hospital.backend.as_ref().unwrap();
    let mut readers = Vec::new();
    let mut first = 0;
    for _ in 0..READERS {
        let mut reader = Reader::open(backend, &hospital.token, "", None).await;
        first = reader.next().await.unwrap().id.unwrap();
        readers.push(reader);
    }
    let turns = size(4, 20, 100);
    let last = first + i64::from(WRITERS) * turns;
    let writing = join_all(writers.iter().map(async |(who, order)| {
        for turn in 0..turns {
            let step = if turn % 2 == 0 { "accept" } else { "release" };
            answer(hospital.step(who, order, step, &Value::Null).await).await;
        }
    }));
    let reading = join_all(readers.iter_mut().map(|reader| reader.numbers_until(last)));
    let (_, seen) = tokio::join!(writing, reading);
    let all: Vec<i64> = (first + 1..=last).collect();
    for (numbers, _) in seen {
        assert_eq!(numbers, all);
    }
}

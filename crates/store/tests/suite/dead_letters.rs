//! Dead letters, what people decide about them, and suspects.

use chrono::TimeDelta;
use domain::{DeadLetterState, DiscardReason};
use futures_util::future::join_all;
use store::{Act, Arrival, AuditFilter, AuditFrom, DeadLetter, NotDecided, Suspect, Turn, Unreadable};
use uuid::Uuid;

use crate::hospital::{Hospital, act, arrival, at, unreadable};

async fn letters(hospital: &Hospital) -> Vec<DeadLetter> {
    hospital.store.dead_letters(&DeadLetterState::ALL, None, 100).await.unwrap().items
}

async fn one(hospital: &Hospital) -> DeadLetter {
    hospital.store.keep_arrivals(&[unreadable(b"x")], at(1)).await.unwrap();
    letters(hospital).await.remove(0)
}

fn why(text: &str) -> DiscardReason {
    DiscardReason::parse(text).unwrap()
}

async fn recorded(hospital: &Hospital) -> Vec<(String, Option<Uuid>)> {
    let filter = AuditFilter { kind: Some("dead_letter".to_owned()), ..AuditFilter::default() };
    let rows = hospital.store.audit(&filter, AuditFrom::After(0), 100).await.unwrap();
    rows.into_iter().map(|row| (row.kind, row.subject_id)).collect()
}

pub(crate) async fn a_dead_letter_is_decided_once_and_that_is_recorded(hospital: Hospital) {
    let store = &hospital.store;
    let waiting = one(&hospital).await;
    assert_eq!((waiting.state, &waiting.decision), (DeadLetterState::Waiting, &None));
    let none = Uuid::now_v7();
    assert_eq!(store.replay_dead_letter(none, &act(2)).await.unwrap(), Err(NotDecided::NoSuchLetter));

    let discarded = store.discard_dead_letter(waiting.id, &why("placed again"), &act(2)).await.unwrap().unwrap();
    assert_eq!(discarded.state, DeadLetterState::Discarded);
    let decision = discarded.decision.clone().unwrap();
    assert_eq!((decision.at, decision.by, decision.reason.as_deref()), (at(2), act(2).by, Some("placed again")));
    let again = store.discard_dead_letter(waiting.id, &why("placed again"), &act(3)).await.unwrap();
    assert_eq!(again, Ok(discarded.clone()), "the same again changes nothing");
    let stands = Err(NotDecided::NotWaiting(Box::new(discarded.clone())));
    assert_eq!(store.discard_dead_letter(waiting.id, &why("another"), &act(3)).await.unwrap(), stands);
    assert_eq!(store.replay_dead_letter(waiting.id, &act(3)).await.unwrap(), stands);
    let host = Act::of_the_host("another", at(3));
    assert_eq!(store.discard_dead_letter(waiting.id, &why("placed again"), &host).await.unwrap(), stands);

    assert_eq!(letters(&hospital).await, [discarded], "it stays, to the byte");
    assert_eq!(recorded(&hospital).await, [("dead_letter.discarded".to_owned(), Some(waiting.id))]);
    assert!(store.dead_letters(&DeadLetterState::OPEN, None, 10).await.unwrap().items.is_empty());
    store.verify_record(&[], |_, _| {}).await.unwrap().unwrap();
}

pub(crate) async fn of_many_who_decide_at_once_one_does(hospital: Hospital) {
    let id = one(&hospital).await.id;
    let decisions = (0..8).map(|number| {
        let store = hospital.store.clone();
        async move {
            let act = Act::of_the_host(&format!("person {number}"), at(2));
            match number % 2 {
                0 => store.replay_dead_letter(id, &act).await.unwrap().is_ok(),
                _ => store.discard_dead_letter(id, &why("x"), &act).await.unwrap().is_ok(),
            }
        }
    });
    let decided = join_all(decisions).await;
    assert_eq!(decided.iter().filter(|is_done| **is_done).count(), 1);
    assert_eq!(recorded(&hospital).await.len(), 1);
}

pub(crate) async fn a_replayed_letter_that_is_bad_again_waits_again(hospital: Hospital) {
    let store = &hospital.store;
    let id = one(&hospital).await.id;
    store.replay_dead_letter(id, &act(2)).await.unwrap().unwrap();
    let first = store.letters_to_replay(at(3)).await.unwrap().remove(0);
    assert!(store.claim_replay(&first, at(3)).await.unwrap());
    // It comes back before it is marked, and is replayed anew: the first replay's mark is not for that one.
    let bad = Arrival { content: Err("worse".to_owned().into()), ..unreadable(b"x") };
    store.keep_arrivals(std::slice::from_ref(&bad), at(4)).await.unwrap();
    assert!(!store.finish_replay(&first).await.unwrap());
    let back = letters(&hospital).await.remove(0);
    assert_eq!((back.id, back.seen, back.reason.as_str()), (id, 2, "worse"));
    assert_eq!((back.state, back.decision), (DeadLetterState::Waiting, None));
    store.replay_dead_letter(id, &act(5)).await.unwrap().unwrap();
    assert!(!store.finish_replay(&first).await.unwrap());
    let second = store.letters_to_replay(at(6)).await.unwrap().remove(0);
    assert!(store.claim_replay(&second, at(6)).await.unwrap() && store.finish_replay(&second).await.unwrap());
    assert_eq!(letters(&hospital).await[0].state, DeadLetterState::Replayed);
    // And after it was marked.
    store.keep_arrivals(&[bad], at(7)).await.unwrap();
    let back = letters(&hospital).await.remove(0);
    assert_eq!((back.seen, back.state), (3, DeadLetterState::Waiting));
}

pub(crate) async fn of_many_consumers_one_claims_a_letter_until_it_is_taken_for_dead(hospital: Hospital) {
    let id = one(&hospital).await.id;
    hospital.store.replay_dead_letter(id, &act(2)).await.unwrap().unwrap();
    let letter = hospital.store.letters_to_replay(at(3)).await.unwrap().remove(0);
    let claims = (0..6).map(|_| async {
        let store = hospital.another_store().await;
        store.claim_replay(&letter, at(3)).await.unwrap()
    });
    assert_eq!(join_all(claims).await.into_iter().filter(|is_claimed| *is_claimed).count(), 1);
    assert!(hospital.store.letters_to_replay(at(4)).await.unwrap().is_empty(), "it is in somebody's hands");
    let later = at(3) + TimeDelta::seconds(16);
    assert_eq!(hospital.store.letters_to_replay(later).await.unwrap().len(), 1);
    assert!(hospital.store.claim_replay(&letter, later).await.unwrap());
    hospital.store.release_replay(&letter).await.unwrap();
    assert!(hospital.store.claim_replay(&letter, later).await.unwrap(), "given back, it is free at once");
}

pub(crate) async fn a_letter_that_needs_a_version_is_replayed_by_who_reads_it(hospital: Hospital) {
    let store = &hospital.store;
    let newer = |version| Unreadable { reason: "newer".to_owned(), needs_version: Some(version) };
    let batch = [
        Arrival { content: Err(newer(2)), ..unreadable(b"2") },
        Arrival { content: Err(newer(3)), ..unreadable(b"3") },
        unreadable(b"never"),
    ];
    store.keep_arrivals(&batch, at(1)).await.unwrap();
    assert_eq!(store.replay_readable(1, &act(2)).await.unwrap(), 0);
    assert_eq!(store.replay_readable(2, &act(2)).await.unwrap(), 1);
    let marked = store.letters_to_replay(at(2)).await.unwrap();
    assert_eq!(marked.iter().map(|letter| letter.needs_version).collect::<Vec<_>>(), [Some(2)]);
    assert_eq!(store.replay_readable(2, &act(2)).await.unwrap(), 0);
    // A consumer that is not upgraded yet got it.
    store.keep_arrivals(&batch[..1], at(3)).await.unwrap();
    assert_eq!(store.replay_readable(2, &act(4)).await.unwrap(), 0, "not in a loop");
    assert_eq!(store.replay_readable(2, &act(64)).await.unwrap(), 1);
    // What turns out to be bad for another reason is not replayed by itself any more.
    store.keep_arrivals(&[unreadable(b"2")], at(65)).await.unwrap();
    assert_eq!(store.replay_readable(2, &act(900)).await.unwrap(), 0);
}

pub(crate) async fn what_else_was_said_of_a_message_is_kept(hospital: Hospital) {
    let mut strange = unreadable(b"x");
    strange.letter.headers = [("ward", "UTI"), ("a\0b", "c\0d")].map(|(k, v)| (k.into(), v.into())).into();
    hospital.store.keep_arrivals(&[strange, unreadable(b"y")], at(1)).await.unwrap();
    let kept = letters(&hospital).await;
    let of = |body: &[u8]| kept.iter().find(|letter| letter.letter.body == body).unwrap().letter.headers.clone();
    assert_eq!(of(b"x"), [("ward", "UTI"), ("a\u{fffd}b", "c\u{fffd}d")].map(|(k, v)| (k.into(), v.into())).into());
    assert!(of(b"y").is_empty());
    let one = hospital.store.dead_letter(kept[0].id).await.unwrap();
    assert_eq!(one.as_ref(), Some(&kept[0]));
}

pub(crate) async fn a_try_of_a_suspect_stays_until_it_went_through(hospital: Hospital) {
    let store = &hospital.store;
    let placed = hospital.order();
    let (good, bad) = (Suspect::of(b"good"), Suspect::of(b"bad"));
    let tries = async || store.tries_of(&[good, bad]).await.unwrap();
    assert!(tries().await.is_empty());
    for second in 1..=2 {
        store.begin_try(good, at(second)).await.unwrap();
    }
    store.begin_try(bad, at(3)).await.unwrap();
    assert_eq!(tries().await, [(good, 2), (bad, 1)].into());
    store.end_suspicion(bad).await.unwrap();
    store.end_suspicion(bad).await.unwrap();
    assert_eq!(tries().await, [(good, 2)].into());
    let mut was_called = false;
    store.keep_batch(&[arrival(&placed)], Some(good), at(4), Turn::default(), || was_called = true).await.unwrap();
    assert!(was_called);
    assert!(tries().await.is_empty());
    // What is rolled back leaves the suspicion.
    store.begin_try(good, at(5)).await.unwrap();
    crate::promises::run(&hospital, "DELETE FROM event_head").await;
    let another = hospital.order();
    assert!(store.keep_batch(&[arrival(&another)], Some(good), at(6), Turn::default(), || {}).await.is_err());
    assert_eq!(tries().await.get(&good), Some(&1));
}

//! The comparison at the end, after Jepsen's total-queue: what was attempted and promised against
//! what is there. Pure.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::journal::{Answer, Line, Order, Record};

/// An order as the product shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub status: String,
    /// Where it goes.
    pub dispenser_id: Uuid,
    /// How soon it is needed.
    pub priority: String,
    /// What it asks for, in any order.
    pub lines: Vec<Line>,
    /// How many events say that it was stored (`requested` or `refused`).
    pub placing_events: usize,
}

/// What the comparison found. Only the counts may be other than zero in a good run; every list is a fault,
/// except [`Verdict::unanswered`], which says how much could not be judged.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Orders that were sent at least once.
    pub attempted: usize,
    /// Orders that the product promised to keep.
    pub acknowledged: usize,
    /// Orders that are there.
    pub stored: usize,
    /// Orders that are there although no answer promised it: the answer was lost on the way, which is allowed.
    pub recovered: usize,
    /// Promised and not there.
    pub lost: Vec<Uuid>,
    /// There twice, or with other than one event of being placed.
    pub duplicated: Vec<Uuid>,
    /// There, but never sent, or sent and refused for good.
    pub unexpected: Vec<Uuid>,
    /// Refused, at once or when it was stored: all that we send is valid.
    pub refused: Vec<Uuid>,
    /// There with another dispenser, other lines or quantities, another priority or an unlikely status.
    pub wrong: Vec<Uuid>,
    /// Never answered, however often sent, and not there.
    pub unanswered: Vec<Uuid>,
}

impl Verdict {
    /// Whether every promise was kept and every order got its answer.
    pub fn is_good(&self) -> bool {
        self.faults().iter().all(|(_, ids)| ids.is_empty())
    }

    /// Each kind of fault by its word, with the orders that have it.
    pub fn faults(&self) -> [(&'static str, &[Uuid]); 6] {
        [
            ("lost", &self.lost),
            ("duplicated", &self.duplicated),
            ("unexpected", &self.unexpected),
            ("refused", &self.refused),
            ("wrong content", &self.wrong),
            ("unanswered", &self.unanswered),
        ]
    }
}

/// What the journal says of one order.
struct Asked<'a> {
    order: &'a Order,
    is_acknowledged: bool,
    is_refused: bool,
}

/// Compares the journal with every order that is there.
pub fn check(journal: &[Record], stored: &[Stored]) -> Verdict {
    let asked = asked(journal);
    let mut verdict = Verdict {
        attempted: asked.len(),
        acknowledged: asked.values().filter(|one| one.is_acknowledged).count(),
        refused: asked.values().filter(|one| one.is_refused).map(|one| one.order.id).collect(),
        ..Verdict::default()
    };
    let mut seen = BTreeSet::new();
    let mut duplicated = BTreeSet::new();
    for found in stored {
        if !seen.insert(found.id) {
            duplicated.insert(found.id);
            continue;
        }
        if found.placing_events != 1 {
            duplicated.insert(found.id);
        }
        match asked.get(&found.id) {
            None => verdict.unexpected.push(found.id),
            Some(one) if one.is_refused && !one.is_acknowledged => verdict.unexpected.push(found.id),
            Some(one) => {
                verdict.recovered += usize::from(!one.is_acknowledged);
                if found.status == "refused" {
                    verdict.refused.push(found.id);
                } else if !is_as_asked(one.order, found) {
                    verdict.wrong.push(found.id);
                }
            }
        }
    }
    verdict.stored = seen.len();
    verdict.duplicated = duplicated.into_iter().collect();
    for (id, one) in asked.iter().filter(|(id, _)| !seen.contains(id)) {
        if one.is_acknowledged {
            verdict.lost.push(*id);
        } else if !one.is_refused {
            verdict.unanswered.push(*id);
        }
    }
    verdict
}

fn asked(journal: &[Record]) -> BTreeMap<Uuid, Asked<'_>> {
    let mut asked = BTreeMap::new();
    for record in journal {
        match record {
            Record::Attempt { order, .. } => {
                asked.entry(order.id).or_insert(Asked { order, is_acknowledged: false, is_refused: false });
            }
            Record::Answer { order_id, answer, .. } => {
                if let Some(one) = asked.get_mut(order_id) {
                    one.is_acknowledged |= *answer == Answer::Accepted;
                    one.is_refused |= matches!(answer, Answer::Refused { .. });
                }
            }
        }
    }
    asked
}

fn is_as_asked(order: &Order, found: &Stored) -> bool {
    let sorted = |lines: &[Line]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    found.status == "requested"
        && found.dispenser_id == order.dispenser_id
        && found.priority == order.priority
        && sorted(&found.lines) == sorted(&order.lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn order(number: u128) -> Order {
        let line = |medication: u128| Line { medication_id: id(medication), quantity: 5 };
        Order {
            id: id(number),
            dispenser_id: id(1000),
            priority: "routine".to_owned(),
            lines: vec![line(2002), line(2001)],
            note: String::new(),
        }
    }

    fn attempt(number: u128) -> Record {
        Record::Attempt { at: DateTime::UNIX_EPOCH, order: order(number) }
    }

    fn answer(number: u128, answer: Answer) -> Record {
        Record::Answer { at: DateTime::UNIX_EPOCH, order_id: id(number), answer }
    }

    fn failed(number: u128) -> Record {
        answer(number, Answer::Failed { detail: "no answer".to_owned() })
    }

    fn refused(number: u128) -> Record {
        answer(number, Answer::Refused { detail: "422".to_owned() })
    }

    fn stored(number: u128) -> Stored {
        let Order { id, dispenser_id, priority, mut lines, .. } = order(number);
        lines.reverse();
        Stored { id, status: "requested".to_owned(), dispenser_id, priority, lines, placing_events: 1 }
    }

    /// Three orders, all promised and all there.
    fn good() -> (Vec<Record>, Vec<Stored>) {
        let journal = (1..=3).flat_map(|number| [attempt(number), answer(number, Answer::Accepted)]).collect();
        (journal, (1..=3).map(stored).collect())
    }

    #[test]
    fn all_promised_and_all_there_is_good() {
        let (journal, stored) = good();
        let verdict = check(&journal, &stored);
        assert!(verdict.is_good(), "{verdict:?}");
        assert_eq!((verdict.attempted, verdict.acknowledged, verdict.stored), (3, 3, 3));
    }

    #[test]
    fn a_loss_is_found() {
        let (journal, mut stored) = good();
        stored.remove(1);
        let verdict = check(&journal, &stored);
        assert_eq!(verdict.lost, [id(2)]);
        assert!(!verdict.is_good());
    }

    #[test]
    fn a_promise_after_failed_attempts_counts() {
        let journal = [attempt(1), failed(1), attempt(1), answer(1, Answer::Accepted)];
        assert_eq!(check(&journal, &[]).lost, [id(1)]);
        assert_eq!(check(&journal, &[]).attempted, 1);
    }

    #[test]
    fn a_duplicate_is_found_whether_a_row_or_an_event_is_twice() {
        let (journal, mut there) = good();
        there.push(stored(3));
        there[0].placing_events = 2;
        let verdict = check(&journal, &there);
        assert_eq!((verdict.duplicated.as_slice(), verdict.stored), ([id(1), id(3)].as_slice(), 3));
        assert!(!verdict.is_good());
    }

    #[test]
    fn an_order_without_an_event_is_found() {
        let (journal, mut stored) = good();
        stored[0].placing_events = 0;
        assert_eq!(check(&journal, &stored).duplicated, [id(1)]);
    }

    #[test]
    fn an_order_that_nobody_sent_is_found() {
        let (journal, mut there) = good();
        there.push(stored(9));
        let verdict = check(&journal, &there);
        assert_eq!(verdict.unexpected, [id(9)]);
        assert!(!verdict.is_good());
    }

    #[test]
    fn an_order_that_was_refused_and_is_there_all_the_same_is_found() {
        let verdict = check(&[attempt(1), refused(1)], &[stored(1)]);
        assert_eq!(
            (verdict.unexpected.as_slice(), verdict.refused.as_slice()),
            ([id(1)].as_slice(), [id(1)].as_slice())
        );
    }

    #[test]
    fn a_refusal_is_found_at_the_door_and_in_the_store() {
        let (mut journal, mut stored) = good();
        stored[0].status = "refused".to_owned();
        journal.extend([attempt(4), refused(4)]);
        let mut found = check(&journal, &stored).refused;
        found.sort();
        assert_eq!(found, [id(1), id(4)]);
    }

    #[test]
    fn wrong_content_is_found() {
        let changes: [fn(&mut Stored); 6] = [
            |order| order.dispenser_id = id(7),
            |order| order.lines[0].quantity = 6,
            |order| order.lines[0].medication_id = id(7),
            |order| order.lines.push(order.lines[0].clone()),
            |order| order.priority = "stat".to_owned(),
            |order| order.status = "cancelled".to_owned(),
        ];
        for (change, number) in changes.iter().zip(0..) {
            let (journal, mut stored) = good();
            change(&mut stored[2]);
            assert_eq!(check(&journal, &stored).wrong, [id(3)], "change {number}");
        }
    }

    #[test]
    fn an_order_that_is_there_though_its_answer_was_lost_is_no_fault() {
        let verdict = check(&[attempt(1), failed(1)], &[stored(1)]);
        assert!(verdict.is_good(), "{verdict:?}");
        assert_eq!((verdict.recovered, verdict.acknowledged), (1, 0));
    }

    #[test]
    fn an_order_without_any_answer_is_named_even_if_it_was_never_promised() {
        for journal in [vec![attempt(1)], vec![attempt(1), failed(1)]] {
            assert_eq!(check(&journal, &[]).unanswered, [id(1)]);
        }
    }
}

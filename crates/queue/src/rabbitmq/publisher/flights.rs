//! The publishes on one channel, from the sending to the confirm.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation,
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::time::Instant;

use super::{
    super::{connection::reason, topology::MANDATORY},
    Publishing, TRIES,
};
use crate::{Message, PublishError};

/// The publishes that are on their way on one channel.
#[derive(Default)]
pub(super) struct Flights {
    pub(super) running: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// Those that were not answered yet, by their numbers; all have the same time, so the first is due first.
    pub(super) aloft: BTreeMap<u64, Flight>,
    next: u64,
}

pub(super) struct Flight {
    pub(super) publishing: Publishing,
    /// Until when the broker must have confirmed it. Counted from when it was sent, not from when it was
    /// published: only so does it tell of the broker's health.
    due: Instant,
}

pub(super) struct Landed {
    flight: u64,
    outcome: Result<Confirmation, lapin::Error>,
}

impl Flights {
    pub(super) fn take_off(&mut self, mut publishing: Publishing, channel: &Channel, queue: &str, deadline: Duration) {
        // Whoever published has had an answer, or is about to.
        let now = Instant::now();
        if publishing.reply.is_closed() || publishing.deadline <= now {
            return;
        }
        publishing.tries += 1;
        if publishing.tries > TRIES {
            let reason = format!("each of {TRIES} connections was lost over this message");
            return publishing.answer(Err(PublishError::Unavailable(reason)));
        }
        let flight = self.next;
        self.next += 1;
        let (channel, queue, message) = (channel.clone(), ShortString::from(queue), publishing.message.clone());
        self.aloft.insert(flight, Flight { publishing, due: now + deadline });
        let landed = async move {
            let sent = channel.basic_publish("".into(), queue, MANDATORY, &message.body, properties(&message)).await;
            let outcome = match sent {
                Ok(confirm) => confirm.await,
                Err(error) => Err(error),
            };
            Landed { flight, outcome }
        };
        self.running.push(landed.boxed());
    }

    /// When the first must have landed.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.aloft.first_key_value().map(|(_, flight)| flight.due)
    }

    /// Answers those that should have landed by `now`, and says whether there were any. Should they land yet,
    /// nobody hears of it.
    pub(super) fn give_up_overdue(&mut self, now: Instant) -> bool {
        let mut is_any = false;
        while let Some(first) = self.aloft.first_entry()
            && first.get().due <= now
        {
            first.remove().publishing.answer(Err(PublishError::Unconfirmed));
            is_any = true;
        }
        is_any
    }

    /// Answers what has landed. The reason why the channel must go, if it must.
    ///
    /// lapin gives a returned message to whichever confirm it completes next, which need not be the
    /// returned message's own: that one may then look accepted. Confirms are completed in order by one
    /// thread, so the one with the message attached is ready when the deceiving one is. Hence: take all
    /// that is ready, and when there is any returned message among it, believe none and send all again.
    pub(super) fn land(&mut self, first: Landed) -> Option<String> {
        let mut landed = vec![first];
        while let Some(Some(more)) = self.running.next().now_or_never() {
            landed.push(more);
        }
        let is_any_returned = landed
            .iter()
            .any(|landed| matches!(landed.outcome, Ok(Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)))));
        if is_any_returned {
            return Some("the broker returned messages: the queue is gone".to_owned());
        }
        let mut end = None;
        for Landed { flight, outcome } in landed {
            let answer = match outcome {
                Ok(Confirmation::Ack(None)) => Ok(()),
                Ok(Confirmation::Nack(None)) => {
                    Err(PublishError::Full("the broker rejected the message: the queue is at its limit".to_owned()))
                }
                Ok(_) => {
                    end = Some("the broker does not confirm".to_owned());
                    continue;
                }
                Err(error) => {
                    end = Some(reason(&error));
                    continue;
                }
            };
            if let Some(Flight { publishing, .. }) = self.aloft.remove(&flight) {
                publishing.answer(answer);
            }
        }
        end
    }
}

/// Persistent, and with what the envelope holds. What does not fit into AMQP's 255 bytes is left out.
fn properties(message: &Message) -> BasicProperties {
    let short = |text: &Option<String>| text.as_deref().and_then(|text| ShortString::try_new(text).ok());
    let mut properties = BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
    if let Some(id) = short(&message.id) {
        properties = properties.with_message_id(id);
    }
    if let Some(kind) = short(&message.kind) {
        properties = properties.with_type(kind);
    }
    if let Some(traceparent) = &message.traceparent {
        let mut headers = FieldTable::default();
        headers.insert("traceparent".into(), AMQPValue::LongString(traceparent.as_str().into()));
        properties = properties.with_headers(headers);
    }
    properties
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lapin::{
        Confirmation,
        message::{BasicReturnMessage, Delivery},
    };
    use tokio::sync::oneshot;

    use super::*;

    type Answer = oneshot::Receiver<Result<(), PublishError>>;

    const SOON: Duration = Duration::from_secs(2);

    /// Flights that land with these outcomes, in this order, or not at all.
    fn flights(outcomes: impl IntoIterator<Item = Option<Confirmation>>) -> (Flights, Vec<Answer>) {
        let mut flights = Flights::default();
        let mut answers = Vec::new();
        for (flight, outcome) in (0..).zip(outcomes) {
            let (reply, answer) = oneshot::channel();
            let message = Message { id: None, kind: None, traceparent: None, body: "".into() };
            let publishing = Publishing { message: Arc::new(message), deadline: Instant::now(), tries: 1, reply };
            flights.aloft.insert(flight, Flight { publishing, due: Instant::now() + SOON });
            flights.running.push(match outcome {
                Some(outcome) => std::future::ready(Landed { flight, outcome: Ok(outcome) }).boxed(),
                None => std::future::pending().boxed(),
            });
            answers.push(answer);
        }
        (flights, answers)
    }

    async fn land(flights: &mut Flights) -> Option<String> {
        let first = flights.running.next().await.unwrap();
        flights.land(first)
    }

    fn returned() -> Option<BasicReturnMessage> {
        let delivery = Delivery::mock(0, "".into(), "".into(), false, Vec::new());
        Some(BasicReturnMessage { delivery, reply_code: 312, reply_text: "NO_ROUTE".into() })
    }

    #[tokio::test]
    async fn beside_a_returned_message_no_confirm_is_believed() {
        let accepted = || Some(Confirmation::Ack(None));
        for with_return in [Confirmation::Ack(returned()), Confirmation::Nack(returned())] {
            let (mut flights, mut answers) = flights([accepted(), Some(with_return), accepted()]);
            assert!(land(&mut flights).await.unwrap().contains("returned"));
            assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()));
            assert_eq!(flights.aloft.len(), 3, "all are sent again");
        }
    }

    #[tokio::test]
    async fn each_confirm_is_answered_as_what_it_is() {
        let (mut flights, mut answers) = flights([
            Some(Confirmation::Ack(None)),
            Some(Confirmation::Nack(None)),
            Some(Confirmation::NotRequested),
            None,
        ]);
        assert_eq!(land(&mut flights).await.unwrap(), "the broker does not confirm");
        assert!(matches!(answers[0].try_recv(), Ok(Ok(()))));
        assert!(matches!(answers[1].try_recv(), Ok(Err(PublishError::Full(_)))));
        assert!(answers[2].try_recv().is_err(), "it is sent again");
        assert!(answers[3].try_recv().is_err(), "it may yet land");
        assert_eq!(flights.aloft.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_confirm_that_does_not_come_is_told_so_and_later_ones_go_on() {
        let (mut flights, mut answers) = flights([None]);
        tokio::time::advance(SOON / 2).await;
        let (later, later_answers) = self::flights([None]);
        flights.aloft.insert(1, later.aloft.into_values().next().unwrap());
        answers.extend(later_answers);
        assert!(!flights.give_up_overdue(Instant::now()));
        assert_eq!(flights.next_due(), Some(Instant::now() + SOON / 2));
        tokio::time::advance(SOON / 2).await;
        assert!(flights.give_up_overdue(Instant::now()));
        assert!(matches!(answers[0].try_recv(), Ok(Err(PublishError::Unconfirmed))));
        assert!(answers[1].try_recv().is_err());
        assert_eq!(flights.next_due(), Some(Instant::now() + SOON / 2));
    }
}

//! The publishes on one channel, from the sending to the confirm.

use std::{collections::BTreeMap, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation,
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::time::{Instant, timeout};

use super::{
    super::{connection::reason, topology::MANDATORY},
    Publishing, TRIES,
};
use crate::{Message, PublishError};

/// The publishes that are on their way on one channel.
#[derive(Default)]
pub(super) struct Flights {
    pub(super) running: FuturesUnordered<BoxFuture<'static, Landed>>,
    pub(super) aloft: BTreeMap<u64, Publishing>,
    next: u64,
}

pub(super) struct Landed {
    flight: u64,
    /// `None`: no confirm in time.
    outcome: Option<Result<Confirmation, lapin::Error>>,
}

impl Flights {
    pub(super) fn take_off(&mut self, mut publishing: Publishing, channel: &Channel, queue: &str, deadline: Duration) {
        // Whoever published has had an answer, or is about to.
        if publishing.reply.is_closed() || publishing.deadline <= Instant::now() {
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
        self.aloft.insert(flight, publishing);
        let confirmed = async move {
            channel.basic_publish("".into(), queue, MANDATORY, &message.body, properties(&message)).await?.await
        };
        // Counted from now, not from when it was published: only so does it tell of the broker's health.
        self.running.push(async move { Landed { flight, outcome: timeout(deadline, confirmed).await.ok() } }.boxed());
    }

    /// Answers what has landed. The reason why the channel must go, if it must.
    ///
    /// lapin gives a returned message to whichever confirm it completes next, which need not be the
    /// returned message's own: that one may then look accepted. Confirms are completed in order by one
    /// thread, so the one with the message attached is ready when the deceiving one is. Hence: take all
    /// that is ready, and when there is any returned message among it, believe none and send all again.
    pub(super) fn land(&mut self, first: Landed, is_alarm: bool) -> Option<String> {
        let mut landed = vec![first];
        while let Some(Some(more)) = self.running.next().now_or_never() {
            landed.push(more);
        }
        let is_any_returned = landed
            .iter()
            .any(|landed| matches!(landed.outcome, Some(Ok(Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_))))));
        if is_any_returned {
            return Some("the broker returned messages: the queue is gone".to_owned());
        }
        let mut end = None;
        for Landed { flight, outcome } in landed {
            let answer = match outcome {
                Some(Ok(Confirmation::Ack(None))) => Ok(()),
                Some(Ok(Confirmation::Nack(None))) => {
                    Err(PublishError::Full("the broker rejected the message: the queue is at its limit".to_owned()))
                }
                Some(Ok(_)) => {
                    end = Some("the broker does not confirm".to_owned());
                    continue;
                }
                Some(Err(error)) => {
                    end = Some(reason(&error));
                    continue;
                }
                None => {
                    // In an alarm a new channel would fare no better.
                    if !is_alarm {
                        end = Some("the broker did not confirm in time".to_owned());
                    }
                    Err(PublishError::Unconfirmed)
                }
            };
            if let Some(publishing) = self.aloft.remove(&flight) {
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

    /// Flights that land with these outcomes, in this order.
    fn flights(outcomes: impl IntoIterator<Item = Option<Confirmation>>) -> (Flights, Vec<Answer>) {
        let mut flights = Flights::default();
        let mut answers = Vec::new();
        for (flight, outcome) in (0..).zip(outcomes) {
            let (reply, answer) = oneshot::channel();
            let message = Message { id: None, kind: None, traceparent: None, body: "".into() };
            let publishing = Publishing { message: Arc::new(message), deadline: Instant::now(), tries: 1, reply };
            flights.aloft.insert(flight, publishing);
            flights.running.push(std::future::ready(Landed { flight, outcome: outcome.map(Ok) }).boxed());
            answers.push(answer);
        }
        (flights, answers)
    }

    async fn land(flights: &mut Flights, is_alarm: bool) -> Option<String> {
        let first = flights.running.next().await.unwrap();
        flights.land(first, is_alarm)
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
            assert!(land(&mut flights, false).await.unwrap().contains("returned"));
            assert!(answers.iter_mut().all(|answer| answer.try_recv().is_err()));
            assert_eq!(flights.aloft.len(), 3, "all are sent again");
        }
    }

    #[tokio::test]
    async fn each_confirm_is_answered_as_what_it_is() {
        let (mut flights, mut answers) = flights([
            Some(Confirmation::Ack(None)),
            Some(Confirmation::Nack(None)),
            None,
            Some(Confirmation::NotRequested),
        ]);
        assert_eq!(land(&mut flights, false).await.unwrap(), "the broker does not confirm");
        assert!(matches!(answers[0].try_recv(), Ok(Ok(()))));
        assert!(matches!(answers[1].try_recv(), Ok(Err(PublishError::Full(_)))));
        assert!(matches!(answers[2].try_recv(), Ok(Err(PublishError::Unconfirmed))));
        assert!(answers[3].try_recv().is_err(), "it is sent again");
        assert_eq!(flights.aloft.len(), 1);
    }

    #[tokio::test]
    async fn a_confirm_that_does_not_come_ends_the_channel_except_in_an_alarm() {
        assert!(land(&mut flights([None]).0, false).await.is_some());
        assert_eq!(land(&mut flights([None]).0, true).await, None);
    }
}

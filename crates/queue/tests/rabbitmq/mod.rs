//! The queue on RabbitMQ: on the one that the test run is given, and on private ones that are killed and
//! frozen.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use queue::{
    Publish, Receive,
    rabbitmq::{RabbitOptions, RabbitQueue},
};
use testkit::{
    queue_suite::{Harness, Limits},
    services::FreshQueue,
};
use tokio::runtime::Runtime;

mod faults;
mod spool;

testkit::queue_suite!(promises, RabbitHarness);

/// Runs each life of our side on a runtime of its own, which a kill ends without a word to the tasks on it.
/// What is durable is the broker's.
struct RabbitHarness {
    options: RabbitOptions,
    life: Option<(Runtime, RabbitQueue)>,
    broker: FreshQueue,
}

impl RabbitHarness {
    /// Where handles are made, since they start their tasks there.
    fn enter<T>(&self, make: impl FnOnce(&RabbitQueue) -> T) -> T {
        let (runtime, queue) = self.life.as_ref().expect("alive");
        let _entered = runtime.enter();
        make(queue)
    }

    fn begin_life(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        self.life = Some((runtime, RabbitQueue::new(self.options.clone()).unwrap()));
    }

    fn end_life(&mut self) {
        if let Some((runtime, _)) = self.life.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for RabbitHarness {
    fn drop(&mut self) {
        self.end_life();
    }
}

#[async_trait]
impl Harness for RabbitHarness {
    async fn start(limits: Limits) -> Self {
        let broker = FreshQueue::new();
        let options = RabbitOptions {
            queue: broker.name().to_owned(),
            prefetch: limits.prefetch,
            max_length: limits.capacity,
            // No promise of this suite outlives a kill of the broker,
            settling: Duration::ZERO,
            // and none is about time, which a busy machine may take.
            deadline: Duration::from_secs(10),
            ..RabbitOptions::new(broker.url())
        };
        let mut harness = RabbitHarness { options, life: None, broker };
        harness.begin_life();
        harness
    }

    fn publisher(&self) -> Arc<dyn Publish> {
        Arc::new(self.enter(RabbitQueue::publisher))
    }

    fn receiver(&self) -> Box<dyn Receive> {
        Box::new(self.enter(RabbitQueue::receiver))
    }

    async fn kill(&mut self) {
        self.end_life();
        self.begin_life();
    }

    async fn put_raw(&self, body: &[u8]) {
        self.broker.put_raw(body).await.unwrap();
    }

    async fn waiting(&self) -> u64 {
        self.broker.waiting().await.unwrap()
    }

    async fn stop(self) {
        self.life.as_ref().expect("alive").1.close().await;
    }
}

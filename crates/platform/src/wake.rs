use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use tokio::sync::watch;

/// Tells loops of this process that there is something to do, so that they need not wait for their
/// next poll. Other processes learn it by polling; nothing depends on a signal arriving.
#[derive(Clone, Default, Debug)]
pub struct Wake(Arc<Mutex<HashMap<&'static str, watch::Sender<u64>>>>);

impl Wake {
    /// Wakes whoever listens to `channel`.
    pub fn signal(&self, channel: &'static str) {
        self.sender(channel).send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Listens from now on.
    #[must_use]
    pub fn listen(&self, channel: &'static str) -> WakeListener {
        WakeListener(self.sender(channel).subscribe())
    }

    fn sender(&self, channel: &'static str) -> watch::Sender<u64> {
        let mut channels = self.0.lock().expect("nothing panics while holding it");
        channels
            .entry(channel)
            .or_insert_with(|| watch::channel(0).0)
            .clone()
    }
}

/// One listener of one channel.
#[derive(Debug)]
pub struct WakeListener(watch::Receiver<u64>);

impl WakeListener {
    /// Returns at the next signal, at once when one came since the last call, or after `at_most`;
    /// says whether there was a signal.
    pub async fn wait(&mut self, at_most: std::time::Duration) -> bool {
        match tokio::time::timeout(at_most, self.0.changed()).await {
            Ok(Ok(())) => true,
            // A closed channel means that the process is ending; the time-out covers that too.
            Ok(Err(_closed)) => {
                tokio::time::sleep(at_most).await;
                false
            }
            Err(_elapsed) => false,
        }
    }
}

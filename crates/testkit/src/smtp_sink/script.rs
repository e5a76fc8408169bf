use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

/// A point of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Before the greeting.
    Connect,
    /// `EHLO` and `HELO`.
    Ehlo,
    /// `STARTTLS`.
    StartTls,
    /// `AUTH`.
    Auth,
    /// `MAIL FROM`.
    MailFrom,
    /// `RCPT TO`.
    RcptTo,
    /// `DATA`.
    Data,
    /// After the go-ahead, before the message has been read.
    Body,
    /// After the final dot.
    EndOfData,
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    Reply(String),
    Disconnect,
    KeepAndDisconnect,
    KeepAndReply(String),
    Raw(Vec<u8>),
    Delay(Duration),
    Silence,
    Hold(Gate),
}

#[derive(Debug)]
struct Rule {
    stage: Stage,
    containing: Option<String>,
    skip: usize,
    times: Option<usize>,
    act: Act,
}

#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<Vec<Rule>>);

impl Script {
    pub(crate) fn when(&self, stage: Stage) -> When<'_> {
        When {
            script: self,
            stage,
            containing: None,
            skip: 0,
            times: None,
        }
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// What to do at this point instead of the usual; `said` is the command, or the message.
    pub(crate) fn act(&self, stage: Stage, said: &str) -> Option<Act> {
        let mut rules = self.0.lock().unwrap();
        let matching = |rule: &&mut Rule| {
            rule.stage == stage
                && rule.times != Some(0)
                && rule
                    .containing
                    .as_ref()
                    .is_none_or(|text| said.contains(text.as_str()))
        };
        let rule = rules.iter_mut().find(matching)?;
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        Some(rule.act.clone())
    }
}

/// A rule in the making.
#[must_use]
pub struct When<'s> {
    script: &'s Script,
    stage: Stage,
    containing: Option<String>,
    skip: usize,
    times: Option<usize>,
}

impl When<'_> {
    /// Only where the command, or the message, holds this text.
    pub fn containing(mut self, text: &str) -> Self {
        self.containing = Some(text.to_owned());
        self
    }

    /// Lets the first so many pass.
    pub fn after(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Only so many times.
    pub fn times(mut self, count: usize) -> Self {
        self.times = Some(count);
        self
    }

    /// Answers this, for example `550 5.1.1 no such user`. Lines are parted by `\n`.
    pub fn reply(self, text: &str) {
        self.add(Act::Reply(text.to_owned()));
    }

    /// Closes the connection without a word. After the final dot the message is lost.
    pub fn disconnect(self) {
        self.add(Act::Disconnect);
    }

    /// After the final dot: keeps the message, and closes the connection without a word.
    pub fn keep_and_disconnect(self) {
        self.add(Act::KeepAndDisconnect);
    }

    /// After the final dot: keeps the message, and answers this.
    pub fn keep_and_reply(self, text: &str) {
        self.add(Act::KeepAndReply(text.to_owned()));
    }

    /// Sends these bytes and goes on.
    pub fn send_raw(self, bytes: &[u8]) {
        self.add(Act::Raw(bytes.to_vec()));
    }

    /// Goes on only after this time.
    pub fn delay(self, by: Duration) {
        self.add(Act::Delay(by));
    }

    /// Never says anything again, and keeps the connection.
    pub fn silence(self) {
        self.add(Act::Silence);
    }

    /// Waits there until the test opens the gate.
    pub fn hold(self) -> Gate {
        let gate = Gate::new();
        self.add(Act::Hold(gate.clone()));
        gate
    }

    fn add(self, act: Act) {
        let rule = Rule {
            stage: self.stage,
            containing: self.containing,
            skip: self.skip,
            times: self.times,
            act,
        };
        self.script.0.lock().unwrap().push(rule);
    }
}

/// Where a conversation is made to wait.
#[derive(Debug, Clone)]
pub struct Gate {
    waiting: Arc<watch::Sender<usize>>,
    permits: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self {
            waiting: Arc::new(watch::channel(0).0),
            permits: Arc::new(Semaphore::new(0)),
        }
    }

    /// Returns once so many conversations have come to the gate, and fails the test after a minute.
    pub async fn reached_by(&self, count: usize) {
        let mut seen = self.waiting.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(60), seen.wait_for(|n| *n >= count)).await;
        assert!(matches!(waited, Ok(Ok(_))), "nobody came to the gate");
    }

    /// Lets everybody pass, now and later.
    pub fn open(&self) {
        self.permits.add_permits(1 << 20);
    }

    pub(crate) async fn pass(&self) {
        self.waiting.send_modify(|n| *n += 1);
        let permit = self.permits.acquire().await.expect("it is never closed");
        permit.forget();
    }
}

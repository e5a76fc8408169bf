//! An account at a provider that takes one message a request. What all of them have in common: how
//! many requests run at once, what a broken one means, and when the rest of a group is not begun.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, Method, header};
use kernel::{Clock, Timestamp};
use platform::egress::{Egress, EgressError, EgressResponse};
use tokio::sync::Mutex;

use super::Ways;
use crate::{
    application::carrier::{Account, Carrier},
    domain::{
        answer::{Answer, Conclusion, Phase},
        http_answer::{HttpAnswer, Meaning, meaning_of, retry_after},
        outgoing::Outgoing,
        provider::{ProviderConfig, Traits},
        repeats::Repeats,
    },
};

/// What is kept of a provider's words, in characters.
const LONGEST: usize = 300;

/// How one provider wants its requests, and what its answers say. Pure.
pub(super) trait Api: Send + Sync {
    /// The request that hands a message over: for one message always the same body, to the last byte.
    fn request(&self, message: &Outgoing, now: Timestamp) -> Result<ApiRequest, Unsendable>;
    /// What an answer says beside its status.
    fn read(&self, response: &EgressResponse) -> Said;
    /// The request that gets a pass, where messages need one that somebody else gives out, and the one at
    /// hand is about to end.
    fn pass_request(&self, _now: Timestamp) -> Option<Result<ApiRequest, Unsendable>> {
        None
    }
    /// Keeps the pass that an answer holds. The error says what became of whoever waits for it.
    fn keep_pass(&self, _response: &EgressResponse, _now: Timestamp) -> Result<(), Conclusion> {
        Ok(())
    }
    /// Whether a message was turned away at the door because the pass had ended, and another one is worth
    /// trying. Whoever says so has forgotten the old one.
    fn renews_pass(&self, _response: &EgressResponse, _now: Timestamp) -> bool {
        false
    }
}

/// A request, always a `POST`.
#[derive(Debug)]
pub(super) struct ApiRequest {
    pub url: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why no request can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsendable {
    /// The stored key cannot stand in a header.
    Key,
    /// The message cannot be taken apart, or travels by something else.
    Mail,
    /// The recipient is none that this provider could know.
    Recipient,
}

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Under which id the provider has the message.
    pub id: Option<String>,
    /// What it says against it.
    pub words: String,
    /// What it means, where the provider says so more exactly than by the status.
    pub meaning: Option<Meaning>,
}

/// An account at such a provider.
pub(super) struct HttpAccount(Arc<Line>);

struct Line {
    api: Box<dyn Api>,
    traits: Traits,
    egress: Egress,
    clock: Arc<dyn Clock>,
    /// Requests at the same time by each carrier.
    at_once: usize,
    /// Held by whoever gets a pass for all.
    passing: Mutex<()>,
}

impl HttpAccount {
    /// An account with these settings.
    pub fn new(api: Box<dyn Api>, config: &ProviderConfig, ways: &Ways) -> Self {
        let concurrency = usize::from(config.concurrency()).max(1);
        Self(Arc::new(Line {
            api,
            traits: config.kind().traits(),
            egress: ways.egress.clone(),
            clock: ways.clock.clone(),
            at_once: concurrency.div_ceil(ways.carriers.clamp(1, concurrency)),
            passing: Mutex::default(),
        }))
    }
}

#[async_trait]
impl Account for HttpAccount {
    /// Connections are made, kept and shared by the client below, one request at a time.
    async fn open(&self) -> Result<Box<dyn Carrier>, Conclusion> {
        Ok(Box::new(HttpCarrier(self.0.clone())))
    }

    fn repeats(&self) -> Repeats {
        Repeats::within(self.0.traits.idempotency_ttl)
    }
}

struct HttpCarrier(Arc<Line>);

#[async_trait]
impl Carrier for HttpCarrier {
    async fn carry(
        &mut self,
        messages: &[Outgoing],
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Conclusion> {
        let over = AtomicBool::new(false);
        let line = &*self.0;
        let tries: Vec<_> = messages
            .iter()
            .map(|message| line.hand_over(message, &over, may_begin))
            .collect();
        futures::stream::iter(tries)
            .buffered(line.at_once)
            .collect()
            .await
    }

    fn is_usable(&self) -> bool {
        true
    }

    async fn answers(&mut self) -> bool {
        true
    }

    async fn close(self: Box<Self>) {}
}

impl Line {
    /// `over` keeps the messages behind one that went wrong from being begun: where one is in doubt, or
    /// the account is not let in, the next ones would only share its fate.
    async fn hand_over(
        &self,
        message: &Outgoing,
        over: &AtomicBool,
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Conclusion {
        if over.load(Ordering::Relaxed) || !may_begin() {
            over.store(true, Ordering::Relaxed);
            let error = "it was not begun".to_owned();
            return Conclusion::NotStarted { error };
        }
        let conclusion = self.ask(message).await;
        if ends_the_group(&conclusion) {
            over.store(true, Ordering::Relaxed);
        }
        conclusion
    }

    /// Once more where the pass had ended on the way: nothing of the message was taken then.
    async fn ask(&self, message: &Outgoing) -> Conclusion {
        for may_renew in [true, false] {
            if let Err(conclusion) = self.get_pass().await {
                return conclusion;
            }
            let now = self.clock.now();
            let response = match self.post(message, now).await {
                Ok(response) => response,
                Err(conclusion) => return conclusion,
            };
            if !may_renew || !self.api.renews_pass(&response, now) {
                return Conclusion::Responded(self.sort(&response, now));
            }
        }
        unreachable!("the last try returns")
    }

    async fn post(&self, message: &Outgoing, now: Timestamp) -> Result<EgressResponse, Conclusion> {
        let ApiRequest { url, headers, body } = self.api.request(message, now).map_err(refused_here)?;
        let sent = self.egress.send(Method::POST, &url, headers, body).await;
        // Once there is a connection, the body may have been written, and nobody knows how much.
        sent.map_err(|error| Conclusion::Broken {
            phase: if error.is_before_sending() {
                Phase::Connect
            } else {
                Phase::Acceptance
            },
            error: explain(&error),
        })
    }

    /// One gets it for all who wait. No message is on its way meanwhile, so nothing is ever in doubt.
    async fn get_pass(&self) -> Result<(), Conclusion> {
        let _first = self.passing.lock().await;
        let now = self.clock.now();
        let Some(request) = self.api.pass_request(now) else {
            return Ok(());
        };
        let ApiRequest { url, headers, body } = request.map_err(refused_here)?;
        let sent = self.egress.send(Method::POST, &url, headers, body).await;
        let response = sent.map_err(|error| Conclusion::Broken {
            phase: Phase::Auth,
            error: explain(&error),
        })?;
        self.api.keep_pass(&response, now)
    }

    fn sort(&self, response: &EgressResponse, now: Timestamp) -> HttpAnswer {
        let Said { id, words, meaning } = self.api.read(response);
        let by_status = || meaning_of(response.status, id.is_some(), self.traits.ambiguous_statuses);
        let meaning = meaning.unwrap_or_else(by_status);
        let asked = header_text(&response.headers, header::RETRY_AFTER.as_str())
            .filter(|_| meaning == Meaning::NotNow)
            .and_then(|text| retry_after(text, now));
        let said = match (meaning, id) {
            (Meaning::TakenOver, Some(id)) => format!("queued as {}", one_line(&id)),
            _ => one_line(&words),
        };
        HttpAnswer {
            status: response.status,
            meaning,
            said,
            retry_after: asked,
        }
    }
}

fn ends_the_group(conclusion: &Conclusion) -> bool {
    match conclusion {
        Conclusion::Responded(answer) => matches!(answer.meaning, Meaning::Unknown | Meaning::AccountFault),
        Conclusion::Broken { .. } | Conclusion::NotStarted { .. } => true,
        Conclusion::Answered { phase, .. } => *phase == Phase::Auth,
    }
}

/// Said in the words of SMTP, which all that follows understands.
fn refused_here(unsendable: Unsendable) -> Conclusion {
    let (phase, code, text) = match unsendable {
        Unsendable::Key => (Phase::Auth, 535, "5.7.8 the stored key cannot be sent"),
        Unsendable::Mail => (Phase::Body, 554, "5.6.0 the message cannot be taken apart"),
        Unsendable::Recipient => (Phase::RcptTo, 553, "the recipient is none of this service's"),
    };
    Conclusion::Answered {
        phase,
        answer: Answer::new(code, text),
    }
}

/// What went wrong, with its innermost cause.
fn explain(error: &EgressError) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    let (outer, inner) = (error.to_string(), inner.to_string());
    if outer.contains(&inner) {
        one_line(&outer)
    } else {
        one_line(&format!("{outer}: {inner}"))
    }
}

/// The text of a header, if it is text.
pub(super) fn header_text<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A body that is not what it ought to be, as far as it is text.
pub(super) fn plain_words(body: &[u8]) -> String {
    one_line(&String::from_utf8_lossy(body))
}

/// Without control characters, not endless.
fn one_line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(LONGEST).collect::<String>().trim().to_owned()
}

use std::{
    collections::VecDeque,
    fs::File,
    io::Write,
    marker::PhantomData,
    net::SocketAddr,
    ops::Deref,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use hyper::server::conn::http2;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use kernel::{Clock, SystemClock, Timestamp};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// More is read of no request.
const LARGEST: usize = 64 * 1024 * 1024;

/// What a provider knows of requests.
#[async_trait]
pub trait Rules: Send + Sync + 'static {
    /// Takes a message, or refuses the request as the provider does. `number` is different each time.
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>>;
    /// An answer with this status, in the provider's shape.
    fn refusal(&self, status: StatusCode) -> Box<Response>;
    /// The answer to a request that hands over no message; such are not counted, kept or interfered with.
    fn aside(&self, _parts: &Parts, _body: &Bytes) -> Option<Response> {
        None
    }
}

/// A message that a provider took.
#[derive(Clone, Debug)]
pub struct ApiMail {
    /// The id that it was given.
    pub id: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Our id of it, where it stands at this provider.
    pub label: Option<String>,
    /// The message as it came: MIME where the provider takes that, the text of a text message, else its
    /// JSON.
    pub content: String,
}

/// How a provider misbehaves that has taken the message nevertheless: the sender cannot know it.
#[derive(Clone, Debug)]
pub enum Mischief {
    /// Never answers.
    Hang,
    /// Answers with a byte a second.
    Drip,
    /// Closes the connection without a word.
    Cut,
    /// Answers with this status and body.
    Say(u16, String),
}

/// A request, whatever became of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it was read.
    pub at: Timestamp,
    /// Its path.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

#[derive(Clone, Debug)]
enum Act {
    Answer {
        status: StatusCode,
        retry_after: Option<HeaderValue>,
    },
    Hang,
    Cut,
    TakeAndCut,
    Garbage,
    /// Takes the message, and then this.
    Mischief(Mischief),
}

/// What is done with requests that hold a text.
struct Rule {
    text: Vec<u8>,
    times: usize,
    act: Act,
}

/// A provider with the rules of its kind.
#[derive(Debug)]
pub struct Fake<R> {
    api: FakeApi,
    rules: PhantomData<fn() -> R>,
}

impl<R: Rules + Default> Fake<R> {
    /// Starts one.
    pub async fn start() -> Self {
        Self {
            api: FakeApi::start(R::default()).await,
            rules: PhantomData,
        }
    }
}

impl<R> Deref for Fake<R> {
    type Target = FakeApi;
    fn deref(&self) -> &FakeApi {
        &self.api
    }
}

/// What all of them have in common. The server ends when this is dropped.
pub struct FakeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl std::fmt::Debug for FakeApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FakeApi({})", self.address)
    }
}

struct Shared {
    rules: Box<dyn Rules>,
    once: Mutex<VecDeque<Act>>,
    always: Mutex<Option<Act>>,
    of: Mutex<Vec<Rule>>,
    ledger: Mutex<Option<File>>,
    seen: Mutex<Vec<Seen>>,
    taken: Mutex<Vec<ApiMail>>,
    arrived: watch::Sender<usize>,
    number: AtomicUsize,
}

impl FakeApi {
    pub(crate) async fn start(rules: impl Rules) -> Self {
        Self::start_over(rules, |listener, router| async move {
            let _ended = axum::serve(listener, router).await;
        })
        .await
    }

    /// The same over HTTP/2 alone, in clear, without asking first (RFC 9113 section 3.3).
    pub(crate) async fn start_http2(rules: impl Rules) -> Self {
        Self::start_over(rules, |listener, router| async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(router.clone());
                let serving =
                    http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move {
                    let _ended = serving.await;
                });
            }
        })
        .await
    }

    async fn start_over<F>(rules: impl Rules, serve: impl FnOnce(TcpListener, Router) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let shared = Arc::new(Shared {
            rules: Box::new(rules),
            once: Mutex::default(),
            always: Mutex::default(),
            of: Mutex::default(),
            ledger: Mutex::default(),
            seen: Mutex::default(),
            taken: Mutex::default(),
            arrived: watch::channel(0).0,
            number: AtomicUsize::new(1),
        });
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(shared.clone());
        let listening = tokio::spawn(serve(listener, router));
        Self {
            address,
            shared,
            listening,
        }
    }

    /// Where it is: `http://127.0.0.1:…`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers the next request with this status, in the provider's shape.
    pub fn answer_next(&self, status: u16) {
        self.next(answer_with(status, None));
    }

    /// The same with a `Retry-After`.
    pub fn answer_next_and_ask_for(&self, status: u16, retry_after: &str) {
        self.next(answer_with(status, Some(retry_after)));
    }

    /// Answers all requests with this status, until it is told to behave.
    pub fn answer_always(&self, status: u16) {
        *self.shared.always.lock().unwrap() = Some(answer_with(status, None));
    }

    /// Reads the next request and never answers.
    pub fn hang_next(&self) {
        self.next(Act::Hang);
    }

    /// Reads the next request and closes the connection without a word.
    pub fn cut_next(&self) {
        self.next(Act::Cut);
    }

    /// Takes the message of the next request and closes the connection without a word.
    pub fn take_next_and_cut(&self) {
        self.next(Act::TakeAndCut);
    }

    /// Answers the next request with 200 and a page that is none of the provider's.
    pub fn garble_next(&self) {
        self.next(Act::Garbage);
    }

    /// Keeps a ledger like that of [`crate::smtp_sink`]: a line for each message that was taken, on disk
    /// before the answer: our id of it, recipient, microseconds, `answered` or `mischief`.
    pub fn keep_ledger(&self, path: &Path) {
        let file = File::options().create(true).append(true).open(path);
        *self.shared.ledger.lock().unwrap() = Some(file.expect("the ledger can be written"));
    }

    /// Takes each message whose request holds this text, and misbehaves.
    pub fn take_and_misbehave(&self, text: &str, mischief: Mischief) {
        self.rule(text, usize::MAX, Act::Mischief(mischief));
    }

    /// Answers the first request that holds this text with this status and, if it is given, a
    /// `Retry-After`.
    pub fn refuse_once(&self, text: &str, status: u16, retry_after: Option<&str>) {
        self.rule(text, 1, answer_with(status, retry_after));
    }

    fn rule(&self, text: &str, times: usize, act: Act) {
        let text = text.as_bytes().to_vec();
        self.shared.of.lock().unwrap().push(Rule { text, times, act });
    }

    /// Behaves again.
    pub fn behave(&self) {
        self.shared.once.lock().unwrap().clear();
        *self.shared.always.lock().unwrap() = None;
        self.shared.of.lock().unwrap().clear();
    }

    /// All requests, in the order in which they were read.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// What it took, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<ApiMail> {
        self.shared.taken.lock().unwrap().clone()
    }

    /// Waits until it has read so many requests, and fails the test when that takes a minute.
    pub async fn read(&self, count: usize) {
        let mut arrived = self.shared.arrived.subscribe();
        let waiting = arrived.wait_for(|n| *n >= count);
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await;
        assert!(matches!(waited, Ok(Ok(_))), "fewer than {count} requests came");
    }

    fn next(&self, act: Act) {
        self.shared.once.lock().unwrap().push_back(act);
    }
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn answer_with(status: u16, retry_after: Option<&str>) -> Act {
    Act::Answer {
        status: StatusCode::from_u16(status).expect("a status"),
        retry_after: retry_after.map(|text| HeaderValue::from_str(text).expect("it fits into a header")),
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if let Some(response) = shared.rules.aside(&parts, &body) {
        return response;
    }
    shared.seen.lock().unwrap().push(Seen {
        at: SystemClock.now(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers.clone(),
        body: body.clone(),
    });
    shared.arrived.send_modify(|n| *n += 1);
    let act = shared.once.lock().unwrap().pop_front();
    let act = act.or_else(|| shared.rule_for(&body));
    let act = act.or_else(|| shared.always.lock().unwrap().clone());
    match act {
        Some(Act::Answer { status, retry_after }) => {
            let mut response = *shared.rules.refusal(status);
            if let Some(retry_after) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, retry_after);
            }
            response
        }
        Some(Act::Hang) => std::future::pending().await,
        Some(Act::Cut) => cut(),
        Some(Act::TakeAndCut) => {
            take(&shared, &parts, &body, "cut").await;
            cut()
        }
        Some(Act::Garbage) => Response::new(Body::from("<html>Welcome to the hotel's network!</html>")),
        Some(Act::Mischief(mischief)) => {
            let _unseen = take(&shared, &parts, &body, "mischief").await;
            misbehave(mischief).await
        }
        None => take(&shared, &parts, &body, "answered").await,
    }
}

/// Ends the task of the connection, and with it the connection; over HTTP/2 that of the stream. No hook is
/// told of it.
fn cut() -> Response {
    std::panic::resume_unwind(Box::new("the connection is cut"))
}

async fn misbehave(mischief: Mischief) -> Response {
    match mischief {
        Mischief::Hang => std::future::pending().await,
        Mischief::Drip => {
            let bytes = futures::stream::iter(std::iter::repeat_n(" ", 3600)).then(|byte| async move {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                Ok::<_, std::io::Error>(byte)
            });
            Response::new(Body::from_stream(bytes))
        }
        Mischief::Cut => cut(),
        Mischief::Say(status, body) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
    }
}

impl Shared {
    fn rule_for(&self, body: &Bytes) -> Option<Act> {
        let mut rules = self.of.lock().unwrap();
        let holds = |text: &[u8]| body.windows(text.len()).any(|window| window == text);
        let rule = rules
            .iter_mut()
            .find(|rule| rule.times > 0 && holds(&rule.text))?;
        rule.times -= 1;
        Some(rule.act.clone())
    }

    fn note(&self, mail: &ApiMail, phase: &str) {
        let mut ledger = self.ledger.lock().unwrap();
        let Some(file) = ledger.as_mut() else { return };
        let id = mail.label.as_deref().unwrap_or_default();
        let at = SystemClock.now().as_microsecond();
        let line = |to: &String| format!("{id}\t{to}\t{at}\t{phase}\n");
        let lines: String = mail.to.iter().map(line).collect();
        file.write_all(lines.as_bytes())
            .and_then(|()| file.sync_data())
            .expect("the ledger can be written");
    }
}

async fn take(shared: &Shared, parts: &Parts, body: &Bytes, phase: &str) -> Response {
    let number = shared.number.fetch_add(1, Ordering::Relaxed);
    match shared.rules.take(parts, body, number).await {
        Ok((mail, response)) => {
            shared.note(&mail, phase);
            let mut taken = shared.taken.lock().unwrap();
            // What is told again under the id that it has already was not taken again.
            if taken.iter().all(|known| known.id != mail.id) {
                taken.push(mail);
            }
            response
        }
        Err(refusal) => *refusal,
    }
}

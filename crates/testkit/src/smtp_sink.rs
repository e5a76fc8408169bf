//! A mail server inside the test: it speaks SMTP as real ones do, misbehaves where it is told to,
//! and keeps what it accepted, also in a ledger on disk that survives the death of the sender.

mod conversation;
mod script;

use std::{
    fs::File,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use kernel::{Clock, SystemClock, Timestamp};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use script::Script;
pub use script::{Gate, Stage, When};

/// The authority that signed the sink's certificate, in PEM, for clients to trust.
pub const SINK_AUTHORITY: &str = include_str!("smtp_sink/authority.pem");

/// What the server is like.
#[derive(Debug, Clone)]
pub struct SinkOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether it offers PIPELINING; without, it refuses clients that send ahead.
    pub pipelining: bool,
    /// Whether it offers STARTTLS.
    pub start_tls: bool,
    /// Whether it speaks TLS from the first byte.
    pub implicit_tls: bool,
    /// The only name and password that it lets in; `None` lets everybody in.
    pub account: Option<(String, String)>,
    /// The mechanisms that it offers to sign in by.
    pub mechanisms: &'static str,
    /// The largest message.
    pub size: Option<usize>,
    /// Whether it answers 354 to DATA although it refused every recipient, as some do.
    pub eager_data: bool,
    /// Each accepted recipient becomes a line here, on disk before the reply: message id,
    /// recipient, microseconds, and what follows: `answered`, `refused` or `cut`.
    pub ledger: Option<PathBuf>,
    /// Whether messages are kept in memory.
    pub keep: bool,
    /// Whether it closes connections with a reset in place of a farewell, as one that crashed does.
    pub resets: bool,
}

impl Default for SinkOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            pipelining: true,
            start_tls: false,
            implicit_tls: false,
            account: None,
            mechanisms: "PLAIN LOGIN",
            size: None,
            eager_data: false,
            ledger: None,
            keep: true,
            resets: false,
        }
    }
}

/// A message that the server accepted.
#[derive(Debug, Clone)]
pub struct Received {
    /// Envelope sender.
    pub from: String,
    /// Envelope recipients.
    pub to: Vec<String>,
    /// As it came, dots unstuffed.
    pub source: String,
    /// When.
    pub at: Timestamp,
}

impl Received {
    /// The value of a header, unfolded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let header = self
            .source
            .split("\r\n\r\n")
            .next()?
            .replace("\r\n ", " ")
            .replace("\r\n\t", " ");
        header.split("\r\n").find_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// The server. It ends when this is dropped.
#[derive(Debug)]
pub struct SmtpSink {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: SinkOptions,
    pub(crate) script: Script,
    pub(crate) violations: Mutex<Vec<String>>,
    pub(crate) tls: Option<TlsAcceptorBox>,
    received: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
    connections: AtomicUsize,
    ledger: Option<Mutex<File>>,
}

pub(crate) struct TlsAcceptorBox(pub(crate) TlsAcceptor);
impl std::fmt::Debug for TlsAcceptorBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsAcceptor")
    }
}

impl SmtpSink {
    /// Starts one that accepts everything.
    pub async fn start() -> Self {
        Self::start_with(SinkOptions::default()).await
    }

    /// Starts one.
    pub async fn start_with(options: SinkOptions) -> Self {
        let listener = TcpListener::bind(options.listen)
            .await
            .expect("a port can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let ledger = options.ledger.as_ref().map(|path| {
            let file = File::options()
                .create(true)
                .append(true)
                .open(path)
                .expect("the ledger can be written");
            Mutex::new(file)
        });
        let shared = Arc::new(Shared {
            tls: (options.start_tls || options.implicit_tls).then(|| TlsAcceptorBox(acceptor())),
            options,
            script: Script::default(),
            violations: Mutex::default(),
            received: Mutex::default(),
            count: watch::channel(0).0,
            connections: AtomicUsize::new(0),
            ledger,
        });
        let listening = tokio::spawn(accept(listener, shared.clone()));
        Self {
            address,
            shared,
            listening,
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Begins a rule of misbehaviour.
    pub fn when(&self, stage: Stage) -> When<'_> {
        self.shared.script.when(stage)
    }

    /// Behaves again.
    pub fn behave(&self) {
        self.shared.script.clear();
    }

    /// What it accepted, in order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Who got something, in order.
    #[must_use]
    pub fn recipients(&self) -> Vec<String> {
        self.received()
            .into_iter()
            .flat_map(|message| message.to)
            .collect()
    }

    /// How many messages it accepted, also when it does not keep them.
    #[must_use]
    pub fn accepted(&self) -> usize {
        *self.shared.count.borrow()
    }

    /// Waits until it has accepted so many, and fails the test when that takes a minute.
    pub async fn wait_for(&self, count: usize) {
        let mut seen = self.shared.count.subscribe();
        let waiting = seen.wait_for(|n| *n >= count);
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await;
        assert!(
            matches!(waited, Ok(Ok(_))),
            "only {} of {count} messages came",
            self.accepted()
        );
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// What the client did that it must not do.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.shared.violations.lock().unwrap().clone()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    /// Keeps a message. When it returns, the ledger is on disk. `phase` is what the client will see.
    pub(crate) fn accept(&self, from: &str, to: &[String], source: String, phase: &str) {
        let message = Received {
            from: from.to_owned(),
            to: to.to_vec(),
            source,
            at: SystemClock.now(),
        };
        if let Some(ledger) = &self.ledger {
            let id = message.header("message-id").unwrap_or_default();
            let at = message.at.as_microsecond();
            let lines: String = to
                .iter()
                .map(|rcpt| format!("{id}\t{rcpt}\t{at}\t{phase}\n"))
                .collect();
            let mut file = ledger.lock().unwrap();
            file.write_all(lines.as_bytes())
                .and_then(|()| file.sync_data())
                .expect("the ledger can be written");
        }
        if self.options.keep {
            self.received.lock().unwrap().push(message);
        }
        self.count.send_modify(|n| *n += 1);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Conversations end with the server.
    let mut conversations = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                shared.connections.fetch_add(1, Ordering::SeqCst);
                conversations.spawn(conversation::hold(stream, shared.clone()));
            }
            Some(_ended) = conversations.join_next() => {}
        }
    }
}

fn acceptor() -> TlsAcceptor {
    use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let certificates = CertificateDer::pem_slice_iter(include_bytes!("smtp_sink/server.pem"));
    let chain = certificates
        .collect::<Result<Vec<_>, _>>()
        .expect("the certificate can be read");
    let key =
        PrivateKeyDer::from_pem_slice(include_bytes!("smtp_sink/server.key")).expect("the key can be read");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("key and certificate belong together");
    TlsAcceptor::from(Arc::new(config))
}

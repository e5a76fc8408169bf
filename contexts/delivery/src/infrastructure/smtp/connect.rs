//! From nothing to a session that may send: connect, greet, encrypt, sign in.

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use platform::{egress::Reach, failpoint};
use rustls::ClientConfig;
use tokio::{net::TcpStream, time::timeout};

use super::{
    dialogue::{Dialogue, DialogueError, Stream},
    ehlo::Capabilities,
    reply::Reply,
    tls::{self, TlsError},
};
use crate::{
    domain::{
        answer::{Conclusion, Phase},
        provider::{Security, SmtpConfig},
    },
    infrastructure::dial::dial,
};

/// How long to wait for what (RFC 5321 section 4.5.3.2).
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the connection and the handshake; the RFC names none.
    pub connect: Duration,
    /// For the greeting, `MAIL` and `RCPT`.
    pub command: Duration,
    /// For the go-ahead of `DATA`.
    pub data: Duration,
    /// For a piece of the message to be taken.
    pub block: Duration,
    /// For the reply to the final dot.
    pub acceptance: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(300),
            data: Duration::from_secs(120),
            block: Duration::from_secs(180),
            acceptance: Duration::from_secs(600),
        }
    }
}

/// Name and password of an account.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub username: String,
    /// The secret.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Where to connect, and how.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) credentials: Option<Credentials>,
    /// What we call ourselves in `EHLO`.
    pub(super) ehlo_name: String,
    pub(super) timeouts: Timeouts,
    pub(super) tls: Arc<ClientConfig>,
    /// Where the host may lead to.
    reach: Reach,
}

impl Endpoint {
    /// From an account's settings.
    pub fn new(
        config: &SmtpConfig,
        password: Option<String>,
        ehlo_name: String,
        timeouts: Timeouts,
    ) -> Result<Self, TlsError> {
        let credentials = (!config.username.is_empty()).then(|| Credentials {
            username: config.username.clone(),
            password: password.unwrap_or_default(),
        });
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            credentials,
            ehlo_name,
            timeouts,
            tls: tls::config(&config.trusted_certificates)?,
            reach: Reach::Public,
        })
    }

    /// Lets the host lead elsewhere than to the public internet, which is all that is allowed
    /// otherwise: hosts are typed in by people, and must not reach the machine's own network.
    #[must_use]
    pub fn reaching(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }
}

/// Opens a connection up to the point where a message may be sent. The error says how far it came,
/// in the terms in which messages are judged.
pub(super) async fn open(endpoint: &Endpoint) -> Result<(Dialogue, Capabilities), Conclusion> {
    let limit = endpoint.timeouts.command;
    let stream = connect(endpoint).await?;
    let mut dialogue = match endpoint.security {
        Security::Tls => encrypt(endpoint, stream).await?,
        Security::StartTls | Security::None => Dialogue::new(Stream::Plain(stream)),
    };
    let greeting = dialogue.read(limit).await.map_err(broken(Phase::Greeting))?;
    expect(&greeting, 220, Phase::Greeting)?;
    let mut capabilities = greet(endpoint, &mut dialogue).await?;
    if endpoint.security == Security::StartTls {
        dialogue = start_tls(endpoint, dialogue, &capabilities).await?;
        // What was said before the handshake may have been somebody else's words.
        capabilities = greet(endpoint, &mut dialogue).await?;
    }
    if let Some(credentials) = &endpoint.credentials {
        sign_in(&mut dialogue, &capabilities, credentials, limit).await?;
    }
    Ok((dialogue, capabilities))
}

async fn connect(endpoint: &Endpoint) -> Result<TcpStream, Conclusion> {
    let limit = endpoint.timeouts.connect;
    let dialing = dial(&endpoint.host, endpoint.port, endpoint.reach);
    timeout(limit, dialing)
        .await
        .map_err(|_| {
            failed(
                Phase::Connect,
                format!("no connection within {} s", limit.as_secs()),
            )
        })?
        .map_err(|error| failed(Phase::Connect, format!("no connection: {error}")))
}

async fn greet(endpoint: &Endpoint, dialogue: &mut Dialogue) -> Result<Capabilities, Conclusion> {
    let limit = endpoint.timeouts.command;
    let hello = format!("EHLO {}\r\n", endpoint.ehlo_name);
    let reply = command(dialogue, &hello, limit, Phase::Greeting).await?;
    failpoint::hit("delivery.smtp.after_ehlo");
    if reply.code == 250 {
        return Ok(Capabilities::of(&reply));
    }
    // RFC 5321 section 3.2: an old server knows only HELO.
    if matches!(reply.code, 500 | 502) {
        let hello = format!("HELO {}\r\n", endpoint.ehlo_name);
        let reply = command(dialogue, &hello, limit, Phase::Greeting).await?;
        expect(&reply, 250, Phase::Greeting)?;
        return Ok(Capabilities::default());
    }
    expect(&reply, 250, Phase::Greeting)?;
    Ok(Capabilities::default())
}

async fn start_tls(
    endpoint: &Endpoint,
    mut dialogue: Dialogue,
    capabilities: &Capabilities,
) -> Result<Dialogue, Conclusion> {
    if !capabilities.start_tls {
        // Sending in clear instead is what whoever removed the offer wants.
        return Err(failed(
            Phase::Tls,
            "the server does not offer STARTTLS".to_owned(),
        ));
    }
    let reply = command(
        &mut dialogue,
        "STARTTLS\r\n",
        endpoint.timeouts.command,
        Phase::Tls,
    )
    .await?;
    expect(&reply, 220, Phase::Tls)?;
    let stream = dialogue.into_plain().ok_or_else(|| {
        failed(
            Phase::Tls,
            "the server sent more than it may before TLS".to_owned(),
        )
    })?;
    encrypt(endpoint, stream).await
}

async fn encrypt(endpoint: &Endpoint, stream: TcpStream) -> Result<Dialogue, Conclusion> {
    let limit = endpoint.timeouts.connect;
    let shaking = tls::handshake(endpoint.tls.clone(), &endpoint.host, stream);
    let stream = timeout(limit, shaking)
        .await
        .map_err(|_| failed(Phase::Tls, format!("no TLS within {} s", limit.as_secs())))?
        .map_err(|error| failed(Phase::Tls, error.to_string()))?;
    Ok(Dialogue::new(Stream::Tls(Box::new(stream))))
}

async fn sign_in(
    dialogue: &mut Dialogue,
    capabilities: &Capabilities,
    credentials: &Credentials,
    limit: Duration,
) -> Result<(), Conclusion> {
    let offers = |mechanism: &str| capabilities.auth.iter().any(|m| m == mechanism);
    let Credentials { username, password } = credentials;
    let reply = if offers("PLAIN") || capabilities.auth.is_empty() {
        let secret = STANDARD.encode(format!("\0{username}\0{password}"));
        command(dialogue, &format!("AUTH PLAIN {secret}\r\n"), limit, Phase::Auth).await?
    } else if offers("LOGIN") {
        let asked = command(dialogue, "AUTH LOGIN\r\n", limit, Phase::Auth).await?;
        expect(&asked, 334, Phase::Auth)?;
        let name = format!("{}\r\n", STANDARD.encode(username));
        let asked = command(dialogue, &name, limit, Phase::Auth).await?;
        expect(&asked, 334, Phase::Auth)?;
        command(
            dialogue,
            &format!("{}\r\n", STANDARD.encode(password)),
            limit,
            Phase::Auth,
        )
        .await?
    } else {
        let offered = capabilities.auth.join(", ");
        return Err(failed(
            Phase::Auth,
            format!("the server offers only {offered} to sign in, not PLAIN or LOGIN"),
        ));
    };
    expect(&reply, 235, Phase::Auth)
}

async fn command(
    dialogue: &mut Dialogue,
    line: &str,
    limit: Duration,
    phase: Phase,
) -> Result<Reply, Conclusion> {
    dialogue
        .write(line.as_bytes(), limit)
        .await
        .map_err(broken(phase))?;
    dialogue.read(limit).await.map_err(broken(phase))
}

fn expect(reply: &Reply, code: u16, phase: Phase) -> Result<(), Conclusion> {
    if reply.code == code {
        return Ok(());
    }
    Err(Conclusion::Answered {
        phase,
        answer: reply.answer(),
    })
}

fn failed(phase: Phase, error: String) -> Conclusion {
    Conclusion::Broken { phase, error }
}

fn broken(phase: Phase) -> impl Fn(DialogueError) -> Conclusion {
    move |error| failed(phase, error.to_string())
}

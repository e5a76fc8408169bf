use std::{io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use super::{Shared, Stage, script::Act};

trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

/// Why a conversation ends.
enum End {
    Broken,
    Closed,
}
impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        End::Broken
    }
}

struct Conversation {
    stream: Box<dyn Bytes>,
    unread: BytesMut,
    shared: Arc<Shared>,
    encrypted: bool,
    greeted: bool,
    signed_in: bool,
    from: Option<String>,
    to: Vec<String>,
}

pub(super) async fn hold(stream: TcpStream, shared: Arc<Shared>) {
    let _same = stream.set_nodelay(true);
    if shared.options.resets {
        let _same = stream.set_zero_linger();
    }
    let stream: Box<dyn Bytes> = match &shared.tls {
        Some(tls) if shared.options.implicit_tls => match tls.0.accept(stream).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
        _ => Box::new(stream),
    };
    let encrypted = shared.options.implicit_tls;
    let signed_in = shared.options.account.is_none();
    let mut conversation = Conversation {
        stream,
        unread: BytesMut::new(),
        shared,
        encrypted,
        greeted: false,
        signed_in,
        from: None,
        to: Vec::new(),
    };
    let _ended = conversation.run().await;
}

impl Conversation {
    async fn run(&mut self) -> Result<(), End> {
        if !self.interfere(Stage::Connect, "").await? {
            self.say("220 sink.test ESMTP").await?;
        }
        loop {
            let line = self.line().await?;
            let verb = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => self.ehlo(&line, verb == "EHLO").await?,
                "STARTTLS" => self.start_tls(&line).await?,
                "AUTH" => self.auth(&line).await?,
                "MAIL" => self.mail(&line).await?,
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data(&line).await?,
                "RSET" => {
                    self.forget();
                    self.say("250 2.0.0 ok").await?;
                }
                "NOOP" => self.say("250 2.0.0 ok").await?,
                "QUIT" => {
                    self.say("221 2.0.0 bye").await?;
                    return Err(End::Closed);
                }
                _ => self.say("500 5.5.2 unknown command").await?,
            }
        }
    }

    async fn ehlo(&mut self, line: &str, extended: bool) -> Result<(), End> {
        if self.interfere(Stage::Ehlo, line).await? {
            return Ok(());
        }
        self.greeted = true;
        self.forget();
        let options = &self.shared.options;
        let mut lines = vec!["sink.test".to_owned()];
        if extended {
            lines.push("8BITMIME".to_owned());
            lines.push("ENHANCEDSTATUSCODES".to_owned());
            if options.pipelining {
                lines.push("PIPELINING".to_owned());
            }
            if options.start_tls && !self.encrypted {
                lines.push("STARTTLS".to_owned());
            }
            if let Some(size) = options.size {
                lines.push(format!("SIZE {size}"));
            }
            if options.account.is_some() {
                lines.push(format!("AUTH {}", options.mechanisms));
            }
        }
        let last = lines.len() - 1;
        let reply = lines
            .iter()
            .enumerate()
            .map(|(n, l)| format!("250{}{l}", if n == last { ' ' } else { '-' }));
        let reply = reply.collect::<Vec<_>>().join("\r\n");
        self.say(&reply).await
    }

    async fn start_tls(&mut self, line: &str) -> Result<(), End> {
        if self.interfere(Stage::StartTls, line).await? {
            return Ok(());
        }
        if !self.shared.options.start_tls || self.encrypted {
            return self.say("502 5.5.1 not offered").await;
        }
        self.say("220 2.0.0 go ahead").await?;
        self.unread.clear();
        let plain = std::mem::replace(&mut self.stream, Box::new(tokio::io::duplex(1).0));
        let tls = self.shared.tls.as_ref().expect("it offers STARTTLS").0.clone();
        self.stream = Box::new(tls.accept(plain).await?);
        self.encrypted = true;
        self.greeted = false;
        Ok(())
    }

    async fn auth(&mut self, line: &str) -> Result<(), End> {
        if self.interfere(Stage::Auth, line).await? {
            return Ok(());
        }
        let mut words = line.split_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let given = match mechanism.as_str() {
            "PLAIN" => {
                let secret = decode(words.next().unwrap_or_default());
                let mut parts = secret.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            "LOGIN" => {
                self.say("334 VXNlcm5hbWU6").await?;
                let name = decode(&self.line().await?);
                self.say("334 UGFzc3dvcmQ6").await?;
                (name, decode(&self.line().await?))
            }
            _ => return self.say("504 5.5.4 unknown mechanism").await,
        };
        if self
            .shared
            .options
            .account
            .as_ref()
            .is_none_or(|account| *account == given)
        {
            self.signed_in = true;
            return self.say("235 2.7.0 welcome").await;
        }
        self.say("535 5.7.8 authentication failed").await
    }

    async fn mail(&mut self, line: &str) -> Result<(), End> {
        if self.interfere(Stage::MailFrom, line).await? {
            return Ok(());
        }
        if !self.greeted {
            return self.say("503 5.5.1 greet first").await;
        }
        if !self.signed_in {
            return self.say("530 5.7.0 Authentication required").await;
        }
        if self.from.is_some() {
            return self.say("503 5.5.1 nested MAIL").await;
        }
        let Some(from) = path(line) else {
            return self.say("501 5.5.4 syntax").await;
        };
        let size = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("SIZE=")?.parse::<usize>().ok());
        if let (Some(size), Some(most)) = (size, self.shared.options.size)
            && size > most
        {
            return self.say("552 5.3.4 too large").await;
        }
        self.from = Some(from);
        self.say("250 2.1.0 ok").await
    }

    async fn rcpt(&mut self, line: &str) -> Result<(), End> {
        if self.from.is_none() {
            return self.say("503 5.5.1 need MAIL").await;
        }
        if self.interfere(Stage::RcptTo, line).await? {
            return Ok(());
        }
        let Some(to) = path(line) else {
            return self.say("501 5.5.4 syntax").await;
        };
        self.to.push(to);
        self.say("250 2.1.5 ok").await
    }

    async fn data(&mut self, line: &str) -> Result<(), End> {
        if self.from.is_none() {
            return self.say("503 5.5.1 need MAIL").await;
        }
        if self.interfere(Stage::Data, line).await? {
            return Ok(());
        }
        if self.to.is_empty() && !self.shared.options.eager_data {
            return self.say("554 5.5.1 no valid recipients").await;
        }
        self.say("354 go ahead").await?;
        if self.interfere(Stage::Body, "").await? {
            return Ok(());
        }
        let source = self.message().await?;
        if self.to.is_empty() {
            self.forget();
            return self.say("554 5.5.1 no valid recipients").await;
        }
        self.end_of_data(source).await
    }

    async fn end_of_data(&mut self, source: String) -> Result<(), End> {
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        let said = format!("{from} {} {source}", to.join(" "));
        match self.shared.script.act(Stage::EndOfData, &said) {
            Some(Act::KeepAndDisconnect) => {
                self.shared.accept(&from, &to, source, "cut");
                return Err(End::Closed);
            }
            Some(Act::KeepAndReply(text)) => {
                self.shared.accept(&from, &to, source, "refused");
                return self.say(&text).await;
            }
            other => {
                if let Some(act) = other
                    && self.play(act).await?
                {
                    return Ok(());
                }
            }
        }
        if self.shared.options.size.is_some_and(|most| source.len() > most) {
            return self.say("552 5.3.4 too large").await;
        }
        self.shared.accept(&from, &to, source, "answered");
        self.say("250 2.0.0 ok: queued as SINK").await
    }

    /// Plays the rule for this point, if there is one; `true` when it stands in place of the usual.
    async fn interfere(&mut self, stage: Stage, said: &str) -> Result<bool, End> {
        match self.shared.script.act(stage, said) {
            Some(act) => self.play(act).await,
            None => Ok(false),
        }
    }

    async fn play(&mut self, act: Act) -> Result<bool, End> {
        match act {
            Act::Reply(text) | Act::KeepAndReply(text) => {
                self.say(&text).await?;
                // A server that says 421 is gone.
                if text.starts_with("421") {
                    Err(End::Closed)
                } else {
                    Ok(true)
                }
            }
            Act::Disconnect | Act::KeepAndDisconnect => Err(End::Closed),
            Act::Raw(bytes) => {
                self.stream.write_all(&bytes).await?;
                Ok(true)
            }
            Act::Delay(by) => {
                tokio::time::sleep(by).await;
                Ok(false)
            }
            Act::Silence => {
                // Ends with the client's patience.
                let mut byte = [0];
                while self.stream.read(&mut byte).await? > 0 {}
                Err(End::Closed)
            }
            Act::Hold(gate) => {
                gate.pass().await;
                Ok(false)
            }
        }
    }

    /// A message up to its final dot, unstuffed.
    async fn message(&mut self) -> Result<String, End> {
        let mut source = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                return Ok(source);
            }
            source.push_str(line.strip_prefix('.').unwrap_or(&line));
            source.push_str("\r\n");
        }
    }

    async fn line(&mut self) -> Result<String, End> {
        loop {
            if let Some(at) = self.unread.iter().position(|b| *b == b'\n') {
                let line = String::from_utf8_lossy(&self.unread[..at])
                    .trim_end_matches('\r')
                    .to_owned();
                self.unread.advance(at + 1);
                return Ok(line);
            }
            self.unread.reserve(64 * 1024);
            if self.stream.read_buf(&mut self.unread).await? == 0 {
                return Err(End::Closed);
            }
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), End> {
        if !self.shared.options.pipelining && !self.unread.is_empty() {
            let ahead = String::from_utf8_lossy(&self.unread).into_owned();
            self.shared
                .violations
                .lock()
                .unwrap()
                .push(format!("sent ahead: {ahead}"));
        }
        let text = format!("{}\r\n", text.replace("\r\n", "\n").replace('\n', "\r\n"));
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await?;
        Ok(())
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    Some(path.to_owned())
}

fn decode(text: &str) -> String {
    let bytes = STANDARD.decode(text.trim()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

use std::{fmt, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use platform::egress::Reach;
use rustls::ClientConfig;
use tokio::{net::TcpStream, time::timeout};

use super::{
    connection::{Broken, Connection},
    folder_name,
    response::{Ending, Response},
};
use crate::{
    domain::{
        look_failure::{LookFailure, LookStep},
        provider::Security,
    },
    infrastructure::{dial::dial, smtp::handshake},
};

/// How long a connection, and each step of the conversation, may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a mailbox is, and how it is reached.
#[derive(Clone)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Where the host may lead to.
    pub reach: Reach,
    /// Whose certificates are trusted.
    pub tls: Arc<ClientConfig>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({}:{})", self.host, self.port)
    }
}

/// A folder that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// How many mails are in it.
    pub messages: u32,
    /// What UIDs are good for: under another validity they mean other mails.
    pub uid_validity: u32,
}

/// A conversation with a server that let us in.
pub struct Session {
    connection: Connection,
    commands: u32,
    /// In capitals.
    capabilities: Vec<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(…)")
    }
}

/// A piece of a command.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// As it is.
    Word(&'a str),
    /// Any text: quoted, or as a literal where quotes cannot hold it.
    Text(&'a str),
}

use Part::{Text, Word};

impl Session {
    /// Connects, encrypts as demanded, and signs in.
    pub async fn open(server: &Server, username: &str, password: &str) -> Result<Self, LookFailure> {
        let stream = timeout(PATIENCE, dial(&server.host, server.port, server.reach))
            .await
            .map_err(|_| LookFailure::at(LookStep::Connect, &no_answer("connection")))?
            .map_err(|error| LookFailure::at(LookStep::Connect, &format!("no connection: {error}")))?;
        let connection = match server.security {
            Security::Tls => encrypt(server, stream).await?,
            Security::StartTls | Security::None => Connection::plain(stream, PATIENCE),
        };
        let mut session = Self {
            connection,
            commands: 0,
            capabilities: Vec::new(),
        };
        let is_let_in = session.greeting().await?;
        session.read_capabilities(LookStep::Greeting).await?;
        if server.security == Security::StartTls {
            // Whoever lets us in before the handshake could be anybody.
            if is_let_in || !session.can("STARTTLS") {
                let said = "the server does not offer STARTTLS";
                return Err(LookFailure::at(LookStep::Tls, said));
            }
            session = session.start_tls(server).await?;
        }
        if !is_let_in {
            session.sign_in(username, password).await?;
            // Many servers offer more to those who are signed in.
            session.read_capabilities(LookStep::SignIn).await?;
        }
        Ok(session)
    }

    /// Opens a folder for reading and changing.
    pub async fn select(&mut self, folder: &str) -> Result<Selected, LookFailure> {
        let folder = folder_name::encode(folder);
        let said = self
            .command(LookStep::Folder, &[Word("SELECT "), Text(&folder)])
            .await?;
        let number = |find: &dyn Fn(&Response) -> Option<u32>| said.iter().find_map(find);
        let uid_validity = number(&|response| response.code_number("UIDVALIDITY"));
        Ok(Selected {
            messages: number(&|response| response.number_of("EXISTS")).unwrap_or(0),
            uid_validity: uid_validity.ok_or_else(|| {
                LookFailure::at(LookStep::Folder, "the server gives its mails no lasting numbers")
            })?,
        })
    }

    /// The UIDs from one on, in order.
    pub async fn uids_from(&mut self, first: u32) -> Result<Vec<u32>, LookFailure> {
        let range = format!("UID SEARCH UID {first}:*");
        let said = self.command(LookStep::Read, &[Word(&range)]).await?;
        let mut uids: Vec<u32> = said
            .iter()
            .filter_map(|response| response.untagged("SEARCH"))
            .flat_map(str::split_ascii_whitespace)
            .filter_map(|word| word.parse().ok())
            // `n:*` means the last mail at least, whatever its number (RFC 3501 section 6.4.8).
            .filter(|uid| *uid >= first)
            .collect();
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The first bytes of a mail, which is not marked as read by that. `None` when it is gone.
    pub async fn fetch(&mut self, uid: u32, most: usize) -> Result<Option<Vec<u8>>, LookFailure> {
        let command = format!("UID FETCH {uid} (UID BODY.PEEK[]<0.{most}>)");
        let said = self.command(LookStep::Read, &[Word(&command)]).await?;
        let mail = said.iter().find_map(|response| response.fetched(uid));
        Ok(mail.map(|bytes| bytes[..bytes.len().min(most)].to_vec()))
    }

    /// Marks mails as read.
    pub async fn mark_seen(&mut self, uids: &[u32]) -> Result<(), LookFailure> {
        self.store(uids, "\\Seen").await
    }

    /// Deletes mails.
    pub async fn delete(&mut self, uids: &[u32]) -> Result<(), LookFailure> {
        self.store(uids, "\\Deleted").await?;
        // Without UIDPLUS (RFC 4315) all mails go that anybody has marked as deleted.
        let expunge = if self.can("UIDPLUS") {
            format!("UID EXPUNGE {}", set(uids))
        } else {
            "EXPUNGE".to_owned()
        };
        self.command(LookStep::Dispose, &[Word(&expunge)]).await?;
        Ok(())
    }

    /// Moves mails into another folder, which is made when there is none.
    pub async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<(), LookFailure> {
        let folder = folder_name::encode(folder);
        let by_move = self.can("MOVE");
        let verb = if by_move { "UID MOVE" } else { "UID COPY" };
        let command = format!("{verb} {} ", set(uids));
        let parts = [Word(&command), Text(&folder)];
        if let Err(failure) = self.command(LookStep::Dispose, &parts).await {
            // RFC 3501 section 6.4.7: what to do about it is said in brackets.
            if !failure.said.to_ascii_uppercase().contains("[TRYCREATE]") {
                return Err(failure);
            }
            self.command(LookStep::Dispose, &[Word("CREATE "), Text(&folder)])
                .await?;
            self.command(LookStep::Dispose, &parts).await?;
        }
        if by_move { Ok(()) } else { self.delete(uids).await }
    }

    /// Says goodbye. What comes of it does not matter.
    pub async fn log_out(mut self) {
        let _gone = self.command(LookStep::Dispose, &[Word("LOGOUT")]).await;
    }

    async fn store(&mut self, uids: &[u32], flag: &str) -> Result<(), LookFailure> {
        let command = format!("UID STORE {} +FLAGS.SILENT ({flag})", set(uids));
        self.command(LookStep::Dispose, &[Word(&command)]).await?;
        Ok(())
    }

    fn can(&self, word: &str) -> bool {
        self.capabilities.iter().any(|capability| capability == word)
    }

    /// Whether the server lets us in without signing in.
    async fn greeting(&mut self) -> Result<bool, LookFailure> {
        let greeting = self.read(LookStep::Greeting).await?;
        if greeting.untagged("PREAUTH").is_some() {
            return Ok(true);
        }
        match greeting.untagged("OK") {
            Some(_) => Ok(false),
            None => Err(LookFailure::at(LookStep::Greeting, &greeting.text)),
        }
    }

    async fn read_capabilities(&mut self, step: LookStep) -> Result<(), LookFailure> {
        let said = self.command(step, &[Word("CAPABILITY")]).await?;
        self.capabilities = said
            .iter()
            .filter_map(|response| response.untagged("CAPABILITY"))
            .flat_map(str::split_ascii_whitespace)
            .map(str::to_ascii_uppercase)
            .collect();
        Ok(())
    }

    async fn start_tls(mut self, server: &Server) -> Result<Self, LookFailure> {
        self.command(LookStep::Tls, &[Word("STARTTLS")]).await?;
        let stream = self
            .connection
            .into_plain()
            .ok_or_else(|| LookFailure::at(LookStep::Tls, "the server sent more than it may before TLS"))?;
        let mut session = Self {
            connection: encrypt(server, stream).await?,
            commands: self.commands,
            capabilities: Vec::new(),
        };
        // What was said before the handshake may have been somebody else's words.
        session.read_capabilities(LookStep::Tls).await?;
        Ok(session)
    }

    async fn sign_in(&mut self, username: &str, password: &str) -> Result<(), LookFailure> {
        let step = LookStep::SignIn;
        if self.can("AUTH=PLAIN") {
            let secret = STANDARD.encode(format!("\0{username}\0{password}"));
            let tag = self.begin(step, "AUTHENTICATE PLAIN\r\n").await?;
            self.wait_for_go_ahead(step, &tag).await?;
            self.write(step, format!("{secret}\r\n").as_bytes()).await?;
            self.finish(step, &tag).await?;
            return Ok(());
        }
        if self.can("LOGINDISABLED") {
            let said = "the server takes no password over this connection";
            return Err(LookFailure::at(step, said));
        }
        let parts = [Word("LOGIN "), Text(username), Word(" "), Text(password)];
        self.command(step, &parts).await?;
        Ok(())
    }

    /// Sends a command and returns what came before its end. The error is what the server said.
    async fn command(&mut self, step: LookStep, parts: &[Part<'_>]) -> Result<Vec<Response>, LookFailure> {
        let tag = self.begin(step, "").await?;
        for part in parts {
            match *part {
                Word(text) => self.write(step, text.as_bytes()).await?,
                Text(text) if is_quotable(text) => self.write(step, quoted(text).as_bytes()).await?,
                Text(text) => {
                    self.write(step, format!("{{{}}}\r\n", text.len()).as_bytes())
                        .await?;
                    self.wait_for_go_ahead(step, &tag).await?;
                    self.write(step, text.as_bytes()).await?;
                }
            }
        }
        self.write(step, b"\r\n").await?;
        self.finish(step, &tag).await
    }

    async fn begin(&mut self, step: LookStep, words: &str) -> Result<String, LookFailure> {
        self.commands += 1;
        let tag = format!("A{}", self.commands);
        self.write(step, format!("{tag} {words}").as_bytes()).await?;
        Ok(tag)
    }

    async fn wait_for_go_ahead(&mut self, step: LookStep, tag: &str) -> Result<(), LookFailure> {
        loop {
            let response = self.read(step).await?;
            if response.text.starts_with('+') {
                return Ok(());
            }
            if let Some(Ending::Refused(said)) = response.ending(tag) {
                return Err(LookFailure::at(step, &said));
            }
        }
    }

    async fn finish(&mut self, step: LookStep, tag: &str) -> Result<Vec<Response>, LookFailure> {
        let (mut said, mut bytes) = (Vec::new(), 0);
        loop {
            let response = self.read(step).await?;
            bytes += response.size();
            match response.ending(tag) {
                Some(Ending::Ok) => return Ok(said),
                Some(Ending::Refused(words)) => return Err(LookFailure::at(step, &words)),
                None if bytes > MOST_BYTES => {
                    return Err(LookFailure::at(step, &Broken::TooLong.to_string()));
                }
                None => said.push(response),
            }
        }
    }

    async fn read(&mut self, step: LookStep) -> Result<Response, LookFailure> {
        let read = self.connection.read().await;
        read.map_err(|broken| LookFailure::at(step, &broken.to_string()))
    }

    async fn write(&mut self, step: LookStep, bytes: &[u8]) -> Result<(), LookFailure> {
        let written = self.connection.write(bytes).await;
        written.map_err(|broken| LookFailure::at(step, &broken.to_string()))
    }
}

/// No command here is answered by more: a mail is asked for up to a limit far below it.
const MOST_BYTES: usize = 12 * 1024 * 1024;

async fn encrypt(server: &Server, stream: TcpStream) -> Result<Connection, LookFailure> {
    let shaking = handshake(server.tls.clone(), &server.host, stream);
    let stream = timeout(PATIENCE, shaking)
        .await
        .map_err(|_| LookFailure::at(LookStep::Tls, &no_answer("TLS")))?
        .map_err(|error| LookFailure::at(LookStep::Tls, &error.to_string()))?;
    Ok(Connection::tls(stream, PATIENCE))
}

fn no_answer(what: &str) -> String {
    format!("no {what} within {} s", PATIENCE.as_secs())
}

fn set(uids: &[u32]) -> String {
    let words: Vec<String> = uids.iter().map(u32::to_string).collect();
    words.join(",")
}

/// RFC 3501 section 4.3: quotes hold what is ASCII and no line end.
fn is_quotable(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::{is_quotable, quoted, set};

    #[test]
    fn texts_are_quoted_so_that_none_can_end_early() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert!(is_quotable("pass word") && !is_quotable("pässword") && !is_quotable("a\r\nb"));
        assert_eq!(set(&[3, 5, 8]), "3,5,8");
    }
}

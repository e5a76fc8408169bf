//! A mailbox inside the test: it speaks IMAP (RFC 3501, with UIDPLUS and MOVE where they are offered)
//! over loopback as real servers do, and misbehaves where it is told to.

mod conversation;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::{net::TcpListener, task::JoinHandle};

/// What the server is like.
#[derive(Debug, Clone)]
pub struct ImapOptions {
    /// The only name and password that it lets in.
    pub account: (String, String),
    /// What it says that it can do, beside `IMAP4rev1`. What is not named here is refused.
    pub capabilities: Vec<&'static str>,
}

impl Default for ImapOptions {
    fn default() -> Self {
        Self {
            account: ("bounces@shop.example".to_owned(), "correct horse".to_owned()),
            capabilities: vec!["UIDPLUS", "MOVE", "AUTH=PLAIN"],
        }
    }
}

/// How it misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImapFault {
    /// Closes the connection instead of doing what it was asked for.
    Drop,
    /// Does it, and closes the connection instead of saying so.
    DoAndDrop,
    /// Of a literal, sends a half and closes the connection.
    DropMidLiteral,
    /// Says that it did not understand.
    Bad,
}

/// A mail in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// What it is called while the folder's validity lasts.
    pub uid: u32,
    /// `\Seen`, `\Deleted`…
    pub flags: BTreeSet<String>,
    /// As it was delivered.
    pub source: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) uid_validity: u32,
    pub(crate) next_uid: u32,
    pub(crate) mails: Vec<StoredMail>,
}

impl Default for Folder {
    fn default() -> Self {
        Self {
            uid_validity: 1_700_000_000,
            next_uid: 1,
            mails: Vec::new(),
        }
    }
}

impl Folder {
    pub(crate) fn add(&mut self, source: Vec<u8>, flags: BTreeSet<String>) -> u32 {
        let uid = self.next_uid;
        self.next_uid += 1;
        self.mails.push(StoredMail { uid, flags, source });
        uid
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) account: (String, String),
    pub(crate) folders: BTreeMap<String, Folder>,
    /// Command, how many of them are still left alone, what happens then.
    pub(crate) faults: Vec<(String, usize, ImapFault)>,
    pub(crate) commands: Vec<String>,
    pub(crate) connections: usize,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) capabilities: Vec<&'static str>,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while holding it")
    }

    /// The misbehaviour that is due at a command, taken away by that.
    pub(crate) fn fault(&self, command: &str) -> Option<ImapFault> {
        let faults = &mut self.state().faults;
        let at = faults
            .iter()
            .position(|(on, ..)| command.starts_with(on.as_str()))?;
        if faults[at].1 > 0 {
            faults[at].1 -= 1;
            return None;
        }
        Some(faults.remove(at).2)
    }
}

/// The server. It ends when this is dropped.
#[derive(Debug)]
pub struct ImapServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl ImapServer {
    /// Starts one with an empty inbox.
    pub async fn start() -> Self {
        Self::start_with(ImapOptions::default()).await
    }

    /// Starts one.
    pub async fn start_with(options: ImapOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port can be listened on");
        let address = listener.local_addr().expect("it has an address");
        let state = State {
            account: options.account,
            folders: BTreeMap::from([("INBOX".to_owned(), Folder::default())]),
            faults: Vec::new(),
            commands: Vec::new(),
            connections: 0,
        };
        let shared = Arc::new(Shared {
            capabilities: options.capabilities,
            state: Mutex::new(state),
        });
        let listening = tokio::spawn(accept(listener, shared.clone()));
        Self {
            address,
            shared,
            listening,
        }
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Puts a mail into the inbox and returns its UID.
    pub fn deliver(&self, source: impl Into<Vec<u8>>) -> u32 {
        let mut state = self.shared.state();
        let inbox = state.folders.entry("INBOX".to_owned()).or_default();
        inbox.add(source.into(), BTreeSet::new())
    }

    /// What lies in a folder, in order; nothing in one that does not exist.
    #[must_use]
    pub fn mails(&self, folder: &str) -> Vec<StoredMail> {
        let state = self.shared.state();
        state
            .folders
            .get(folder)
            .map(|f| f.mails.clone())
            .unwrap_or_default()
    }

    /// From now on only this password is right.
    pub fn set_password(&self, password: &str) {
        password.clone_into(&mut self.shared.state().account.1);
    }

    /// Gives all mails of the inbox new UIDs under a new validity, as after a restored backup.
    pub fn change_uid_validity(&self) {
        let mut state = self.shared.state();
        let inbox = state.folders.entry("INBOX".to_owned()).or_default();
        inbox.uid_validity += 1;
        inbox.next_uid = 1;
        for mail in &mut inbox.mails {
            mail.uid = inbox.next_uid;
            inbox.next_uid += 1;
        }
    }

    /// Misbehaves at the next command that begins so, such as `UID FETCH`, once.
    pub fn fail_next(&self, command: &str, fault: ImapFault) {
        self.fail_after(0, command, fault);
    }

    /// The same after so many such commands.
    pub fn fail_after(&self, skip: usize, command: &str, fault: ImapFault) {
        let fault = (command.to_owned(), skip, fault);
        self.shared.state().faults.push(fault);
    }

    /// The commands that came, without tags and without what was told in confidence.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    /// How often a command came that begins so.
    #[must_use]
    pub fn count(&self, command: &str) -> usize {
        let commands = self.commands();
        commands.iter().filter(|line| line.starts_with(command)).count()
    }

    /// How many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }
}

impl Drop for ImapServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Conversations end with the server.
    let mut conversations = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                shared.state().connections += 1;
                conversations.spawn(conversation::hold(stream, shared.clone()));
            }
            Some(_ended) = conversations.join_next() => {}
        }
    }
}

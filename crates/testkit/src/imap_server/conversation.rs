use std::{io, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Folder, ImapFault, Shared};

/// Talks with one client until either has had enough.
pub(super) async fn hold(stream: TcpStream, shared: Arc<Shared>) {
    let mut conversation = Conversation {
        stream: BufReader::new(stream),
        shared,
        signed_in: false,
        folder: None,
    };
    let _ended = conversation.run().await;
}

struct Conversation {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    signed_in: bool,
    folder: Option<String>,
}

/// What is answered to a command: lines before the end, and the end.
struct Answer {
    lines: Vec<Vec<u8>>,
    end: String,
}

fn ok(lines: Vec<String>) -> Answer {
    Answer {
        lines: lines.into_iter().map(String::into_bytes).collect(),
        end: "OK done".to_owned(),
    }
}

fn refused(end: &str) -> Answer {
    Answer {
        lines: Vec::new(),
        end: end.to_owned(),
    }
}

impl Conversation {
    async fn run(&mut self) -> io::Result<()> {
        self.say(b"* OK IMAP4rev1 ready\r\n").await?;
        loop {
            let Some((tag, words)) = self.command().await? else {
                return Ok(());
            };
            let verb = verb(&words);
            let shown = match verb.as_str() {
                "LOGIN" => "LOGIN …".to_owned(),
                _ => words.join(" "),
            };
            self.shared.state().commands.push(shown);
            let fault = self.shared.fault(&verb);
            match fault {
                Some(ImapFault::Drop) => return Ok(()),
                Some(ImapFault::Bad) => {
                    self.say(format!("{tag} BAD what?\r\n").as_bytes()).await?;
                    continue;
                }
                Some(ImapFault::DoAndDrop | ImapFault::DropMidLiteral) | None => {}
            }
            let answer = match verb.as_str() {
                "AUTHENTICATE" => self.authenticate(&words).await?,
                _ => self.answer(&verb, &words),
            };
            match fault {
                Some(ImapFault::DoAndDrop) => return Ok(()),
                Some(ImapFault::DropMidLiteral) => {
                    let bytes = answer.lines.concat();
                    return self.say(&bytes[..bytes.len() / 2]).await;
                }
                _ => {}
            }
            for line in &answer.lines {
                self.say(line).await?;
                self.say(b"\r\n").await?;
            }
            self.say(format!("{tag} {}\r\n", answer.end).as_bytes()).await?;
            if verb == "LOGOUT" {
                return Ok(());
            }
        }
    }

    /// Tag and words of the next command, its strings unquoted, its literals taken in.
    async fn command(&mut self) -> io::Result<Option<(String, Vec<String>)>> {
        let (mut words, mut text) = (Vec::new(), String::new());
        loop {
            text.clear();
            if self.stream.read_line(&mut text).await? == 0 {
                return Ok(None);
            }
            let line = text.trim_end_matches(['\r', '\n']);
            let literal = line
                .strip_suffix('}')
                .and_then(|rest| rest.rsplit_once('{'))
                .and_then(|(before, length)| Some((before, length.parse::<usize>().ok()?)));
            let Some((before, length)) = literal else {
                push_words(&mut words, line);
                break;
            };
            push_words(&mut words, before);
            self.say(b"+ go on\r\n").await?;
            let mut bytes = vec![0; length];
            self.stream.read_exact(&mut bytes).await?;
            words.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        if words.is_empty() {
            return Ok(None);
        }
        let tag = words.remove(0);
        Ok(Some((tag, words)))
    }

    async fn authenticate(&mut self, words: &[String]) -> io::Result<Answer> {
        if !self.offers("AUTH=PLAIN") || words.get(1).map(String::as_str) != Some("PLAIN") {
            return Ok(refused("NO no such mechanism"));
        }
        self.say(b"+ \r\n").await?;
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let secret = STANDARD.decode(line.trim()).unwrap_or_default();
        let parts: Vec<String> = secret
            .split(|b| *b == 0)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect();
        Ok(match parts.as_slice() {
            [_, name, password] => self.let_in(name, password),
            _ => refused("BAD no such credentials"),
        })
    }

    fn let_in(&mut self, name: &str, password: &str) -> Answer {
        let account = self.shared.state().account.clone();
        if (account.0.as_str(), account.1.as_str()) == (name, password) {
            self.signed_in = true;
            ok(Vec::new())
        } else {
            refused("NO [AUTHENTICATIONFAILED] wrong name or password")
        }
    }

    fn offers(&self, capability: &str) -> bool {
        self.shared.capabilities.contains(&capability)
    }

    fn answer(&mut self, verb: &str, words: &[String]) -> Answer {
        let word = |n: usize| words.get(n).map_or("", String::as_str);
        match verb {
            "CAPABILITY" => ok(vec![format!(
                "* CAPABILITY IMAP4rev1 {}",
                self.shared.capabilities.join(" ")
            )]),
            "LOGOUT" => ok(vec!["* BYE see you".to_owned()]),
            "LOGIN" if self.offers("LOGINDISABLED") => refused("NO [PRIVACYREQUIRED] not like this"),
            "LOGIN" => self.let_in(word(1), word(2)),
            _ if !self.signed_in => refused("BAD sign in first"),
            "SELECT" => self.select(word(1)),
            "CREATE" => {
                self.shared.state().folders.entry(word(1).to_owned()).or_default();
                ok(Vec::new())
            }
            _ => match self.folder.clone() {
                Some(folder) => self.in_folder(&folder, verb, words),
                None => refused("BAD open a folder first"),
            },
        }
    }

    fn select(&mut self, name: &str) -> Answer {
        let state = self.shared.state();
        let Some(folder) = state.folders.get(name) else {
            drop(state);
            self.folder = None;
            return refused("NO [NONEXISTENT] no such folder");
        };
        let lines = vec![
            "* FLAGS (\\Answered \\Deleted \\Seen)".to_owned(),
            format!("* {} EXISTS", folder.mails.len()),
            "* 0 RECENT".to_owned(),
            format!("* OK [UIDVALIDITY {}] these last", folder.uid_validity),
            format!("* OK [UIDNEXT {}] the next one", folder.next_uid),
        ];
        drop(state);
        self.folder = Some(name.to_owned());
        ok(lines)
    }

    fn in_folder(&self, name: &str, verb: &str, words: &[String]) -> Answer {
        let word = |n: usize| words.get(n).map_or("", String::as_str);
        let mut state = self.shared.state();
        if verb == "UID MOVE" && !self.offers("MOVE") || verb == "UID EXPUNGE" && !self.offers("UIDPLUS") {
            return refused("BAD never heard of it");
        }
        if matches!(verb, "UID MOVE" | "UID COPY") {
            let (uids, target) = (uids(word(2)), word(3));
            if !state.folders.contains_key(target) {
                return refused("NO [TRYCREATE] no such folder");
            }
            let Some(folder) = state.folders.get_mut(name) else {
                return refused("NO it is gone");
            };
            let found: Vec<_> = folder
                .mails
                .iter()
                .filter(|m| uids.contains(&m.uid))
                .cloned()
                .collect();
            if verb == "UID MOVE" {
                folder.mails.retain(|mail| !uids.contains(&mail.uid));
            }
            let target = state.folders.entry(target.to_owned()).or_default();
            for mail in found {
                target.add(mail.source, mail.flags);
            }
            return ok(Vec::new());
        }
        let Some(folder) = state.folders.get_mut(name) else {
            return refused("NO it is gone");
        };
        match verb {
            "UID SEARCH" => search(folder, word(3)),
            "UID FETCH" => fetch(folder, word(2), &words[3..].join(" ")),
            "UID STORE" => {
                let (uids, flag) = (uids(word(2)), word(4).trim_matches(['(', ')']));
                for mail in folder.mails.iter_mut().filter(|m| uids.contains(&m.uid)) {
                    mail.flags.insert(flag.to_owned());
                }
                ok(Vec::new())
            }
            "UID EXPUNGE" => {
                let uids = uids(word(2));
                folder
                    .mails
                    .retain(|m| !(uids.contains(&m.uid) && m.flags.contains("\\Deleted")));
                ok(Vec::new())
            }
            "EXPUNGE" => {
                folder.mails.retain(|mail| !mail.flags.contains("\\Deleted"));
                ok(Vec::new())
            }
            "NOOP" => ok(Vec::new()),
            _ => refused("BAD never heard of it"),
        }
    }

    async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes).await
    }
}

/// `UID FETCH` of `UID FETCH 3 …`, in capitals.
fn verb(words: &[String]) -> String {
    let count = match words.first() {
        Some(first) if first.eq_ignore_ascii_case("UID") => 2,
        _ => 1,
    };
    let verb: Vec<String> = words.iter().take(count).map(|w| w.to_ascii_uppercase()).collect();
    verb.join(" ")
}

/// Words of a line; a quoted string is one, without its quotes.
fn push_words(words: &mut Vec<String>, line: &str) {
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, tail) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = rest.find(' ').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = tail.trim_start();
    }
}

fn unquote(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => word.extend(chars.next().map(|(_, c)| c)),
            '"' => return (word, &text[at + 1..]),
            c => word.push(c),
        }
    }
    (word, "")
}

fn uids(set: &str) -> Vec<u32> {
    set.split(',').filter_map(|uid| uid.parse().ok()).collect()
}

/// `n:*` means the last mail at least, whatever its number (RFC 3501 section 6.4.8).
fn search(folder: &Folder, range: &str) -> Answer {
    let Some(first) = range.strip_suffix(":*").and_then(|n| n.parse::<u32>().ok()) else {
        return refused("BAD only ranges to the end here");
    };
    let last = folder.mails.last().map(|mail| mail.uid);
    let found: Vec<String> = folder
        .mails
        .iter()
        .filter(|mail| mail.uid >= first || Some(mail.uid) == last)
        .map(|mail| mail.uid.to_string())
        .collect();
    ok(vec![
        format!("* SEARCH {}", found.join(" ")).trim_end().to_owned(),
    ])
}

fn fetch(folder: &Folder, uid: &str, items: &str) -> Answer {
    let most: Option<usize> = items
        .to_ascii_uppercase()
        .split_once("BODY.PEEK[]<0.")
        .and_then(|(_, rest)| rest.split('>').next()?.parse().ok());
    let Some(most) = most else {
        return refused("BAD only whole mails here, up to a limit");
    };
    let wanted = uids(uid);
    let mut lines = vec![b"* 1 FETCH (FLAGS (\\Recent))".to_vec()];
    for (n, mail) in folder.mails.iter().enumerate() {
        if !wanted.contains(&mail.uid) {
            continue;
        }
        let piece = &mail.source[..mail.source.len().min(most)];
        let mut line = format!(
            "* {} FETCH (UID {} BODY[]<0> {{{}}}\r\n",
            n + 1,
            mail.uid,
            piece.len()
        )
        .into_bytes();
        line.extend_from_slice(piece);
        line.push(b')');
        lines.push(line);
    }
    Answer {
        lines,
        end: "OK done".to_owned(),
    }
}

//! A mailbox that bounces come back to: what people may enter for it, and whose mail it may stand in
//! the envelope of.

use kernel::EmailAddress;

use super::{
    bounce::ReturnPath,
    mail::has_control,
    provider::{Security, is_host},
};

/// The folder that mail comes into (RFC 3501 section 5.1).
pub const INBOX: &str = "INBOX";

/// What becomes of a mail once its report is committed. Mail that led to no report stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposal {
    /// It is deleted.
    Delete,
    /// It is moved into another folder.
    Move,
    /// It stays, marked as read.
    MarkSeen,
}

impl Disposal {
    /// All of them, the mildest first.
    pub const ALL: [Disposal; 3] = [Disposal::MarkSeen, Disposal::Move, Disposal::Delete];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Disposal::Delete => "delete",
            Disposal::Move => "move",
            Disposal::MarkSeen => "mark_seen",
        }
    }
}

impl std::str::FromStr for Disposal {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Disposal::ALL.into_iter().find(|d| d.as_str() == text).ok_or(())
    }
}

/// What is known of a mailbox, but for its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxSettings {
    /// Its address; what is sent to `name+anything@domain` has to come here as well.
    pub address: EmailAddress,
    /// The IMAP server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Whom to sign in as.
    pub username: String,
    /// The folder that is read.
    pub folder: String,
    /// What becomes of mail that led to a report.
    pub disposal: Disposal,
    /// The folder that it is moved to; empty unless it is.
    pub move_to: String,
    /// Whether it is read.
    pub enabled: bool,
}

/// A mailbox as it was entered.
#[derive(Clone, Debug)]
pub struct MailboxDraft {
    /// Its address.
    pub address: String,
    /// The IMAP server.
    pub host: String,
    /// Its port; 0 is none.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Whom to sign in as.
    pub username: String,
    /// The folder that is read; empty is the inbox.
    pub folder: String,
    /// What becomes of mail that led to a report.
    pub disposal: Disposal,
    /// The folder that it is moved to.
    pub move_to: String,
    /// Whether it is read.
    pub enabled: bool,
}

/// Something about a mailbox that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailboxFault {
    /// Not an address.
    #[error("not an address")]
    Address,
    /// Too long before the `@`, or with a `+`: there is no room for a token.
    #[error("the part before the @ leaves no room for a token")]
    AddressUnfit,
    /// Another mailbox has it.
    #[error("the address is already set up")]
    AddressTaken,
    /// No host name or address.
    #[error("not a host")]
    Host,
    /// The server is on the machine's own network.
    #[error("the host leads into a private network")]
    PrivateHost,
    /// Not a port.
    #[error("not a port")]
    Port,
    /// The password would travel in clear over the public internet.
    #[error("the connection must be encrypted")]
    Unencrypted,
    /// Empty, too long, or with control characters.
    #[error("not a name to sign in by")]
    Username,
    /// Too long, or with control characters.
    #[error("not a folder")]
    Folder,
    /// Empty, too long, with control characters, or the one that is read.
    #[error("not a folder to move to")]
    MoveTo,
    /// There is none.
    #[error("the password is missing")]
    PasswordMissing,
    /// It cannot be sent.
    #[error("the password cannot be sent")]
    Password,
    /// The stored one was given for another server, or another way to it.
    #[error("the password has to be given again")]
    PasswordNeeded,
}

impl MailboxDraft {
    /// The settings, or all that is wrong with them.
    pub fn parse(&self) -> Result<MailboxSettings, Vec<MailboxFault>> {
        let mut faults = Vec::new();
        let address = EmailAddress::parse(&self.address);
        match &address {
            Err(_) => faults.push(MailboxFault::Address),
            // The key has no part in whether there is room.
            Ok(address) if ReturnPath::new(&[0], address).is_err() => faults.push(MailboxFault::AddressUnfit),
            Ok(_) => {}
        }
        let folder = or_inbox(&self.folder);
        let move_to = match self.disposal {
            Disposal::Move => self.move_to.trim(),
            Disposal::Delete | Disposal::MarkSeen => "",
        };
        let moves_well = is_folder(move_to) && move_to != folder;
        let checks = [
            (is_host(self.host.trim()), MailboxFault::Host),
            (self.port > 0, MailboxFault::Port),
            (is_name(self.username.trim()), MailboxFault::Username),
            (is_folder(folder), MailboxFault::Folder),
            (
                self.disposal != Disposal::Move || moves_well,
                MailboxFault::MoveTo,
            ),
        ];
        faults.extend(
            checks
                .into_iter()
                .filter_map(|(fine, fault)| (!fine).then_some(fault)),
        );
        match address {
            Ok(address) if faults.is_empty() => Ok(MailboxSettings {
                address,
                host: self.host.trim().to_owned(),
                port: self.port,
                security: self.security,
                username: self.username.trim().to_owned(),
                folder: folder.to_owned(),
                disposal: self.disposal,
                move_to: move_to.to_owned(),
                enabled: self.enabled,
            }),
            _ => Err(faults),
        }
    }
}

impl MailboxSettings {
    /// Whether a password that was entered for these settings may go where the others lead: to
    /// another server it would be told to whoever listens there.
    #[must_use]
    pub fn keeps_password(&self, after: &MailboxSettings) -> bool {
        self.host.eq_ignore_ascii_case(&after.host)
            && self.port == after.port
            && self.security == after.security
            && self.username == after.username
    }

    /// Whether both read the same folder of the same mailbox.
    #[must_use]
    pub fn reads_the_same(&self, after: &MailboxSettings) -> bool {
        self.keeps_password(after) && self.folder == after.folder
    }
}

/// Whether mail from this domain may leave with return paths in this mailbox.
///
/// DMARC takes SPF's word only where the domain of the envelope and the domain of `From` belong to one
/// organisation (RFC 7489 section 3.1.2). Without a list of public suffixes that is certain of two
/// domains only when they are the same, or one lies below the other: `bounces@mail.example.com` or
/// `bounces@example.com` for `news@example.com`. Two siblings might be strangers below `co.uk`.
#[must_use]
pub fn fits(mailbox: &EmailAddress, sending_domain: &str) -> bool {
    let (ours, theirs) = (mailbox.domain(), sending_domain);
    let below = |part: &str, whole: &str| {
        part.strip_suffix(whole)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    below(ours, theirs) || below(theirs, ours)
}

fn or_inbox(folder: &str) -> &str {
    match folder.trim() {
        "" => INBOX,
        folder => folder,
    }
}

fn is_folder(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !has_control(name)
}

fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !has_control(name)
}

/// Whether a password can be sent: `PLAIN` cannot carry NUL, and a line break is a slip of copying.
#[must_use]
pub fn is_password(text: &str) -> bool {
    (1..=1000).contains(&text.len()) && !has_control(text)
}

#[cfg(test)]
mod tests {
    use kernel::EmailAddress;

    use super::{Disposal, MailboxDraft, MailboxFault, fits};
    use crate::domain::provider::Security;

    fn draft() -> MailboxDraft {
        MailboxDraft {
            address: " Bounces@Example.com ".to_owned(),
            host: "imap.example.com".to_owned(),
            port: 993,
            security: Security::Tls,
            username: "bounces@example.com".to_owned(),
            folder: String::new(),
            disposal: Disposal::MarkSeen,
            move_to: "left over".to_owned(),
            enabled: true,
        }
    }

    #[test]
    fn what_is_entered_is_tidied() {
        let settings = draft().parse().expect("fine");
        assert_eq!(settings.address.as_str(), "bounces@example.com");
        assert_eq!(
            (settings.folder.as_str(), settings.move_to.as_str()),
            ("INBOX", "")
        );
    }

    #[test]
    fn each_field_is_told_what_is_wrong_with_it() {
        type Spoil = fn(&mut MailboxDraft);
        let spoilt: [(Spoil, MailboxFault); 9] = [
            (|d| d.address = "bounces".to_owned(), MailboxFault::Address),
            (
                |d| d.address = "a+b@example.com".to_owned(),
                MailboxFault::AddressUnfit,
            ),
            (
                |d| d.address = "returned-mail-handler@example.com".to_owned(),
                MailboxFault::AddressUnfit,
            ),
            (|d| d.host = "imap example".to_owned(), MailboxFault::Host),
            (|d| d.port = 0, MailboxFault::Port),
            (|d| d.username = String::new(), MailboxFault::Username),
            (|d| d.folder = "a\r\nA1 DELETE".to_owned(), MailboxFault::Folder),
            (
                |d| {
                    d.disposal = Disposal::Move;
                    d.move_to = " ".to_owned();
                },
                MailboxFault::MoveTo,
            ),
            (
                |d| {
                    d.disposal = Disposal::Move;
                    d.move_to = "INBOX".to_owned();
                },
                MailboxFault::MoveTo,
            ),
        ];
        for (spoil, fault) in spoilt {
            let mut draft = draft();
            spoil(&mut draft);
            assert_eq!(draft.parse(), Err(vec![fault]), "{draft:?}");
        }
    }

    #[test]
    fn a_password_goes_nowhere_but_where_it_was_entered_for() {
        let before = draft().parse().expect("fine");
        let mut after = before.clone();
        after.folder = "Bounces".to_owned();
        assert!(before.keeps_password(&after) && !before.reads_the_same(&after));
        after.host = "imap.evil.example".to_owned();
        assert!(!before.keeps_password(&after));
    }

    #[test]
    fn return_paths_stand_only_where_spf_stays_aligned() {
        let mailbox = EmailAddress::parse("bounces@mail.example.com").expect("valid");
        for aligned in ["mail.example.com", "example.com", "news.mail.example.com"] {
            assert!(fits(&mailbox, aligned), "{aligned}");
        }
        for foreign in [
            "news.example.com",
            "ample.com",
            "example.org",
            "xmail.example.com",
        ] {
            assert!(!fits(&mailbox, foreign), "{foreign}");
        }
    }
}

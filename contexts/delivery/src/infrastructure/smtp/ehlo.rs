//! What a server says that it can do.

use super::reply::Reply;

/// The extensions that matter to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// RFC 2920.
    pub pipelining: bool,
    /// RFC 3207.
    pub start_tls: bool,
    /// RFC 1870; `Some(0)` where no limit is named.
    pub size: Option<u64>,
    /// RFC 4954, mechanisms in capitals.
    pub auth: Vec<String>,
}

impl Capabilities {
    /// From the reply to `EHLO`. The first line greets; each further one names an extension.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        let mut found = Self::default();
        for line in reply.lines.iter().skip(1) {
            // "AUTH=" is what some servers say for the sake of very old clients.
            let line = line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1);
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("PIPELINING") => found.pipelining = true,
                Some("STARTTLS") => found.start_tls = true,
                Some("SIZE") => found.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
                Some("AUTH") => found.auth.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        found
    }

    /// Whether the server has said that it takes no message of this size.
    #[must_use]
    pub fn refuses_size(&self, bytes: usize) -> bool {
        self.size
            .is_some_and(|most| most > 0 && u64::try_from(bytes).is_ok_and(|n| n > most))
    }
}

#[cfg(test)]
mod tests {
    use super::{Capabilities, Reply};

    #[test]
    fn extensions_are_read_in_any_case() {
        let lines = [
            "pipelining here is only my name",
            "Size 1000",
            "auth=login plain",
            "PIPELINING",
            "starttls",
            "X-ODD",
        ];
        let reply = Reply {
            code: 250,
            lines: lines.iter().map(|l| (*l).to_owned()).collect(),
        };
        let found = Capabilities::of(&reply);
        assert_eq!(
            found,
            Capabilities {
                pipelining: true,
                start_tls: true,
                size: Some(1000),
                auth: vec!["LOGIN".to_owned(), "PLAIN".to_owned()],
            }
        );
        assert!(found.refuses_size(1001) && !found.refuses_size(1000));
    }

    #[test]
    fn a_server_that_names_no_limit_refuses_nothing() {
        let reply = Reply {
            code: 250,
            lines: vec!["mx".into(), "SIZE".into()],
        };
        assert!(!Capabilities::of(&reply).refuses_size(usize::MAX));
        assert!(!Capabilities::default().refuses_size(usize::MAX));
    }
}

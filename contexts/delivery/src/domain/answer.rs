//! What a mail server says: a code, perhaps an enhanced code, a text; and when it said so.

use std::{fmt, str::FromStr};

use super::http_answer::HttpAnswer;

/// An enhanced status code (RFC 3463), for example `5.1.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    /// 2, 4 or 5.
    pub class: u8,
    /// What it is about.
    pub subject: u16,
    /// Which of its kind.
    pub detail: u16,
}

impl EnhancedCode {
    /// From the start of a reply's text.
    #[must_use]
    pub fn leading(text: &str) -> Option<Self> {
        text.split_ascii_whitespace().next()?.parse().ok()
    }
}

impl FromStr for EnhancedCode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let mut numbers = text.split('.');
        let mut next = |most: usize| {
            numbers
                .next()
                .filter(|digits| {
                    (1..=most).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
                })
                .and_then(|digits| digits.parse::<u16>().ok())
                .ok_or(())
        };
        let (class, subject, detail) = (next(1)?, next(3)?, next(3)?);
        if numbers.next().is_some() || !matches!(class, 2 | 4 | 5) {
            return Err(());
        }
        let class = u8::try_from(class).map_err(|_| ())?;
        Ok(Self {
            class,
            subject,
            detail,
        })
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// One reply of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 599.
    pub code: u16,
    /// What the text begins with, where it is one.
    pub enhanced: Option<EnhancedCode>,
    /// All lines, joined by a space, without the codes.
    pub text: String,
}

impl Answer {
    /// A reply whose text may begin with an enhanced code.
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        let enhanced = EnhancedCode::leading(text);
        let text = match enhanced {
            Some(_) => text.split_once(' ').map_or("", |(_, rest)| rest),
            None => text,
        };
        Self {
            code,
            enhanced,
            text: text.trim().to_owned(),
        }
    }

    /// 2xx.
    #[must_use]
    pub const fn is_positive(&self) -> bool {
        self.code >= 200 && self.code < 300
    }

    /// 4xx.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        self.code >= 400 && self.code < 500
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

/// How far a conversation had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Looking up the name and connecting.
    Connect,
    /// The server's first words, and `EHLO`.
    Greeting,
    /// Negotiating TLS.
    Tls,
    /// Signing in.
    Auth,
    /// `MAIL FROM`.
    MailFrom,
    /// `RCPT TO`.
    RcptTo,
    /// `DATA`, up to the go-ahead.
    Data,
    /// The message, up to the dot that ends it.
    Body,
    /// After the dot that ends it: the server may have it.
    Acceptance,
}

impl Phase {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Phase::Connect => "connect",
            Phase::Greeting => "greeting",
            Phase::Tls => "tls",
            Phase::Auth => "auth",
            Phase::MailFrom => "mail_from",
            Phase::RcptTo => "rcpt_to",
            Phase::Data => "data",
            Phase::Body => "body",
            Phase::Acceptance => "acceptance",
        }
    }
}

/// How the handing over of one message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The server said something final about this message.
    Answered {
        /// When.
        phase: Phase,
        /// What.
        answer: Answer,
    },
    /// A provider's API said something final about this message.
    Responded(HttpAnswer),
    /// The conversation broke.
    Broken {
        /// When.
        phase: Phase,
        /// In words for a log and the message's page.
        error: String,
    },
    /// The conversation was over before it was this message's turn.
    NotStarted {
        /// Why.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::{Answer, EnhancedCode};

    #[test]
    fn an_enhanced_code_is_told_from_other_first_words() {
        let answer = Answer::new(550, "5.1.1 <ann@example.com>: unknown");
        assert_eq!(answer.enhanced, "5.1.1".parse().ok());
        assert_eq!(answer.text, "<ann@example.com>: unknown");
        for odd in [
            "5.1",
            "5.1.1.1",
            "3.1.1",
            "5.1.x",
            "55.1.1",
            "5.1.1111",
            "",
            "5..1",
            "+5.1.1",
            "192.0.2.1",
        ] {
            assert_eq!(EnhancedCode::leading(odd), None, "{odd}");
        }
        assert_eq!(Answer::new(250, "Ok: queued as 1A2B").text, "Ok: queued as 1A2B");
        assert_eq!(Answer::new(250, "2.0.0").text, "");
    }
}

//! Sends messages over one connection.

use std::time::Duration;

use platform::failpoint;

use super::{
    Endpoint, Timeouts, connect,
    dialogue::{Dialogue, DialogueError},
    ehlo::Capabilities,
    reply::Reply,
    stuffing,
};
use crate::domain::{
    answer::{Answer, Conclusion, Phase},
    mail::OutgoingMail,
};

/// A connection on which messages may be sent.
pub struct Session {
    dialogue: Dialogue,
    capabilities: Capabilities,
    timeouts: Timeouts,
    /// Messages that were begun.
    sent: u32,
    usable: bool,
    buffer: Vec<u8>,
    /// Whether a transaction stands open that the next one has to end first.
    must_reset: bool,
}

/// What came of an envelope.
enum Envelope {
    /// The server waits for the message.
    GoAhead,
    /// It does not want it. `open` says whether it waits for one nevertheless.
    Refused { conclusion: Conclusion, open: bool },
}

impl Session {
    /// Connects, encrypts and signs in as the endpoint says.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, Conclusion> {
        let (dialogue, capabilities) = connect::open(endpoint).await?;
        Ok(Self {
            dialogue,
            capabilities,
            timeouts: endpoint.timeouts,
            sent: 0,
            usable: true,
            buffer: Vec::with_capacity(32 * 1024),
            must_reset: false,
        })
    }

    /// Whether another message may be sent on it.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// How many messages were begun on it.
    #[must_use]
    pub fn sent(&self) -> u32 {
        self.sent
    }

    /// Sends messages one after the other and says what became of each, in their order.
    /// `may_begin` is asked before each; from its first no on, nothing is begun.
    pub async fn send(
        &mut self,
        mails: &[&OutgoingMail],
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Conclusion> {
        let mut conclusions = Vec::with_capacity(mails.len());
        let mut error = "it was not begun in time";
        // Whether the envelope of the next mail has already left together with the last one's end.
        let mut announced = false;
        for (n, mail) in mails.iter().enumerate() {
            if !self.usable {
                error = "the connection was closed before its turn";
                break;
            }
            if !may_begin() {
                // Its envelope may have left; without the message that means nothing, but the
                // server now waits for one.
                self.usable &= !announced;
                break;
            }
            if self.capabilities.refuses_size(mail.source.len()) && !announced {
                conclusions.push(too_large());
                continue;
            }
            let next = mails
                .get(n + 1)
                .copied()
                .filter(|next| !self.capabilities.refuses_size(next.source.len()));
            let next = next.filter(|_| self.capabilities.pipelining && may_begin());
            let (conclusion, next_announced) = self.send_one(mail, announced, next).await;
            announced = next_announced;
            conclusions.push(conclusion);
        }
        let left = mails.len() - conclusions.len();
        conclusions.extend((0..left).map(|_| Conclusion::NotStarted {
            error: error.to_owned(),
        }));
        conclusions
    }

    /// Whether the other side is still there, for a session that has been idle.
    pub async fn answers(&mut self) -> bool {
        let limit = Duration::from_secs(10).min(self.timeouts.command);
        let reply = self.command("RSET\r\n", limit, Phase::MailFrom).await;
        self.must_reset = false;
        self.usable = self.usable && reply.is_ok_and(|reply| reply.code == 250);
        self.usable
    }

    /// Says goodbye. Nobody waits for the answer for long.
    pub async fn quit(mut self) {
        let limit = Duration::from_secs(2);
        if self.usable && self.dialogue.write(b"QUIT\r\n", limit).await.is_ok() {
            let _answered = self.dialogue.read(limit).await;
        }
    }

    /// One message; the envelope of `next` leaves together with its end.
    async fn send_one(
        &mut self,
        mail: &OutgoingMail,
        announced: bool,
        next: Option<&OutgoingMail>,
    ) -> (Conclusion, bool) {
        self.sent += 1;
        let envelope = if self.capabilities.pipelining {
            self.envelope_at_once(mail, announced).await
        } else {
            self.envelope_step_by_step(mail).await
        };
        match envelope {
            Ok(Envelope::GoAhead) => self.body(mail, next).await,
            Ok(Envelope::Refused { conclusion, open }) => {
                if open && let Err(conclusion) = self.close_empty().await {
                    return (conclusion, false);
                }
                (conclusion, false)
            }
            Err(conclusion) => (conclusion, false),
        }
    }

    /// MAIL, RCPT and DATA in one write, unless they have left already; then all three replies.
    async fn envelope_at_once(
        &mut self,
        mail: &OutgoingMail,
        announced: bool,
    ) -> Result<Envelope, Conclusion> {
        if !announced {
            self.buffer.clear();
            let reset = self.must_reset;
            if reset {
                self.buffer.extend_from_slice(b"RSET\r\n");
            }
            append_envelope(&mut self.buffer, mail, &self.capabilities);
            self.write_buffer(Phase::MailFrom).await?;
            if reset {
                self.read(self.timeouts.command, Phase::MailFrom).await?;
                self.must_reset = false;
            }
        }
        // After a 421 nothing more comes: the replies to the rest are not waited for.
        let mail_reply = self.read(self.timeouts.command, Phase::MailFrom).await?;
        failpoint::hit("delivery.smtp.after_mail");
        if mail_reply.code == 421 {
            return Ok(self.judge_envelope(&mail_reply, None, None));
        }
        let rcpt_reply = self.read(self.timeouts.command, Phase::RcptTo).await?;
        failpoint::hit("delivery.smtp.after_rcpt");
        if rcpt_reply.code == 421 {
            return Ok(self.judge_envelope(&mail_reply, Some(&rcpt_reply), None));
        }
        let data_reply = self.read(self.timeouts.data, Phase::Data).await?;
        failpoint::hit("delivery.smtp.after_data");
        Ok(self.judge_envelope(&mail_reply, Some(&rcpt_reply), Some(&data_reply)))
    }

    /// For servers without PIPELINING: each command waits for its answer.
    async fn envelope_step_by_step(&mut self, mail: &OutgoingMail) -> Result<Envelope, Conclusion> {
        if self.must_reset {
            self.command("RSET\r\n", self.timeouts.command, Phase::MailFrom)
                .await?;
            self.must_reset = false;
        }
        let mut line = Vec::new();
        append_mail_from(&mut line, mail, &self.capabilities);
        let line = String::from_utf8_lossy(&line).into_owned();
        let mail_reply = self
            .command(&line, self.timeouts.command, Phase::MailFrom)
            .await?;
        if mail_reply.code / 100 != 2 {
            return Ok(self.judge_envelope(&mail_reply, None, None));
        }
        let line = format!("RCPT TO:<{}>\r\n", mail.to);
        let rcpt_reply = self.command(&line, self.timeouts.command, Phase::RcptTo).await?;
        if rcpt_reply.code / 100 != 2 {
            return Ok(self.judge_envelope(&mail_reply, Some(&rcpt_reply), None));
        }
        let data_reply = self.command("DATA\r\n", self.timeouts.data, Phase::Data).await?;
        Ok(self.judge_envelope(&mail_reply, Some(&rcpt_reply), Some(&data_reply)))
    }

    fn judge_envelope(&mut self, mail: &Reply, rcpt: Option<&Reply>, data: Option<&Reply>) -> Envelope {
        let open = data.is_some_and(|reply| reply.code == 354);
        let steps = [
            (Phase::MailFrom, Some(mail)),
            (Phase::RcptTo, rcpt),
            (Phase::Data, data),
        ];
        for (phase, reply) in steps {
            let Some(reply) = reply else { continue };
            let fine = if phase == Phase::Data {
                reply.code == 354
            } else {
                reply.code / 100 == 2
            };
            if !fine {
                self.note_closing(reply);
                // After a refused MAIL there is no transaction; after anything later there is one,
                // unless the dot that has to be sent now ends it.
                self.must_reset = phase != Phase::MailFrom && !open;
                return Envelope::Refused {
                    conclusion: Conclusion::Answered {
                        phase,
                        answer: reply.answer(),
                    },
                    open,
                };
            }
        }
        Envelope::GoAhead
    }

    /// The message, the dot, and in the same write the envelope of the next one.
    async fn body(&mut self, mail: &OutgoingMail, next: Option<&OutgoingMail>) -> (Conclusion, bool) {
        self.buffer.clear();
        stuffing::append(&mut self.buffer, &mail.source);
        let end = self.buffer.len();
        if let Some(next) = next {
            append_envelope(&mut self.buffer, next, &self.capabilities);
        }
        let mut gone = 0;
        if let Some(act) = failpoint::due("delivery.smtp.mid_body", "") {
            gone = end / 2;
            let _half = self
                .dialogue
                .write(&self.buffer[..gone], self.timeouts.block)
                .await;
            act.happen();
        }
        if let Err(error) = self
            .dialogue
            .write(&self.buffer[gone..], self.timeouts.block)
            .await
        {
            // As long as the dot has not been handed to the kernel, the server cannot have it.
            let phase = if gone + self.dialogue.taken() < end {
                Phase::Body
            } else {
                Phase::Acceptance
            };
            return (self.broken(phase, &error), false);
        }
        failpoint::hit("delivery.smtp.after_dot");
        match self.dialogue.read(self.timeouts.acceptance).await {
            Ok(reply) => {
                self.note_closing(&reply);
                let conclusion = Conclusion::Answered {
                    phase: Phase::Acceptance,
                    answer: reply.answer(),
                };
                if !matches!(reply.code / 100, 2 | 4 | 5) {
                    self.usable = false;
                }
                (conclusion, next.is_some() && self.usable)
            }
            Err(error) => (self.broken(Phase::Acceptance, &error), false),
        }
    }

    /// RFC 2920 section 3.1: a server that took DATA although it refused the recipient gets an empty
    /// message, which goes to nobody.
    async fn close_empty(&mut self) -> Result<(), Conclusion> {
        let reply = self
            .command(".\r\n", self.timeouts.acceptance, Phase::Data)
            .await?;
        self.note_closing(&reply);
        Ok(())
    }

    async fn command(&mut self, line: &str, limit: Duration, phase: Phase) -> Result<Reply, Conclusion> {
        if let Err(error) = self.dialogue.write(line.as_bytes(), limit).await {
            return Err(self.broken(phase, &error));
        }
        self.read(limit, phase).await
    }

    async fn write_buffer(&mut self, phase: Phase) -> Result<(), Conclusion> {
        match self.dialogue.write(&self.buffer, self.timeouts.block).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.broken(phase, &error)),
        }
    }

    async fn read(&mut self, limit: Duration, phase: Phase) -> Result<Reply, Conclusion> {
        match self.dialogue.read(limit).await {
            Ok(reply) => Ok(reply),
            Err(error) => Err(self.broken(phase, &error)),
        }
    }

    fn broken(&mut self, phase: Phase, error: &DialogueError) -> Conclusion {
        self.usable = false;
        Conclusion::Broken {
            phase,
            error: error.to_string(),
        }
    }

    /// 421 means that the server closes the connection (RFC 5321 section 3.8).
    fn note_closing(&mut self, reply: &Reply) {
        if reply.code == 421 {
            self.usable = false;
        }
    }
}

fn too_large() -> Conclusion {
    let answer = Answer::new(552, "5.3.4 larger than the server says it takes");
    Conclusion::Answered {
        phase: Phase::MailFrom,
        answer,
    }
}

fn append_envelope(out: &mut Vec<u8>, mail: &OutgoingMail, capabilities: &Capabilities) {
    append_mail_from(out, mail, capabilities);
    out.extend_from_slice(b"RCPT TO:<");
    out.extend_from_slice(mail.to.as_bytes());
    out.extend_from_slice(b">\r\nDATA\r\n");
}

fn append_mail_from(out: &mut Vec<u8>, mail: &OutgoingMail, capabilities: &Capabilities) {
    out.extend_from_slice(b"MAIL FROM:<");
    out.extend_from_slice(mail.from.as_bytes());
    out.push(b'>');
    if capabilities.size.is_some() {
        out.extend_from_slice(format!(" SIZE={}", mail.source.len()).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

//! The other side of each kind of account, with the same verbs for all, so that one suite can be run
//! over every way out.

use delivery::domain::provider::{
    MailgunConfig, MailgunRegion, PostfixConfig, ProviderConfig, ProviderKind, SendGridConfig,
    SendGridRegion, SesConfig, SmtpConfig,
};
use mail_parser::MessageParser;
use serde_json::Value;
use testkit::{
    mail_apis::{FakeApi, FakeMailgun, FakeSendGrid, FakeSes},
    smtp_sink::{SinkOptions, SmtpSink, Stage},
};

use crate::post_office;

/// A name and a password that the mail server lets in.
const ACCOUNT: (&str, &str) = ("ann", "correct horse battery");

/// A mail server or a provider.
pub enum FarSide {
    Smtp(SmtpSink),
    Postfix(SmtpSink),
    Ses(FakeSes),
    SendGrid(FakeSendGrid),
    Mailgun(FakeMailgun),
}

/// A message that it took, as a mail program reads it.
#[derive(Debug)]
pub struct Arrived {
    pub to: Vec<String>,
    pub from_name: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub unsubscribe: Option<String>,
    /// The id that the far side gave it; a mail server's is not known.
    pub id: Option<String>,
    /// Our own id: the label, or of a mail server the front of the Message-ID.
    pub label: Option<String>,
}

impl FarSide {
    /// Starts one that behaves.
    pub async fn start(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Smtp => FarSide::Smtp(strict_sink().await),
            ProviderKind::Postfix => FarSide::Postfix(strict_sink().await),
            ProviderKind::Ses => FarSide::Ses(FakeSes::start().await),
            ProviderKind::SendGrid => FarSide::SendGrid(FakeSendGrid::start().await),
            ProviderKind::Mailgun => FarSide::Mailgun(FakeMailgun::start().await),
            other => panic!("{other:?} carries no mail"),
        }
    }

    /// The kinds that take mail.
    pub const OF_MAIL: [ProviderKind; 5] = [
        ProviderKind::Smtp,
        ProviderKind::Postfix,
        ProviderKind::Ses,
        ProviderKind::SendGrid,
        ProviderKind::Mailgun,
    ];

    /// The kinds of them that are reached over HTTP.
    pub const OVER_HTTP: [ProviderKind; 3] =
        [ProviderKind::Ses, ProviderKind::SendGrid, ProviderKind::Mailgun];

    /// The server of a kind that is reached over HTTP.
    pub fn api(&self) -> &FakeApi {
        match self {
            FarSide::Smtp(_) | FarSide::Postfix(_) => panic!("a mail server has no API"),
            FarSide::Ses(fake) => fake,
            FarSide::SendGrid(fake) => fake,
            FarSide::Mailgun(fake) => fake,
        }
    }

    /// Settings that lead there.
    pub fn config(&self) -> ProviderConfig {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => {
                let mut config = post_office::config(sink);
                config.username = ACCOUNT.0.to_owned();
                self.server(config)
            }
            _ => self.config_at(&self.api().base_url()),
        }
    }

    /// The same where nothing listens.
    pub fn config_to_nowhere(&self) -> ProviderConfig {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => {
                let mut config = post_office::config(sink);
                config.port = 1;
                self.server(config)
            }
            _ => self.config_at("http://127.0.0.1:1"),
        }
    }

    fn server(&self, server: SmtpConfig) -> ProviderConfig {
        match self {
            FarSide::Postfix(_) => PostfixConfig {
                server,
                log_path: String::new(),
            }
            .into(),
            _ => server.into(),
        }
    }

    fn config_at(&self, base_url: &str) -> ProviderConfig {
        let (base_url, max_connections, messages_per_second) = (base_url.to_owned(), 4, None);
        match self {
            FarSide::Smtp(_) | FarSide::Postfix(_) => panic!("a mail server has no web address"),
            FarSide::Ses(_) => SesConfig {
                region: FakeSes::REGION.to_owned(),
                access_key_id: FakeSes::ACCESS_KEY_ID.to_owned(),
                configuration_set: FakeSes::CONFIGURATION_SET.to_owned(),
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            FarSide::SendGrid(_) => SendGridConfig {
                region: SendGridRegion::Eu,
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
            FarSide::Mailgun(_) => MailgunConfig {
                domain: FakeMailgun::DOMAIN.to_owned(),
                region: MailgunRegion::Us,
                base_url,
                max_connections,
                messages_per_second,
            }
            .into(),
        }
    }

    /// The secret that it lets in.
    pub fn secret(&self) -> &'static str {
        match self {
            FarSide::Smtp(_) | FarSide::Postfix(_) => ACCOUNT.1,
            FarSide::Ses(_) => FakeSes::SECRET_ACCESS_KEY,
            FarSide::SendGrid(_) => FakeSendGrid::API_KEY,
            FarSide::Mailgun(_) => FakeMailgun::API_KEY,
        }
    }

    /// Refuses the next message for good.
    pub fn refuse_next(&self) {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => {
                sink.when(Stage::EndOfData).times(1).reply("554 5.0.0 no")
            }
            _ => self.api().answer_next(400),
        }
    }

    /// Refuses the next message for its size.
    pub fn find_next_too_large(&self) {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => {
                sink.when(Stage::EndOfData).times(1).reply("552 5.3.4 too big")
            }
            _ => self.api().answer_next(413),
        }
    }

    /// Defers the next message.
    pub fn defer_next(&self) {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => sink
                .when(Stage::EndOfData)
                .times(1)
                .keep_and_reply("451 4.3.0 later"),
            _ => self.api().answer_next(429),
        }
    }

    /// Reads the next message and closes the connection without a word.
    pub fn cut_next(&self) {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => sink.when(Stage::EndOfData).times(1).disconnect(),
            _ => self.api().cut_next(),
        }
    }

    /// Reads the next message and never answers.
    pub fn hang_next(&self) {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => sink.when(Stage::EndOfData).times(1).silence(),
            _ => self.api().hang_next(),
        }
    }

    /// Tries at handing over a message, as they came: over HTTP the whole bodies.
    pub fn tries(&self) -> Vec<String> {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => {
                sink.received().into_iter().map(|mail| mail.source).collect()
            }
            _ => {
                let seen = self.api().seen().into_iter();
                seen.map(|seen| String::from_utf8_lossy(&seen.body).into_owned())
                    .collect()
            }
        }
    }

    /// What it took.
    pub fn arrived(&self) -> Vec<Arrived> {
        match self {
            FarSide::Smtp(sink) | FarSide::Postfix(sink) => sink
                .received()
                .into_iter()
                .map(|mail| {
                    let id = mail.header("message-id").unwrap_or_default();
                    let label = id.trim_start_matches('<').split('@').next().map(str::to_owned);
                    of_mime(mail.to, None, label, &mail.source)
                })
                .collect(),
            FarSide::SendGrid(fake) => {
                let taken = fake.taken().into_iter();
                taken
                    .map(|mail| of_json(mail.to, mail.id, mail.label, &mail.content))
                    .collect()
            }
            _ => {
                let taken = self.api().taken().into_iter();
                taken
                    .map(|mail| of_mime(mail.to, Some(mail.id), mail.label, &mail.content))
                    .collect()
            }
        }
    }

    /// Who got something, in order.
    pub fn recipients(&self) -> Vec<String> {
        let mut to: Vec<String> = self.arrived().into_iter().flat_map(|mail| mail.to).collect();
        to.sort();
        to
    }
}

/// Lets in nobody but the account.
async fn strict_sink() -> SmtpSink {
    let options = SinkOptions {
        account: Some((ACCOUNT.0.to_owned(), ACCOUNT.1.to_owned())),
        ..SinkOptions::default()
    };
    SmtpSink::start_with(options).await
}

fn of_mime(to: Vec<String>, id: Option<String>, label: Option<String>, source: &str) -> Arrived {
    let message = MessageParser::default()
        .parse(source.as_bytes())
        .expect("it is a message");
    let from = message
        .from()
        .and_then(|from| from.first())
        .expect("it has a sender");
    Arrived {
        to,
        from_name: from.name().unwrap_or_default().to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        unsubscribe: message
            .header_raw("List-Unsubscribe")
            .map(|value| value.trim().to_owned()),
        id,
        label,
    }
}

fn of_json(to: Vec<String>, id: String, label: Option<String>, source: &str) -> Arrived {
    let json: Value = serde_json::from_str(source).expect("it is JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Arrived {
        to,
        from_name: text(&json["from"]["name"]),
        subject: text(&json["subject"]),
        text: text(&json["content"][0]["value"]),
        html: text(&json["content"][1]["value"]),
        unsubscribe: json["headers"]["List-Unsubscribe"].as_str().map(str::to_owned),
        id: Some(id),
        label,
    }
}

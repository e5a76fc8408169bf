use std::{fmt, sync::Arc};

use kernel::Clock;
use platform::egress::{Egress, Reach};

use super::{
    SmtpAccount,
    apns::Apns,
    fcm::{Fcm, Mode},
    http_account::HttpAccount,
    mailgun::Mailgun,
    plivo::Plivo,
    sendgrid::SendGrid,
    ses::Ses,
    telnyx::Telnyx,
    twilio::Twilio,
    vonage::Vonage,
};
use crate::{
    application::carrier::Account,
    domain::provider::{BaseUrl, ProviderConfig},
    infrastructure::smtp::{Endpoint, Timeouts, TlsError},
};

/// What accounts are reached with.
#[derive(Clone)]
pub struct Ways {
    /// For providers that are reached over HTTP.
    pub egress: Egress,
    /// Signs requests.
    pub clock: Arc<dyn Clock>,
    /// How long a mail server is waited for.
    pub timeouts: Timeouts,
    /// What we call ourselves in `EHLO`.
    pub ehlo_name: String,
    /// Where mail servers may be.
    pub reach: Reach,
    /// How many carriers of the account are open at the same time at most.
    pub carriers: usize,
    /// Where the provider can tell us what becomes of messages; `None` where it cannot reach us.
    pub reports: Option<String>,
}

impl fmt::Debug for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ways(…)")
    }
}

/// Stored settings that nothing can be sent by.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAccount {
    /// The certificates that are to be trusted.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Where it is.
    #[error("the stored address is none")]
    Address,
}

/// The account that settings describe, with its secret.
pub fn account_at(
    config: &ProviderConfig,
    secret: Option<String>,
    ways: Ways,
) -> Result<Box<dyn Account>, UnusableAccount> {
    let base = |text: &str| BaseUrl::parse(text).ok_or(UnusableAccount::Address);
    let key = |secret: Option<String>| secret.unwrap_or_default();
    let reports = ways.reports.clone();
    Ok(match config {
        ProviderConfig::Smtp(smtp) => {
            let endpoint = Endpoint::new(smtp, secret, ways.ehlo_name, ways.timeouts)?.reaching(ways.reach);
            Box::new(SmtpAccount::new(endpoint, smtp.messages_per_connection))
        }
        ProviderConfig::Ses(ses) => {
            let api = Ses::new(ses, base(&ses.base())?, key(secret));
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::SendGrid(sendgrid) => {
            let api = SendGrid::new(base(&sendgrid.base())?, key(secret));
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Mailgun(mailgun) => {
            let api = Mailgun::new(&mailgun.domain, base(&mailgun.base())?, &key(secret));
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Twilio(twilio) => {
            let api = Twilio::new(twilio, base(&twilio.base())?, &key(secret), reports);
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Plivo(plivo) => {
            let api = Plivo::new(plivo, base(&plivo.base())?, &key(secret), reports);
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Vonage(vonage) => {
            let api = Vonage::new(vonage, base(&vonage.base())?, &key(secret), reports);
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Telnyx(telnyx) => {
            let api = Telnyx::new(telnyx, base(&telnyx.base())?, &key(secret), reports);
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Fcm(fcm) => {
            let api = Fcm::new(fcm, base(&fcm.base())?, &key(secret), Mode::Send);
            Box::new(HttpAccount::new(Box::new(api), config, &ways))
        }
        ProviderConfig::Apns(apns) => {
            let api = Apns::new(apns, base(&apns.base())?, &key(secret));
            let egress = ways.egress.over_http2();
            Box::new(HttpAccount::new(Box::new(api), config, &Ways { egress, ..ways }))
        }
        ProviderConfig::Postfix(postfix) => {
            let server = &postfix.server;
            let endpoint = Endpoint::new(server, secret, ways.ehlo_name, ways.timeouts)?.reaching(ways.reach);
            Box::new(SmtpAccount::new(endpoint, server.messages_per_connection))
        }
    })
}

//! Reading accounts that are to be set up. Each kind has fields of its own; all are read at once, so that
//! a wrong value is pointed at by its field, and then sorted by the kind.

use serde::{Deserialize, Deserializer, de::Error};

use super::{
    ApnsEnvironment, NewApnsProvider, NewFcmProvider, NewMailgunProvider, NewPlivoProvider,
    NewPostfixProvider, NewProvider, NewSendGridProvider, NewSesProvider, NewSmtpProvider, NewTelnyxProvider,
    NewTwilioProvider, NewVonageProvider, SmtpSecurity,
};

impl<'de> Deserialize<'de> for NewProvider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        fields.sort().map_err(D::Error::custom)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Smtp,
    Ses,
    SendGrid,
    Mailgun,
    Twilio,
    Plivo,
    Vonage,
    Telnyx,
    Fcm,
    Apns,
    Postfix,
}

/// The fields of all kinds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    kind: Kind,
    name: String,
    max_connections: Option<u16>,
    messages_per_second: Option<u32>,
    host: Option<String>,
    port: Option<u16>,
    security: Option<SmtpSecurity>,
    username: Option<String>,
    password: Option<String>,
    trusted_certificates: Option<String>,
    messages_per_connection: Option<u32>,
    region: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    configuration_set: Option<String>,
    api_key: Option<String>,
    domain: Option<String>,
    base_url: Option<String>,
    account_sid: Option<String>,
    api_key_sid: Option<String>,
    auth_token: Option<String>,
    auth_id: Option<String>,
    api_key_id: Option<String>,
    api_secret: Option<String>,
    sender: Option<String>,
    messaging_service_sid: Option<String>,
    messaging_profile_id: Option<String>,
    project_id: Option<String>,
    service_account: Option<String>,
    key_id: Option<String>,
    team_id: Option<String>,
    topic: Option<String>,
    environment: Option<ApnsEnvironment>,
    signing_key: Option<String>,
    log_path: Option<String>,
}

/// Requests at the same time where nobody says how many.
const CONNECTIONS: u16 = 10;

impl Fields {
    fn sort(self) -> Result<NewProvider, String> {
        self.refuse_foreign()?;
        let (kind, name) = (self.kind, self.name);
        let base_url = self.base_url.unwrap_or_default();
        let max_connections = self.max_connections.unwrap_or(CONNECTIONS);
        let messages_per_second = self.messages_per_second;
        Ok(match kind {
            Kind::Smtp => NewProvider::Smtp(NewSmtpProvider {
                kind: "smtp".to_owned(),
                name,
                host: needed("host", self.host)?,
                port: needed("port", self.port)?,
                security: needed("security", self.security)?,
                username: self.username.unwrap_or_default(),
                password: self.password,
                trusted_certificates: self.trusted_certificates.unwrap_or_default(),
                max_connections,
                messages_per_connection: self.messages_per_connection.unwrap_or(1000),
                messages_per_second,
            }),
            Kind::Ses => NewProvider::Ses(NewSesProvider {
                kind: "ses".to_owned(),
                name,
                region: needed("region", self.region)?,
                access_key_id: needed("access_key_id", self.access_key_id)?,
                secret_access_key: needed("secret_access_key", self.secret_access_key)?,
                configuration_set: self.configuration_set.unwrap_or_default(),
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::SendGrid => NewProvider::SendGrid(NewSendGridProvider {
                kind: "sendgrid".to_owned(),
                name,
                region: chosen(self.region)?,
                api_key: needed("api_key", self.api_key)?,
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Mailgun => NewProvider::Mailgun(NewMailgunProvider {
                kind: "mailgun".to_owned(),
                name,
                domain: needed("domain", self.domain)?,
                region: chosen(self.region)?,
                api_key: needed("api_key", self.api_key)?,
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Twilio => NewProvider::Twilio(NewTwilioProvider {
                kind: "twilio".to_owned(),
                name,
                account_sid: needed("account_sid", self.account_sid)?,
                api_key_sid: self.api_key_sid.unwrap_or_default(),
                auth_token: needed("auth_token", self.auth_token)?,
                sender: self.sender.unwrap_or_default(),
                messaging_service_sid: self.messaging_service_sid.unwrap_or_default(),
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Plivo => NewProvider::Plivo(NewPlivoProvider {
                kind: "plivo".to_owned(),
                name,
                auth_id: needed("auth_id", self.auth_id)?,
                auth_token: needed("auth_token", self.auth_token)?,
                sender: needed("sender", self.sender)?,
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Vonage => NewProvider::Vonage(NewVonageProvider {
                kind: "vonage".to_owned(),
                name,
                api_key_id: needed("api_key_id", self.api_key_id)?,
                api_secret: needed("api_secret", self.api_secret)?,
                sender: needed("sender", self.sender)?,
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Telnyx => NewProvider::Telnyx(NewTelnyxProvider {
                kind: "telnyx".to_owned(),
                name,
                api_key: needed("api_key", self.api_key)?,
                sender: self.sender.unwrap_or_default(),
                messaging_profile_id: self.messaging_profile_id.unwrap_or_default(),
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Fcm => NewProvider::Fcm(NewFcmProvider {
                kind: "fcm".to_owned(),
                name,
                project_id: needed("project_id", self.project_id)?,
                service_account: needed("service_account", self.service_account)?,
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Apns => NewProvider::Apns(NewApnsProvider {
                kind: "apns".to_owned(),
                name,
                key_id: needed("key_id", self.key_id)?,
                team_id: needed("team_id", self.team_id)?,
                topic: needed("topic", self.topic)?,
                environment: self.environment.unwrap_or_default(),
                signing_key: needed("signing_key", self.signing_key)?,
                base_url,
                max_connections,
                messages_per_second,
            }),
            Kind::Postfix => NewProvider::Postfix(NewPostfixProvider {
                kind: "postfix".to_owned(),
                name,
                host: needed("host", self.host)?,
                port: needed("port", self.port)?,
                security: needed("security", self.security)?,
                username: self.username.unwrap_or_default(),
                password: self.password,
                trusted_certificates: self.trusted_certificates.unwrap_or_default(),
                max_connections,
                messages_per_connection: self.messages_per_connection.unwrap_or(1000),
                messages_per_second,
                log_path: self.log_path.unwrap_or_default(),
            }),
        })
    }

    /// A field that the kind does not have would be forgotten without a word.
    fn refuse_foreign(&self) -> Result<(), String> {
        use Kind::{Apns, Fcm, Mailgun, Plivo, Postfix, SendGrid, Ses, Smtp, Telnyx, Twilio, Vonage};
        let fields: [(&str, bool, &[Kind]); 31] = [
            ("host", self.host.is_some(), &[Smtp, Postfix]),
            ("port", self.port.is_some(), &[Smtp, Postfix]),
            ("security", self.security.is_some(), &[Smtp, Postfix]),
            ("username", self.username.is_some(), &[Smtp, Postfix]),
            ("password", self.password.is_some(), &[Smtp, Postfix]),
            (
                "trusted_certificates",
                self.trusted_certificates.is_some(),
                &[Smtp, Postfix],
            ),
            (
                "messages_per_connection",
                self.messages_per_connection.is_some(),
                &[Smtp, Postfix],
            ),
            ("region", self.region.is_some(), &[Ses, SendGrid, Mailgun]),
            ("access_key_id", self.access_key_id.is_some(), &[Ses]),
            ("secret_access_key", self.secret_access_key.is_some(), &[Ses]),
            ("configuration_set", self.configuration_set.is_some(), &[Ses]),
            ("api_key", self.api_key.is_some(), &[SendGrid, Mailgun, Telnyx]),
            ("domain", self.domain.is_some(), &[Mailgun]),
            (
                "base_url",
                self.base_url.is_some(),
                &[Ses, SendGrid, Mailgun, Twilio, Plivo, Vonage, Telnyx, Fcm, Apns],
            ),
            ("account_sid", self.account_sid.is_some(), &[Twilio]),
            ("api_key_sid", self.api_key_sid.is_some(), &[Twilio]),
            ("auth_token", self.auth_token.is_some(), &[Twilio, Plivo]),
            ("auth_id", self.auth_id.is_some(), &[Plivo]),
            ("api_key_id", self.api_key_id.is_some(), &[Vonage]),
            ("api_secret", self.api_secret.is_some(), &[Vonage]),
            ("sender", self.sender.is_some(), &[Twilio, Plivo, Vonage, Telnyx]),
            (
                "messaging_service_sid",
                self.messaging_service_sid.is_some(),
                &[Twilio],
            ),
            (
                "messaging_profile_id",
                self.messaging_profile_id.is_some(),
                &[Telnyx],
            ),
            ("project_id", self.project_id.is_some(), &[Fcm]),
            ("service_account", self.service_account.is_some(), &[Fcm]),
            ("key_id", self.key_id.is_some(), &[Apns]),
            ("team_id", self.team_id.is_some(), &[Apns]),
            ("topic", self.topic.is_some(), &[Apns]),
            ("environment", self.environment.is_some(), &[Apns]),
            ("signing_key", self.signing_key.is_some(), &[Apns]),
            ("log_path", self.log_path.is_some(), &[Postfix]),
        ];
        let foreign = fields
            .iter()
            .find(|(_, given, kinds)| *given && !kinds.contains(&self.kind));
        match foreign {
            Some((name, ..)) => Err(format!("accounts of this kind have no field `{name}`")),
            None => Ok(()),
        }
    }
}

fn needed<T>(name: &str, value: Option<T>) -> Result<T, String> {
    value.ok_or_else(|| format!("missing field `{name}`"))
}

/// The region by its word; without one, the usual.
fn chosen<T: Default + for<'de> Deserialize<'de>>(word: Option<String>) -> Result<T, String> {
    let Some(word) = word else {
        return Ok(T::default());
    };
    let deserializer = serde::de::value::StringDeserializer::<serde::de::value::Error>::new(word);
    T::deserialize(deserializer).map_err(|error| format!("`region`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::{NewProvider, SendGridRegion};
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<NewProvider, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_kind_it_is_a_mail_server() {
        let body =
            json!({ "name": "Relay", "host": "smtp.example.com", "port": 587, "security": "start_tls" });
        let Ok(NewProvider::Smtp(smtp)) = read(body) else {
            panic!("it is a mail server");
        };
        assert_eq!((smtp.max_connections, smtp.messages_per_connection), (10, 1000));
    }

    #[test]
    fn each_kind_has_its_own_fields() {
        let body = json!({ "kind": "sendgrid", "name": "SG", "api_key": "SG.x", "region": "eu" });
        let Ok(NewProvider::SendGrid(sendgrid)) = read(body) else {
            panic!("it is an account at SendGrid");
        };
        assert_eq!(sendgrid.region, SendGridRegion::Eu);
        for (body, said) in [
            (json!({ "kind": "sendgrid", "name": "SG" }), "api_key"),
            (
                json!({ "kind": "sendgrid", "name": "SG", "api_key": "x", "host": "h" }),
                "host",
            ),
            (
                json!({ "kind": "sendgrid", "name": "SG", "api_key": "x", "region": "mars" }),
                "region",
            ),
            (
                json!({ "kind": "ses", "name": "S", "region": "eu-west-1", "access_key_id": "A" }),
                "secret_access_key",
            ),
            (json!({ "name": "R", "port": 25, "security": "none" }), "host"),
            (
                json!({ "kind": "plivo", "name": "P", "auth_id": "MA1" }),
                "auth_token",
            ),
            (
                json!({ "kind": "vonage", "name": "V", "api_key_id": "a", "api_secret": "b", "sender": "S", "auth_id": "c" }),
                "auth_id",
            ),
            (json!({ "kind": "pigeon", "name": "P" }), "pigeon"),
            (
                json!({ "kind": "fcm", "name": "F", "project_id": "shop-1" }),
                "service_account",
            ),
            (
                json!({ "kind": "fcm", "name": "F", "project_id": "shop-1", "service_account": "{}", "topic": "x" }),
                "topic",
            ),
            (
                json!({ "kind": "apns", "name": "A", "key_id": "K", "team_id": "T", "topic": "x" }),
                "signing_key",
            ),
            (
                json!({ "kind": "apns", "name": "A", "environment": "mars" }),
                "mars",
            ),
            (
                json!({ "name": "R", "host": "h", "port": 25, "security": "none", "log_path": "/l" }),
                "log_path",
            ),
        ] {
            let refused = read(body).expect_err("it is refused");
            assert!(refused.contains(said), "{refused}");
        }
    }
}

//! A Postfix server of one's own, whose log says what it took.

use serde::Serialize;
use utoipa::ToSchema;

use super::{SmtpAccount, SmtpSecurity};

/// A Postfix server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PostfixAccount {
    /// Where and how it takes mail.
    #[serde(flatten)]
    pub server: SmtpAccount,
    /// The file that it logs to, on the machines that run Mauntic; may be empty.
    #[schema(example = "/var/log/mail.log")]
    pub log_path: String,
}

/// A Postfix server.
#[derive(Clone, Debug, ToSchema)]
pub struct NewPostfixProvider {
    /// Always `postfix`.
    #[schema(pattern = "^postfix$", example = "postfix")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Name or address of the server.
    #[schema(example = "127.0.0.1")]
    pub host: String,
    /// Its port.
    #[schema(minimum = 1, example = 587)]
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Empty: no signing in.
    #[schema(required = false)]
    pub username: String,
    /// Stored encrypted and never shown again.
    pub password: Option<String>,
    /// Certificates in PEM that are trusted besides the public authorities.
    #[schema(required = false)]
    pub trusted_certificates: String,
    /// Connections at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages over one connection: 1 to 10,000.
    #[schema(minimum = 1, maximum = 10_000, default = 1000, required = false)]
    pub messages_per_connection: u32,
    /// Messages per second at most; absent means as fast as the server takes them.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
    /// The file that it logs to, on the machines that run Mauntic. Messages in doubt are looked for in it. Only
    /// where the installation may use private networks.
    #[schema(max_length = 255, required = false, example = "/var/log/mail.log")]
    pub log_path: String,
}

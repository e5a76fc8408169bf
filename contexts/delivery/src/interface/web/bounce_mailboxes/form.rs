use serde::Deserialize;

use crate::domain::{
    bounce_mailbox::{Disposal, INBOX, MailboxDraft, MailboxSettings},
    provider::Security,
};

/// The form as it was filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct MailboxForm {
    pub address: String,
    pub host: String,
    pub port: String,
    pub security: String,
    pub username: String,
    /// Empty keeps the stored one.
    pub password: String,
    pub folder: String,
    pub disposal: String,
    pub move_to: String,
    pub enabled: bool,
    /// A form that is sent says so: a switch that is off says nothing.
    pub sent: bool,
}

impl Default for MailboxForm {
    fn default() -> Self {
        Self {
            address: String::new(),
            host: String::new(),
            port: "993".to_owned(),
            security: Security::Tls.as_str().to_owned(),
            username: String::new(),
            password: String::new(),
            folder: INBOX.to_owned(),
            disposal: Disposal::MarkSeen.as_str().to_owned(),
            move_to: String::new(),
            enabled: false,
            sent: false,
        }
    }
}

impl MailboxForm {
    /// What is stored. The password is never among it.
    pub fn of(settings: &MailboxSettings) -> Self {
        Self {
            address: settings.address.as_str().to_owned(),
            host: settings.host.clone(),
            port: settings.port.to_string(),
            security: settings.security.as_str().to_owned(),
            username: settings.username.clone(),
            password: String::new(),
            folder: settings.folder.clone(),
            disposal: settings.disposal.as_str().to_owned(),
            move_to: settings.move_to.clone(),
            enabled: settings.enabled,
            sent: true,
        }
    }

    /// Whether the switch stands on; on a form that nobody has filled in yet, it does.
    pub fn is_on(&self) -> bool {
        self.enabled || !self.sent
    }

    /// What is to be saved. What is no port becomes none, so that the field is told so. The error is the
    /// field whose choice was not offered.
    pub fn draft(&self) -> Result<MailboxDraft, &'static str> {
        Ok(MailboxDraft {
            address: self.address.clone(),
            host: self.host.clone(),
            port: self.port.trim().parse().unwrap_or(0),
            security: self.security.parse().map_err(|()| "security")?,
            // Most servers know people by their address.
            username: match self.username.trim() {
                "" => self.address.trim().to_owned(),
                name => name.to_owned(),
            },
            folder: self.folder.clone(),
            disposal: self.disposal.parse().map_err(|()| "disposal")?,
            move_to: self.move_to.clone(),
            enabled: self.enabled,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::MailboxForm;

    #[test]
    fn without_a_name_one_signs_in_by_the_address() {
        let form = MailboxForm {
            address: " bounces@example.com".to_owned(),
            ..MailboxForm::default()
        };
        assert_eq!(
            form.draft().map(|d| d.username),
            Ok("bounces@example.com".to_owned())
        );
    }

    #[test]
    fn what_was_not_offered_is_refused() {
        let form = MailboxForm {
            disposal: "burn".to_owned(),
            ..MailboxForm::default()
        };
        assert_eq!(form.draft().err(), Some("disposal"));
        let form = MailboxForm {
            port: "many".to_owned(),
            ..MailboxForm::default()
        };
        assert_eq!(form.draft().map(|d| d.port), Ok(0));
    }
}

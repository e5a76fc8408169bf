use kernel::EmailAddress;
use serde::Deserialize;

use crate::{
    application::{
        read_domains::Domain,
        save_domain::{DomainDraft, FIRST_SELECTOR, KeyRequest},
    },
    domain::{dkim::DkimAlgorithm, sender_settings::SenderDraft},
};

/// The form of a domain as it was filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct DomainForm {
    pub domain: String,
    pub from_local_part: String,
    pub from_name: String,
    pub reply_to: String,
    pub is_default: bool,
    pub algorithm: String,
    pub selector: String,
}

impl Default for DomainForm {
    fn default() -> Self {
        let KeyForm { algorithm, selector } = KeyForm::default();
        Self {
            domain: String::new(),
            from_local_part: String::new(),
            from_name: String::new(),
            reply_to: String::new(),
            is_default: false,
            algorithm,
            selector,
        }
    }
}

/// The choice of a key as it was filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct KeyForm {
    /// The word of an algorithm, or [`NO_KEY`].
    pub algorithm: String,
    pub selector: String,
}

impl Default for KeyForm {
    fn default() -> Self {
        Self {
            algorithm: DkimAlgorithm::Rsa.as_str().to_owned(),
            selector: FIRST_SELECTOR.to_owned(),
        }
    }
}

/// The word of the choice that makes no key.
pub const NO_KEY: &str = "none";

/// Neither an algorithm nor [`NO_KEY`].
#[derive(Clone, Copy, Debug)]
pub struct UnknownAlgorithm;

impl KeyForm {
    /// The key that is asked for; `None` is none.
    pub fn request(&self) -> Result<Option<KeyRequest>, UnknownAlgorithm> {
        if self.algorithm == NO_KEY {
            return Ok(None);
        }
        let algorithm = self.algorithm.parse().map_err(|()| UnknownAlgorithm)?;
        Ok(Some(KeyRequest {
            algorithm,
            selector: self.selector.clone(),
        }))
    }
}

impl DomainForm {
    /// What is stored.
    pub fn of(domain: &Domain) -> Self {
        let sender = &domain.sender;
        let address = sender.address.as_str();
        Self {
            domain: domain.domain.clone(),
            from_local_part: address.rsplit_once('@').map_or("", |(local, _)| local).to_owned(),
            from_name: sender.name.clone(),
            reply_to: sender
                .reply_to
                .as_ref()
                .map(EmailAddress::as_str)
                .unwrap_or_default()
                .to_owned(),
            is_default: domain.is_default,
            ..Self::default()
        }
    }

    /// Who its mail is to be from.
    pub fn sender(&self) -> SenderDraft {
        SenderDraft {
            domain: self.domain.clone(),
            from_local_part: self.from_local_part.clone(),
            from_name: self.from_name.clone(),
            reply_to: self.reply_to.clone(),
        }
    }

    /// The choice of its key.
    pub fn key(&self) -> KeyForm {
        KeyForm {
            algorithm: self.algorithm.clone(),
            selector: self.selector.clone(),
        }
    }

    /// The domain that is to be set up.
    pub fn draft(&self) -> Result<DomainDraft, UnknownAlgorithm> {
        Ok(DomainDraft {
            sender: self.sender(),
            key: self.key().request()?,
            is_default: self.is_default,
        })
    }
}

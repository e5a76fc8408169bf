use kernel::EmailAddress;
use serde::Deserialize;

use crate::{
    application::{
        read_domains::Domain,
        save_domain::{DomainDraft, KeyRequest},
    },
    domain::{dkim::DkimAlgorithm, domain_key::first_selector, sender_settings::SenderDraft},
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
    /// The word of an algorithm, [`BOTH_KINDS`] or [`NO_KEY`].
    pub algorithm: String,
    pub selector: String,
}

impl Default for KeyForm {
    fn default() -> Self {
        Self {
            algorithm: BOTH_KINDS.to_owned(),
            selector: first_selector(DkimAlgorithm::Rsa).to_owned(),
        }
    }
}

/// The word of the choice that makes a key of each kind.
pub const BOTH_KINDS: &str = "both";

/// The word of the choice that makes no key.
pub const NO_KEY: &str = "none";

/// None of the words of the choice.
#[derive(Clone, Copy, Debug)]
pub struct UnknownAlgorithm;

impl KeyForm {
    /// The keys that are asked for.
    pub fn requests(&self) -> Result<Vec<KeyRequest>, UnknownAlgorithm> {
        let one = |algorithm, selector: String| KeyRequest { algorithm, selector };
        match self.algorithm.as_str() {
            NO_KEY => Ok(Vec::new()),
            BOTH_KINDS => {
                let typed = self.selector.trim();
                // Two keys cannot share a name.
                let second = match typed {
                    "" => String::new(),
                    typed => format!("{typed}-ed"),
                };
                Ok(vec![
                    one(DkimAlgorithm::Rsa, typed.to_owned()),
                    one(DkimAlgorithm::Ed25519, second),
                ])
            }
            word => {
                let algorithm = word.parse().map_err(|()| UnknownAlgorithm)?;
                Ok(vec![one(algorithm, self.selector.clone())])
            }
        }
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
            keys: self.key().requests()?,
            is_default: self.is_default,
        })
    }
}

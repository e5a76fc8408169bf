use super::{
    UnusableAccount, Ways, account_at,
    fcm::{Fcm, Mode},
    http_account::HttpAccount,
};
use crate::{
    application::carrier::Account,
    domain::provider::{BaseUrl, ProviderConfig},
};

/// The account that settings describe, to be tried: Firebase looks at what it is given and delivers nothing.
/// Apple knows no such mode; what it is given arrives.
pub fn push_trial(
    config: &ProviderConfig,
    secret: Option<String>,
    ways: Ways,
) -> Result<Box<dyn Account>, UnusableAccount> {
    let ProviderConfig::Fcm(fcm) = config else {
        return account_at(config, secret, ways);
    };
    let base = BaseUrl::parse(&fcm.base()).ok_or(UnusableAccount::Address)?;
    let api = Fcm::new(fcm, base, &secret.unwrap_or_default(), Mode::Validate);
    Ok(Box::new(HttpAccount::new(Box::new(api), config, &ways)))
}

//! Where a provider can call us.

use contracts::delivery::webhooks::WEBHOOK;
use kernel::ProviderId;

use super::save_provider::is_plainly_private;
use crate::domain::provider::BaseUrl;

/// The address for reports about the messages of an account, under the address that people reach us by.
/// `None` where that is on a private network: providers refuse messages whose reports could go nowhere.
#[must_use]
pub fn report_address(base_url: &str, provider: ProviderId) -> Option<String> {
    let base = BaseUrl::parse(base_url)?;
    let reachable = !is_plainly_private(base.host()) && base.host().contains(['.', ':']);
    reachable.then(|| base.url(&WEBHOOK.url(&provider)))
}

#[cfg(test)]
mod tests {
    use super::report_address;
    use kernel::ProviderId;

    #[test]
    fn providers_are_told_of_no_address_that_they_cannot_reach() {
        let id = ProviderId::generate();
        for private in [
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "https://10.0.0.7",
            "http://mauntic:8080",
            "",
        ] {
            assert_eq!(report_address(private, id), None, "{private}");
        }
        assert_eq!(
            report_address("https://mauntic.example/app", id),
            Some(format!("https://mauntic.example/app/webhooks/delivery/{id}"))
        );
    }
}

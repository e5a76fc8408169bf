//! Trying an account for push notifications: whether its credentials are accepted, and with the token of a
//! device, whether that one can be reached.

use kernel::{MessageId, OrgId, ProviderId};

use super::{
    settings_deps::SettingsDeps,
    test_provider::{Attempt, NotTested, PATIENCE, note, prepare, ways},
};
use crate::{
    domain::{
        answer::{Conclusion, Phase},
        outgoing::{Outgoing, OutgoingPush},
        provider::ProviderKind,
        provider_test::TestFailure,
    },
    infrastructure::carriers::push_trial,
};

/// A token that Apple gave to nobody.
const NO_DEVICE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What is sent.
#[derive(Clone, Debug)]
pub struct TestPush {
    /// The token of a device; empty to ask about the credentials alone.
    pub token: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
}

/// Hands one notification over, and keeps what came of it. `None` when all went well. Firebase only looks at it;
/// from Apple it arrives.
pub async fn test_push(
    deps: &SettingsDeps,
    org: OrgId,
    id: ProviderId,
    push: TestPush,
) -> Result<Option<TestFailure>, NotTested> {
    let attempt = prepare(deps, org, id).await?;
    let failure = match tokio::time::timeout(PATIENCE, send(deps, &attempt, push)).await {
        Ok(failure) => failure,
        Err(_) => {
            let said = format!("the service did not answer within {} s", PATIENCE.as_secs());
            Some(TestFailure::at(None, &said))
        }
    };
    note(deps, org, &attempt.provider, failure.as_ref()).await?;
    Ok(failure)
}

async fn send(deps: &SettingsDeps, attempt: &Attempt, push: TestPush) -> Option<TestFailure> {
    let config = &attempt.provider.config;
    let account = match push_trial(config, attempt.password.clone(), ways(deps, attempt.provider.id)) {
        Ok(account) => account,
        Err(error) => return Some(TestFailure::at(Some(Phase::Connect), &error.to_string())),
    };
    let mut carrier = match account.open().await {
        Ok(carrier) => carrier,
        Err(conclusion) => return TestFailure::of(&conclusion),
    };
    let asks_about_a_device = !push.token.is_empty();
    let to = match config.kind() {
        ProviderKind::Apns if !asks_about_a_device => NO_DEVICE.to_owned(),
        _ => push.token,
    };
    let message = OutgoingPush {
        id: MessageId::generate(),
        to,
        title: push.title,
        body: push.body,
        url: String::new(),
        data: Vec::new(),
    };
    let conclusions = carrier.carry(&[Outgoing::Push(message)], &|| true).await;
    carrier.close().await;
    let conclusion = conclusions.first()?;
    if !asks_about_a_device && knows_us(conclusion) {
        return None;
    }
    TestFailure::of(conclusion)
}

/// Apple looks at who asks before it looks for the device: that it misses the device says that we were let
/// in.
fn knows_us(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Responded(answer) if answer.status == 400 && answer.said == "BadDeviceToken")
}

#[cfg(test)]
mod tests {
    use super::knows_us;
    use crate::domain::{
        answer::Conclusion,
        http_answer::{HttpAnswer, Meaning},
    };

    #[test]
    fn apple_knows_who_asks_for_a_device_that_it_does_not_know() {
        let said = |status, said: &str| {
            Conclusion::Responded(HttpAnswer {
                status,
                meaning: Meaning::Refused,
                said: said.to_owned(),
                retry_after: None,
            })
        };
        assert!(knows_us(&said(400, "BadDeviceToken")));
        assert!(!knows_us(&said(403, "InvalidProviderToken")));
        assert!(!knows_us(&said(400, "TopicDisallowed")));
    }
}

//! A call of a provider: found, verified, stored, and only then answered with yes.
//!
//! Whoever calls learns nothing but whether the call was taken: an account that does not exist, one of a
//! kind that nobody calls about and a wrong signature are one answer.

mod refusals;

use std::{net::IpAddr, sync::Arc};

use contracts::crm::consent::Withdrawal;
use kernel::{Clock, OrgId, ProviderId, Timestamp};
use platform::{DbError, Secrets, secrets::SecretError};
use tracing::{info, warn};

pub use self::refusals::Refusals;
use super::{
    apply_reports::{Report, ReportDeps, ReportSource, Tries, apply_in, take_down},
    take_in_replies::{Wishes, take_in_replies},
};
use crate::{
    domain::webhook::{
        EventKind, KeyKind, ProviderEvent, Received, Refused, Request, Scheme, ses,
        sns::{Envelope, SnsMessage},
    },
    infrastructure::{
        pg::{
            providers,
            webhook_accounts::{self, WebhookAccount},
        },
        sns_door::{NotFetched, SnsDoor},
    },
};

/// What receiving calls works with.
#[derive(Clone)]
pub struct WebhookDeps {
    /// Where reports go.
    pub reports: ReportDeps,
    /// Opens the keys.
    pub secrets: Secrets,
    /// Signatures have a time.
    pub clock: Arc<dyn Clock>,
    /// The way to Amazon SNS.
    pub sns: Arc<dyn SnsDoor>,
    /// Where people reach us, without a slash at the end.
    pub base_url: String,
    /// Who was refused of late.
    pub refusals: Refusals,
}

/// Why a call was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// Not believed, for whatever reason.
    #[error("not believed")]
    NotBelieved,
    /// Believed, and not understood.
    #[error("not understood")]
    NotUnderstood,
    /// This caller was refused too often of late.
    #[error("refused too often")]
    TooOften,
    /// The provider is to try again.
    #[error("not now: {0}")]
    NotNow(String),
}

impl From<DbError> for NotReceived {
    fn from(error: DbError) -> Self {
        Self::NotNow(error.to_string())
    }
}

impl From<SecretError> for NotReceived {
    fn from(error: SecretError) -> Self {
        Self::NotNow(error.to_string())
    }
}

impl From<NotFetched> for NotReceived {
    fn from(error: NotFetched) -> Self {
        Self::NotNow(error.to_string())
    }
}

/// A call as it came.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// Which account it says that it is about.
    pub account: Option<ProviderId>,
    /// From where it came.
    pub peer: IpAddr,
    /// The call itself.
    pub request: Request<'c>,
}

/// Takes a call.
pub async fn receive_webhook(deps: &WebhookDeps, call: &Call<'_>) -> Result<(), NotReceived> {
    let now = deps.clock.now();
    if deps.refusals.are_too_many(call, now) {
        count("unknown", "too_often");
        return Err(NotReceived::TooOften);
    }
    let Some((account, scheme, key)) = find(deps, call.account).await? else {
        deps.refusals.note(None, call.peer, now);
        count("unknown", "not_believed");
        return Err(NotReceived::NotBelieved);
    };
    let label = account.kind.as_str();
    let received = match key {
        Some(key) => verify(deps, scheme, &key, &call.request, now).await,
        None => Err(Stop::Refused("no_key", NotReceived::NotBelieved)),
    };
    match received {
        Ok(received) => {
            platform::failpoint::hit("delivery.webhook.after_verify");
            store(deps, &account, &received).await?;
            count(label, "taken");
            Ok(())
        }
        Err(Stop::Refused(why, error)) => {
            deps.refusals.note(Some(account.id), call.peer, now);
            note_refusal(deps, &account, why).await;
            count(label, why);
            Err(error)
        }
        Err(Stop::NotNow(error)) => {
            warn!(provider.id = %account.id, %error, "a call of a provider has to wait");
            count(label, "not_now");
            Err(error)
        }
    }
}

enum Stop {
    Refused(&'static str, NotReceived),
    NotNow(NotReceived),
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::BadSignature => Stop::Refused("bad_signature", NotReceived::NotBelieved),
            Refused::OutsideWindow => Stop::Refused("outside_window", NotReceived::NotBelieved),
            Refused::NotUnderstood(why) => {
                info!(why, "a call of a provider is not understood");
                Stop::Refused("not_understood", NotReceived::NotUnderstood)
            }
        }
    }
}

impl From<NotFetched> for Stop {
    fn from(error: NotFetched) -> Self {
        Stop::NotNow(error.into())
    }
}

type Found = (WebhookAccount, Scheme, Option<String>);

/// The account, how its calls are verified, and with what, if that was entered.
async fn find(deps: &WebhookDeps, id: Option<ProviderId>) -> Result<Option<Found>, NotReceived> {
    let Some(id) = id else { return Ok(None) };
    let mut tx = deps.reports.db.system().await?;
    let Some(account) = webhook_accounts::find(&mut tx, id).await? else {
        return Ok(None);
    };
    let Some(scheme) = Scheme::of(account.kind) else {
        return Ok(None);
    };
    let (place, sealed) = match scheme.key() {
        KeyKind::TopicArn | KeyKind::PublicKey => {
            let key = account.key.clone();
            return Ok(Some((account, scheme, key)));
        }
        KeyKind::Secret => (webhook_accounts::SECRET_PLACE, &account.webhook_secret),
        KeyKind::OwnSecret => (providers::SECRET_PLACE, &account.secret),
    };
    let key = match sealed {
        Some(sealed) => {
            let plain = deps.secrets.open(&mut tx, account.org, place, sealed).await?;
            Some(String::from_utf8(plain).map_err(|_| SecretError::DoesNotOpen)?)
        }
        None => None,
    };
    tx.commit().await?;
    Ok(Some((account, scheme, key)))
}

async fn verify(
    deps: &WebhookDeps,
    scheme: Scheme,
    key: &str,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<Received, Stop> {
    match scheme {
        Scheme::Sns => receive_sns(deps, key, request.body, now).await,
        other => Ok(other.receive(key, request, now)?),
    }
}

async fn receive_sns(deps: &WebhookDeps, topic: &str, body: &[u8], now: Timestamp) -> Result<Received, Stop> {
    let envelope = Envelope::parse(body)?;
    if !envelope.claims(topic) {
        return Err(Refused::BadSignature.into());
    }
    let certificate = deps.sns.certificate(envelope.certificate_url()?).await?;
    match envelope.verify(&certificate, topic, now)? {
        SnsMessage::Notification { id, message, at } => Ok(ses::events(&message, &id, at)?),
        // Only the topic that a person has entered comes so far.
        SnsMessage::SubscriptionConfirmation { confirm_url } => {
            deps.sns.confirm(&confirm_url).await?;
            info!(topic, "said yes to a subscription of Amazon SNS");
            Ok(Received::default())
        }
        SnsMessage::UnsubscribeConfirmation => {
            warn!(topic, "Amazon SNS calls us no more");
            Ok(Received::default())
        }
    }
}

/// All that a call brought, in one transaction: should it fail, the provider repeats the whole call.
async fn store(deps: &WebhookDeps, account: &WebhookAccount, received: &Received) -> Result<(), NotReceived> {
    let org = account.org;
    let reports: Vec<Report> = received
        .events
        .iter()
        .filter(|event| !matches!(event.kind, EventKind::Inbound { .. }))
        .map(|event| report(account.id, event))
        .collect();
    let mut tries = Tries::default();
    let (wishes, replies) = loop {
        match store_once(deps, account, received, &reports).await {
            Err(error) if tries.again(&error) => {}
            done => break done?,
        }
    };
    take_down(&deps.reports, org, &wishes).await;
    take_down(&deps.reports, org, &replies.withdrawn).await;
    grant(&deps.reports, org, &replies.granted).await;
    Ok(())
}

async fn store_once(
    deps: &WebhookDeps,
    account: &WebhookAccount,
    received: &Received,
    reports: &[Report],
) -> Result<(Vec<Withdrawal>, Wishes), DbError> {
    let org = account.org;
    let mut tx = deps.reports.db.system().await?;
    webhook_accounts::note_report(&mut tx, org, account.id).await?;
    if let Some(key) = &received.replay_key
        && !webhook_accounts::remember(&mut tx, org, account.id, key).await?
    {
        tx.commit().await?;
        return Ok((Vec::new(), Wishes::default()));
    }
    let (_, wishes) = apply_in(&mut tx, org, reports).await?;
    let replies = take_in_replies(&mut tx, org, account.id, &received.events).await?;
    tx.commit().await?;
    Ok((wishes, replies))
}

fn report(provider: ProviderId, event: &ProviderEvent) -> Report {
    Report {
        message: event.our_message_id,
        provider: Some(provider),
        provider_message_id: event.provider_message_id.clone(),
        recipient: event.recipient.clone(),
        kind: event.kind.clone(),
        at: event.at,
        event_id: event.event_id.clone(),
        detail: event.detail.clone(),
        source: ReportSource::Webhook,
    }
}

async fn grant(deps: &ReportDeps, org: OrgId, wishes: &[Withdrawal]) {
    if wishes.is_empty() {
        return;
    }
    if let Err(error) = deps.consents.grant_again(org, wishes).await {
        warn!(%error, org.id = %org, "wishes to hear from us again were not taken down");
    }
}

/// That a refusal could not be noted changes nothing about it.
async fn note_refusal(deps: &WebhookDeps, account: &WebhookAccount, why: &str) {
    let noted = async {
        let mut tx = deps.reports.db.system().await?;
        webhook_accounts::note_refusal(&mut tx, account.org, account.id, why).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        warn!(provider.id = %account.id, %error, "a refused call could not be noted");
    }
}

fn count(provider: &'static str, result: &'static str) {
    metrics::counter!("mauntic_webhooks_total", "provider" => provider, "result" => result).increment(1);
}

//! Topics, consent, do-not-contact and privacy: what the API shows, what other contexts ask, and the
//! paths.

use async_trait::async_trait;
use kernel::{
    ConsentId, ContactId, EmailAddress, MessageId, OrgId, PhoneNumber, Route0, Route1, Route2, Timestamp,
    TopicId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::PortResult;

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To their address.
    Email,
    /// To their phone number.
    Sms,
    /// To their devices.
    Push,
}

impl Channel {
    /// All of them, in the order shown.
    pub const ALL: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Push];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Push => "push",
        }
    }

    /// From the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

impl std::str::FromStr for Channel {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::parse(text).ok_or(())
    }
}

impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A topic in a list to choose from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TopicSummary {
    /// `top_…`
    pub id: TopicId,
    /// Its name.
    pub name: String,
    /// The ways in which it is written about.
    pub channels: Vec<Channel>,
}

/// Somebody's wish to hear no more, said in another context.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// Whose.
    pub contact: ContactId,
    /// Of what; all marketing when there is none.
    pub topic: Option<TopicId>,
    /// On which channel.
    pub channel: Channel,
    /// Where it was said: `unsubscribe_link`.
    pub source: &'static str,
    /// The message that led there.
    pub message: Option<MessageId>,
    /// From which address of the network, shortened.
    pub ip: String,
}

/// Where somebody stands with a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub contact: ContactId,
    /// Which.
    pub topic: TopicId,
    /// What it is called.
    pub name: String,
    /// Whether they hear of it.
    pub subscribed: bool,
}

/// How much marketing somebody wants at most: `most` messages within any `days` days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    /// From 1 to 1,000.
    pub most: i16,
    /// From 1 to 366.
    pub days: i16,
}

impl Frequency {
    /// What people choose from.
    pub const OFFERED: [Self; 4] = [
        Self { most: 1, days: 1 },
        Self { most: 1, days: 7 },
        Self { most: 2, days: 30 },
        Self { most: 1, days: 30 },
    ];

    /// As a form and the API write it: `1/7`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (most, days) = text.split_once('/')?;
        let (most, days) = (most.parse().ok()?, days.parse().ok()?);
        ((1..=1_000).contains(&most) && (1..=366).contains(&days)).then_some(Self { most, days })
    }
}

impl std::fmt::Display for Frequency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.most, self.days)
    }
}

/// [`Frequency`] as the API shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FrequencyView {
    /// At most so many marketing messages, from 1 to 1,000 …
    pub most: i16,
    /// … within any so many days, from 1 to 366.
    pub days: i16,
}

impl From<Frequency> for FrequencyView {
    fn from(Frequency { most, days }: Frequency) -> Self {
        Self { most, days }
    }
}

/// How somebody wants to be written to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreferencesView {
    /// By which channel rather.
    pub preferred_channel: Option<Channel>,
    /// No marketing before.
    pub paused_until: Option<Timestamp>,
    /// How often at most; `null`: as the organisation has it for everybody.
    pub frequency: Option<FrequencyView>,
}

/// What holds for who chose nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreferenceDefaults {
    /// How often anybody gets marketing at most; `null`: as often as there is something.
    pub frequency: Option<FrequencyView>,
}

/// What people wish at an instant, of those who were asked about.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Who may not be sent it: they unsubscribed or never agreed, paused everything, are not to be
    /// contacted, or are gone.
    pub refused: Vec<ContactId>,
    /// Who of the others does not want more than so much.
    pub limited: Vec<(ContactId, Frequency)>,
}

/// Says who may be written to, and takes down who may no longer be.
#[async_trait]
pub trait Consents: Send + Sync {
    /// All topics, in their order.
    async fn topics(&self, org: OrgId) -> PortResult<Vec<TopicSummary>>;
    /// What these people wish now of marketing of this topic on this channel. Everything that was
    /// committed before the call counts.
    async fn wishes(
        &self,
        org: OrgId,
        channel: Channel,
        topic: Option<TopicId>,
        contacts: &[ContactId],
    ) -> PortResult<Wishes>;
    /// Where people stand with topics, on one channel. Pairs whose topic or contact is gone are left
    /// out.
    async fn standings(
        &self,
        org: OrgId,
        channel: Channel,
        pairs: &[(ContactId, TopicId)],
    ) -> PortResult<Vec<Standing>>;
    /// Takes wishes down. They hold when it returns.
    async fn withdraw(&self, org: OrgId, withdrawals: &[Withdrawal]) -> PortResult<()>;
    /// Takes down that somebody changed their mind about what they had withdrawn by a link.
    async fn grant_again(&self, org: OrgId, withdrawals: &[Withdrawal]) -> PortResult<()>;
}

/// A person as other contexts have to look for them.
#[derive(Clone, Debug)]
pub struct DataSubject {
    /// `con_…`
    pub contact: ContactId,
    /// Every address that is known to be theirs.
    pub addresses: Vec<EmailAddress>,
    /// What each of the addresses is replaced by when it has to be remembered that it may not be
    /// written to; in the same order.
    pub pseudonyms: Vec<EmailAddress>,
    /// Every phone number that is known to be theirs, each with what it is replaced by.
    pub numbers: Vec<(PhoneNumber, EmailAddress)>,
}

/// What a context knows of people. Implemented by every context that keeps personal data.
#[async_trait]
pub trait PersonalData: Send + Sync {
    /// The context's name: the key of its part of an export.
    fn name(&self) -> &'static str;
    /// Everything that is known of each, in the order given.
    async fn export(&self, org: OrgId, people: &[DataSubject]) -> PortResult<Vec<serde_json::Value>>;
    /// Forgets them. What was counted stays counted. Doing it again changes nothing.
    async fn erase(&self, org: OrgId, people: &[DataSubject]) -> PortResult<()>;
}

/// A topic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Topic {
    /// `top_…`
    #[schema(value_type = String, example = "top_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: TopicId,
    /// The word in imports: small letters, digits and `_`.
    pub key: String,
    /// What people read.
    pub name: String,
    /// A sentence about it; may be empty.
    pub description: String,
    /// The ways in which it is written about.
    pub channels: Vec<Channel>,
    /// What holds for people who never said anything: `subscribed` or `unsubscribed`.
    pub initial: &'static str,
    /// Whether the preference centre shows it.
    pub public: bool,
    /// Whether agreeing counts only once it was confirmed by mail.
    pub double_opt_in: bool,
    /// The words that people see when they agree; may be empty.
    pub consent_text: String,
    /// How often the words were changed.
    pub text_version: i32,
    /// Where it stands among the others, from 0.
    pub position: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A topic to be made. Its key stays as it is for ever.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicInput {
    /// Made from the name when absent.
    #[serde(default)]
    pub key: Option<String>,
    /// What people read.
    pub name: String,
    /// A sentence about it.
    #[serde(default)]
    pub description: String,
    /// Only `email` when absent.
    #[serde(default)]
    pub channels: Option<Vec<Channel>>,
    /// `subscribed` or `unsubscribed`; the latter when absent.
    #[serde(default)]
    pub initial: Option<String>,
    /// Whether the preference centre shows it; it does when absent.
    #[serde(default)]
    pub public: Option<bool>,
    /// Whether agreeing counts only once it was confirmed by mail.
    #[serde(default)]
    pub double_opt_in: bool,
    /// The words that people see when they agree.
    #[serde(default)]
    pub consent_text: String,
}

/// What changes of a topic; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TopicPatch {
    /// What people read.
    pub name: Option<String>,
    /// A sentence about it.
    pub description: Option<String>,
    /// The ways in which it is written about.
    pub channels: Option<Vec<Channel>>,
    /// `subscribed` or `unsubscribed`.
    pub initial: Option<String>,
    /// Whether the preference centre shows it.
    pub public: Option<bool>,
    /// Whether agreeing counts only once it was confirmed by mail.
    pub double_opt_in: Option<bool>,
    /// The words that people see when they agree. Other words make another version.
    pub consent_text: Option<String>,
    /// Where it is to stand among the others, from 0.
    pub position: Option<i32>,
}

/// Where a contact stands with a topic on a channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Subscription {
    /// `top_…`
    #[schema(value_type = String)]
    pub topic_id: TopicId,
    /// The topic's key.
    pub topic: String,
    /// On which channel.
    pub channel: Channel,
    /// `subscribed`, `pending` or `unsubscribed`.
    pub state: &'static str,
    /// When the contact last said something; `null` when they never did, and the topic's own rule
    /// holds.
    pub at: Option<Timestamp>,
}

/// What a contact said of a topic.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionInput {
    /// The topic's key or id.
    pub topic: String,
    /// `email` when absent.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// `subscribed` or `unsubscribed`. A topic with double opt-in becomes `pending` first.
    pub state: String,
    /// `consent`, `legitimate_interest`, `contract`, `legal_obligation` or `unknown`; `consent` when
    /// absent.
    #[serde(default)]
    pub basis: Option<String>,
    /// What for; the topic's name when absent.
    #[serde(default)]
    pub purpose: Option<String>,
    /// The words that the person saw; the topic's own when absent.
    #[serde(default)]
    pub text: Option<String>,
    /// Which version of them.
    #[serde(default)]
    pub text_version: Option<String>,
    /// The network address that it was said from. Stored without its last part.
    #[serde(default)]
    pub ip: Option<String>,
    /// The person confirmed it elsewhere already: `true` subscribes at once also where the topic
    /// asks for a double opt-in.
    #[serde(default)]
    pub confirmed: bool,
    /// When it was said; now when absent. Of two statements the later one holds.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// What a contact said of topics.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionInputs {
    /// Up to 100.
    pub subscriptions: Vec<SubscriptionInput>,
}

/// An entry of the ledger of consent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Consent {
    /// `cns_…`
    #[schema(value_type = String)]
    pub id: ConsentId,
    /// When it was said.
    pub at: Timestamp,
    /// Of what; `null` is all marketing on the channel.
    #[schema(value_type = Option<String>)]
    pub topic_id: Option<TopicId>,
    /// On which channel.
    pub channel: Channel,
    /// `granted`, `requested`, `withdrawn` or `expired`.
    pub action: &'static str,
    /// `consent`, `legitimate_interest`, `contract`, `legal_obligation` or `unknown`.
    pub basis: &'static str,
    /// What for.
    pub purpose: String,
    /// Which wording the person saw.
    pub text_version: String,
    /// The wording.
    pub text: String,
    /// Where it was said: `preferences`, `form`, `import`, `api`, `user`, `bulk`, `unsubscribe_link`,
    /// `confirmation`…
    pub source: String,
    /// From which network address, shortened; may be empty.
    pub ip: String,
    /// Who took it down: `user`, `api_key`, `person` or `system`.
    pub actor: String,
}

/// Whether a contact may be written to on a channel at all.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DoNotContact {
    /// On which channel.
    pub channel: Channel,
    /// `unsubscribed`, `hard_bounce`, `soft_bounces`, `complaint` or `manual`.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

/// That somebody is not to be contacted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DoNotContactInput {
    /// `manual` (when absent) or `unsubscribed`.
    pub reason: Option<String>,
    /// Why, in a person's words.
    pub note: Option<String>,
}

/// Why somebody may be contacted again.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
pub struct LiftQuery {
    /// In a person's words.
    pub note: Option<String>,
}

/// An erasure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Erasure {
    /// Of whom.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When everything was gone; `null` until then.
    pub finished_at: Option<Timestamp>,
}

/// Topics.
pub const TOPICS: Route0 = Route0::new("/app/settings/topics");
/// The form for a new one.
pub const TOPIC_NEW: Route0 = Route0::new("/app/settings/topics/new");
/// One topic.
pub const TOPIC: Route1<TopicId> = Route1::new("/app/settings/topics/{id}");
/// `POST` moves it up or down.
pub const TOPIC_POSITION: Route1<TopicId> = Route1::new("/app/settings/topics/{id}/position");
/// Asks; `POST` deletes it.
pub const TOPIC_DELETION: Route1<TopicId> = Route1::new("/app/settings/topics/{id}/deletion");
/// The looks and words of the preference centre, and who was erased.
pub const PRIVACY: Route0 = Route0::new("/app/settings/privacy");
/// What a contact agreed to, with the proof of it.
pub const CONTACT_CONSENT: Route1<ContactId> = Route1::new("/app/contacts/{id}/consent");
/// `POST` notes what the contact said of a topic.
pub const CONTACT_SUBSCRIPTION: Route1<ContactId> = Route1::new("/app/contacts/{id}/subscription");
/// `POST` sets or lifts a do-not-contact.
pub const CONTACT_DO_NOT_CONTACT: Route1<ContactId> = Route1::new("/app/contacts/{id}/do-not-contact");
/// Everything that is known of a contact, as a page.
pub const CONTACT_EXPORT: Route1<ContactId> = Route1::new("/app/contacts/{id}/export");
/// The same as a file.
pub const CONTACT_EXPORT_FILE: Route1<ContactId> = Route1::new("/app/contacts/{id}/export.json");
/// Asks; `POST` erases.
pub const CONTACT_ERASURE: Route1<ContactId> = Route1::new("/app/contacts/{id}/erasure");

/// The preference centre; public.
pub const PREFERENCES: Route1<String> = Route1::new("/preferences/{token}");
/// Asks for the file of everything that is known; public.
pub const PREFERENCES_EXPORT: Route1<String> = Route1::new("/preferences/{token}/export");
/// Asks; `POST` sends the mail that leads to [`DATA_ERASURE`]; public.
pub const PREFERENCES_ERASURE: Route1<String> = Route1::new("/preferences/{token}/erasure");
/// The page behind the mail of a double opt-in; public.
pub const CONFIRMATION: Route1<String> = Route1::new("/confirm/{token}");
/// The page behind the mail of an export; public.
pub const DATA_EXPORT: Route1<String> = Route1::new("/my-data/{token}");
/// The page behind the mail of an erasure; `POST` erases; public.
pub const DATA_ERASURE: Route1<String> = Route1::new("/erase-my-data/{token}");

/// Topics by the API.
pub const API_TOPICS: Route0 = Route0::new("/api/v1/topics");
/// One topic by the API.
pub const API_TOPIC: Route1<TopicId> = Route1::new("/api/v1/topics/{id}");
/// Where a contact stands with the topics; `POST` takes down what they said.
pub const API_CONTACT_SUBSCRIPTIONS: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/subscriptions");
/// How a contact wants to be written to.
pub const API_CONTACT_PREFERENCES: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/preferences");
/// What holds for who chose nothing.
pub const API_PREFERENCE_DEFAULTS: Route0 = Route0::new("/api/v1/preference-defaults");
/// The ledger of a contact.
pub const API_CONTACT_CONSENTS: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/consents");
/// The channels on which a contact is not to be contacted.
pub const API_DO_NOT_CONTACTS: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/do_not_contact");
/// One of them.
pub const API_DO_NOT_CONTACT: Route2<ContactId, String> =
    Route2::new("/api/v1/contacts/{id}/do_not_contact/{channel}");
/// Everything that is known of a contact.
pub const API_CONTACT_EXPORT: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/export");
/// `POST` erases a contact.
pub const API_CONTACT_ERASURE: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/erasure");

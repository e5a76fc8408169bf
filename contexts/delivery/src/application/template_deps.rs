use std::sync::Arc;

use contracts::{
    PortResult,
    crm::{ContactSnapshot, ContactSnapshots, consent::Consents, preview::PreviewPeople},
    delivery::MessageIntake,
    identity::Organizations,
};
use kernel::{Clock, ContactId, MessageId, OrgId, Timestamp, UserId};
use platform::{Db, egress::Egress};

use super::compiled_templates::CompiledTemplates;
use crate::domain::{
    template::{MergeData, MessageLinks, OrganizationFacts, Tracking, sample_contact},
    tracking::LinkSigner,
};

/// What the use cases of templates, web views and unsubscribing work with.
#[derive(Clone)]
pub struct TemplateDeps {
    /// The database.
    pub db: Db,
    /// The clock, for requests behind which nobody stands.
    pub clock: Arc<dyn Clock>,
    /// Names and addresses of senders.
    pub organizations: Arc<dyn Organizations>,
    /// Contacts to preview as.
    pub contacts: Arc<dyn ContactSnapshots>,
    /// Where people stand with topics, and takes down what they want.
    pub consents: Arc<dyn Consents>,
    /// Takes tests in.
    pub intake: Arc<dyn MessageIntake>,
    /// Versions that are ready to render.
    pub compiled: CompiledTemplates,
    /// Makes and reads the links of messages.
    pub signer: Arc<LinkSigner>,
    /// People to go through in previews; without it only a search finds them.
    pub people: Option<Arc<dyn PreviewPeople>>,
    /// Tries links.
    pub egress: Egress,
}

/// Who works on templates.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// For which organisation.
    pub org: OrgId,
    /// Who; `None` for a program.
    pub user: Option<UserId>,
    /// When.
    pub now: Timestamp,
}

impl TemplateDeps {
    /// What a mail of this organisation to this contact is made from; `campaign` is the campaign's
    /// name, or empty.
    pub(super) async fn merge_data(
        &self,
        org: OrgId,
        contact: ContactSnapshot,
        campaign: &str,
    ) -> PortResult<MergeData> {
        let organization = self.organization(org).await?;
        Ok(MergeData {
            contact: Arc::new(contact),
            organization: Arc::new(organization),
            campaign: campaign.into(),
            catalogue: Arc::default(),
            data: Arc::default(),
        })
    }

    /// The same for many people at once, without a campaign.
    pub(super) async fn merge_data_of_all(
        &self,
        org: OrgId,
        contacts: Vec<ContactSnapshot>,
    ) -> PortResult<Vec<MergeData>> {
        let organization = Arc::new(self.organization(org).await?);
        Ok(contacts
            .into_iter()
            .map(|contact| MergeData {
                contact: Arc::new(contact),
                organization: Arc::clone(&organization),
                campaign: "".into(),
                catalogue: Arc::default(),
                data: Arc::default(),
            })
            .collect())
    }

    async fn organization(&self, org: OrgId) -> PortResult<OrganizationFacts> {
        let profile = self.organizations.profiles(&[org]).await?.pop();
        Ok(
            profile.map_or_else(OrganizationFacts::default, |profile| OrganizationFacts {
                name: profile.name,
                postal_address: profile.postal_address,
            }),
        )
    }

    /// What an organisation is called.
    pub async fn sender_name(&self, org: OrgId) -> PortResult<String> {
        Ok(self.organization(org).await?.name)
    }

    /// The contact, or a made-up person when none is named or it is gone.
    pub(super) async fn contact_or_sample(
        &self,
        org: OrgId,
        contact: Option<ContactId>,
    ) -> PortResult<ContactSnapshot> {
        let found = match contact {
            Some(id) => self.contacts.snapshots(org, &[id]).await?.pop(),
            None => None,
        };
        Ok(found.unwrap_or_else(sample_contact))
    }

    /// Links of a message that is only looked at.
    pub(super) fn plain_links(&self, org: OrgId, message: MessageId) -> MessageLinks {
        MessageLinks {
            signer: Arc::clone(&self.signer),
            org,
            message,
            topic: None,
            tracking: Tracking::Off,
        }
    }
}

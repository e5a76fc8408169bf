//! The visual editor of mails, and the checks that look beyond the template.

use kernel::{Route0, Route1, SegmentId, TemplateId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The visual editor; `POST` opens what is in the code editor, saved or not.
pub const TEMPLATE_VISUAL: Route1<TemplateId> = Route1::new("/app/templates/{id}/visual");
/// `POST` opens what is in the visual editor as code, saved or not.
pub const TEMPLATE_CODE: Route1<TemplateId> = Route1::new("/app/templates/{id}/code");
/// `POST` what is in the editor; answers with where its links lead.
pub const TEMPLATE_LINK_CHECK: Route0 = Route0::new("/ui/delivery/templates/link-check");
/// `POST` tries the links of a template.
pub const API_TEMPLATE_LINK_CHECKS: Route1<TemplateId> = Route1::new("/api/v1/templates/{id}/link-checks");
/// `POST` counts for how many people the fields of a template are empty.
pub const API_TEMPLATE_AUDIENCE_CHECKS: Route1<TemplateId> =
    Route1::new("/api/v1/templates/{id}/audience-checks");

/// Where the links of a template lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkChecks {
    /// One for each address that nothing is filled into, in the order of the source.
    pub links: Vec<LinkCheck>,
    /// How many more there are that were not tried.
    pub skipped: usize,
}

/// Where one link leads.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkCheck {
    /// The address.
    pub url: String,
    /// Where it first stands in the body, from 1.
    pub line: u32,
    /// `ok`, `redirect`, `unclear` (it answers, but not to programs), `broken`, `unreachable` or
    /// `refused` (it leads into a private network, or is none).
    pub outcome: String,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
}

/// Among whom to count.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AudienceCheckRequest {
    /// The members of this segment; absent: all contacts.
    #[schema(value_type = Option<String>)]
    pub segment_id: Option<SegmentId>,
}

/// For how many people the fields of a template are empty.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AudienceCheck {
    /// So many people were looked at: the newest ones.
    pub sample: usize,
    /// Fields that some of them lack, those that most lack first.
    pub empty: Vec<EmptyField>,
}

/// A field that some people lack.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EmptyField {
    /// As in the template: `contact.first_name`.
    pub field: String,
    /// How many of the sample lack it.
    pub people: usize,
    /// Of the sample, in percent, rounded up.
    pub percent: usize,
}

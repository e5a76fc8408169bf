//! The people that a template is previewed and checked for.

use contracts::{
    PortResult,
    crm::{
        ContactSnapshot, SegmentSummary,
        preview::{Direction, PreviewStep},
    },
};
use kernel::{ContactId, MessageId, OrgId, SegmentId};
use uuid::Uuid;

use super::{
    preview_template::NoPreview,
    save_template::{NotSaved, compile},
    template_deps::TemplateDeps,
};
use crate::domain::template::{CompiledTemplate, EmptyShare, TemplateSource, empty_shares};

/// So many people are looked at to say which fields are empty.
pub const SAMPLE: i64 = 200;

/// Among whom people are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewAudience {
    /// All contacts.
    Everybody,
    /// The members of a segment.
    Segment(SegmentId),
}

impl PreviewAudience {
    /// `all`, or the id of a segment; anything else is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::Everybody),
            other => other.parse().ok().map(Self::Segment),
        }
    }

    const fn segment(self) -> Option<SegmentId> {
        match self {
            Self::Everybody => None,
            Self::Segment(id) => Some(id),
        }
    }
}

/// Fields that some people lack, and of how many people that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceFindings {
    /// So many people were looked at.
    pub sample: usize,
    /// Those that most lack first.
    pub empty: Vec<EmptyShare>,
}

/// Segments to choose from; none when nobody can be asked.
pub async fn preview_segments(deps: &TemplateDeps, org: OrgId) -> PortResult<Vec<SegmentSummary>> {
    match &deps.people {
        Some(people) => people.segments(org).await,
        None => Ok(Vec::new()),
    }
}

/// Who comes next. Without a direction it is the same one again, or the first when there is none.
/// At an end it is the same one again.
pub async fn step_preview(
    deps: &TemplateDeps,
    org: OrgId,
    audience: PreviewAudience,
    from: Option<ContactId>,
    direction: Option<Direction>,
) -> PortResult<Option<ContactId>> {
    let Some(people) = &deps.people else {
        return Ok(from);
    };
    if from.is_some() && direction.is_none() {
        return Ok(from);
    }
    let step = PreviewStep {
        segment: audience.segment(),
        from,
        direction: direction.unwrap_or(Direction::Forward),
    };
    let next = people.people(org, step, 1).await?.pop();
    Ok(next.map(|contact| contact.id).or(from))
}

/// Counts among the newest people of an audience for how many a source's fields are empty.
pub async fn check_audience(
    deps: &TemplateDeps,
    org: OrgId,
    source: TemplateSource,
    audience: PreviewAudience,
) -> Result<AudienceFindings, NoPreview> {
    let compiled = match compile(source).await {
        Ok((_, compiled)) => compiled,
        Err(NotSaved::Faults(faults)) => return Err(NoPreview::Faults(faults)),
        Err(_) => return Err(NoPreview::NotFound),
    };
    let step = PreviewStep {
        segment: audience.segment(),
        from: None,
        direction: Direction::Forward,
    };
    let people = match &deps.people {
        Some(people) => people.people(org, step, SAMPLE).await?,
        None => Vec::new(),
    };
    count(deps, org, &compiled, people).await
}

async fn count(
    deps: &TemplateDeps,
    org: OrgId,
    compiled: &CompiledTemplate,
    people: Vec<ContactSnapshot>,
) -> Result<AudienceFindings, NoPreview> {
    let sample = people.len();
    let data = deps.merge_data_of_all(org, people).await?;
    let links = deps.plain_links(org, MessageId::from_uuid(Uuid::nil()));
    Ok(AudienceFindings {
        sample,
        empty: empty_shares(compiled, &data, &links),
    })
}

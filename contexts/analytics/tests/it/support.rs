use std::sync::{Arc, Mutex};

use analytics::{Analytics, Needs};
use async_trait::async_trait;
use contracts::{
    PortError, PortResult, PublicEvent,
    analytics::{Attention, AttentionItem, Statistics},
    crm::{ContactSnapshot, SegmentSummary, Segments},
    delivery::{Engagement, MessageRef, RenderedMail, TemplateSummary, Templates},
};
use kernel::{ContactId, MessageId, OrgId, SegmentId, TemplateVersionId, Timestamp};
use testkit::TestApp;

/// What other contexts say in these tests.
#[derive(Default)]
pub struct Others {
    pub attention: Mutex<Vec<AttentionItem>>,
    pub segments: Mutex<Vec<SegmentSummary>>,
    broken: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Attention for Others {
    async fn attention(&self, _: OrgId) -> PortResult<Vec<AttentionItem>> {
        if self.broken.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(PortError::failed("does not answer"));
        }
        Ok(self.attention.lock().unwrap().clone())
    }
}

#[async_trait]
impl Segments for Others {
    async fn segments(&self, _: OrgId) -> PortResult<Vec<SegmentSummary>> {
        Ok(self.segments.lock().unwrap().clone())
    }
}

#[async_trait]
impl Templates for Others {
    async fn templates(&self, _: OrgId) -> PortResult<Vec<TemplateSummary>> {
        Ok(Vec::new())
    }
    async fn preview(&self, _: OrgId, _: TemplateVersionId, _: &ContactSnapshot) -> PortResult<RenderedMail> {
        Err(PortError::NotFound)
    }
}

impl Others {
    pub fn break_attention(&self) {
        self.broken.store(true, std::sync::atomic::Ordering::SeqCst);
    }

    pub fn has_a_segment(&self) {
        let summary = SegmentSummary {
            id: SegmentId::generate(),
            name: "Everybody".to_owned(),
            members: 1,
        };
        self.segments.lock().unwrap().push(summary);
    }
}

pub async fn app() -> (TestApp, Arc<Others>, Arc<dyn Statistics>) {
    let others = Arc::new(Others::default());
    let mut statistics: Option<Arc<dyn Statistics>> = None;
    let app = TestApp::start(&["analytics"], |deps, _| {
        let analytics = Analytics::new(deps);
        statistics = Some(analytics.statistics());
        let needs = Needs {
            attention: vec![others.clone()],
            segments: others.clone(),
            templates: others.clone(),
        };
        vec![analytics.module(needs)]
    })
    .await;
    (app, others, statistics.unwrap())
}

/// Another context told this.
pub async fn told<E: PublicEvent>(app: &TestApp, org: OrgId, event: E) {
    let mut tx = app.deps.db.tenant(org).await.unwrap();
    tx.record(org, &event).await.unwrap();
    tx.commit().await.unwrap();
}

pub fn message(at: Timestamp) -> MessageRef {
    MessageRef {
        message: MessageId::generate(),
        contact: ContactId::generate(),
        at,
    }
}

pub fn click(at: Timestamp, url: &str, first: bool, first_for_message: bool) -> Engagement {
    Engagement {
        message: message(at),
        first,
        first_for_message,
        url: Some(url.to_owned()),
    }
}

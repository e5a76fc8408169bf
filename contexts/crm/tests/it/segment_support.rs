//! People to make segments of.

use std::sync::Arc;

use contracts::crm::{API_SEGMENTS, Audience, CrmEvent, Segments};
use crm::Crm;
use http::Method;
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, ContactId, OrgId, SegmentId, Timestamp};
use serde_json::{Value, json};
use testkit::TestApp;
use uuid::Uuid;

/// The program with crm alone, and its ports.
pub struct Segmented {
    pub app: TestApp,
    pub audience: Arc<dyn Audience>,
    pub segments: Arc<dyn Segments>,
}

impl Segmented {
    pub async fn start() -> Self {
        let mut ports = None;
        let app = TestApp::start(&["crm"], |deps, organizations| {
            let crm = Crm::new(deps, organizations.clone());
            ports = Some((crm.audience(), crm.segments()));
            vec![crm.module()]
        })
        .await;
        let (audience, segments) = ports.expect("the modules were made");
        Self {
            app,
            audience,
            segments,
        }
    }

    pub fn contact<'a>(&'a self, name: &'a str) -> NewContact<'a> {
        NewContact {
            of: self,
            org: self.app.org,
            name,
            email: Some(format!("{name}@example.com")),
            city: "",
            tags: &[],
            attributes: json!({}),
        }
    }

    /// Makes a segment by the API and returns its id.
    pub async fn segment(&self, name: &str, rule: Value) -> SegmentId {
        let body = json!({"name": name, "rule": rule});
        let answer = self
            .app
            .program()
            .json(Method::POST, API_SEGMENTS.url(), &body)
            .await
            .expect(201);
        answer.json()["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a segment's id")
    }

    /// The names of the members, as the API lists them, sorted.
    pub async fn members(&self, id: SegmentId) -> Vec<String> {
        let url = contracts::crm::API_SEGMENT_MEMBERS.url(&id);
        let page = self.app.program().get(url).await.expect(200).json();
        let mut names: Vec<String> = page["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|member| member["name"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        names
    }

    /// What everybody else does when they change a contact: the row, and the fact.
    pub async fn set_city(&self, id: ContactId, city: &str) {
        let mut tx = self.app.deps.db.system().await.unwrap();
        sqlx::query("UPDATE crm.contacts SET city = $1, updated_at = now() WHERE id = $2")
            .bind(city)
            .bind(id.uuid())
            .execute(tx.conn())
            .await
            .unwrap();
        let fact = CrmEvent::ContactsUpdated {
            contacts: vec![id],
            changed: vec!["city".to_owned()],
        };
        tx.record(self.app.org, &fact).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn delete_contact(&self, id: ContactId) {
        let mut tx = self.app.deps.db.system().await.unwrap();
        sqlx::query("DELETE FROM crm.contacts WHERE id = $1")
            .bind(id.uuid())
            .execute(tx.conn())
            .await
            .unwrap();
        tx.record(self.app.org, &CrmEvent::ContactsDeleted { contacts: vec![id] })
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn suppress(&self, email: &str, reason: &str) {
        sqlx::query("INSERT INTO crm.do_not_contact VALUES ($1, 'email', $2, $3, now())")
            .bind(self.app.org.uuid())
            .bind(email)
            .bind(reason)
            .execute(self.app.deps.db.work_pool())
            .await
            .unwrap();
    }

    pub async fn happened(&self, id: ContactId, name: &str, at: Timestamp, campaign: Option<CampaignId>) {
        sqlx::query(
            "INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, campaign_id) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.app.org.uuid())
        .bind(id.uuid())
        .bind(at.to_sqlx())
        .bind(Uuid::now_v7())
        .bind(name)
        .bind(campaign.map(CampaignId::uuid))
        .execute(self.app.deps.db.work_pool())
        .await
        .unwrap();
    }

    /// All facts about who entered and left a segment, in their order.
    pub async fn told(&self, id: SegmentId) -> Vec<(Vec<ContactId>, Vec<ContactId>)> {
        let rows: Vec<Value> =
            sqlx::query_scalar("SELECT payload FROM platform.outbox WHERE topic = 'crm' ORDER BY xid, seq")
                .fetch_all(self.app.deps.db.work_pool())
                .await
                .unwrap();
        rows.into_iter()
            .filter_map(|row| match serde_json::from_value(row).unwrap() {
                CrmEvent::SegmentMembershipChanged {
                    segment,
                    entered,
                    left,
                } if segment == id => Some((entered, left)),
                _ => None,
            })
            .collect()
    }
}

/// A contact in the making.
pub struct NewContact<'a> {
    of: &'a Segmented,
    org: OrgId,
    name: &'a str,
    email: Option<String>,
    city: &'a str,
    tags: &'a [&'a str],
    attributes: Value,
}

impl<'a> NewContact<'a> {
    pub fn in_organization(mut self, org: OrgId) -> Self {
        self.org = org;
        self
    }
    pub fn without_email(mut self) -> Self {
        self.email = None;
        self
    }
    pub fn city(mut self, city: &'a str) -> Self {
        self.city = city;
        self
    }
    pub fn tags(mut self, tags: &'a [&'a str]) -> Self {
        self.tags = tags;
        self
    }
    pub fn attributes(mut self, attributes: Value) -> Self {
        self.attributes = attributes;
        self
    }

    /// Writes it, and tells it as everybody does.
    pub async fn create(self) -> ContactId {
        let id = ContactId::generate();
        let mut tx = self.of.app.deps.db.system().await.unwrap();
        sqlx::query(
            r#"
            INSERT INTO crm.contacts
                (org_id, id, email, first_name, city, tags, attributes, source, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'manual', $8, $8)
            "#,
        )
        .bind(self.org.uuid())
        .bind(id.uuid())
        .bind(self.email)
        .bind(self.name)
        .bind(self.city)
        .bind(self.tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
        .bind(self.attributes)
        .bind(tx.now().to_sqlx())
        .execute(tx.conn())
        .await
        .unwrap();
        let fact = CrmEvent::ContactsCreated {
            contacts: vec![id],
            source: "manual".to_owned(),
        };
        tx.record(self.org, &fact).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

pub fn city(name: &str) -> Value {
    json!({"field": "city", "operator": "is", "value": name})
}

pub fn tagged(tag: &str) -> Value {
    json!({"field": "tags", "operator": "has_any_of", "value": [tag]})
}

pub fn in_segment(id: SegmentId) -> Value {
    json!({"field": "segment", "operator": "is_in", "value": id})
}

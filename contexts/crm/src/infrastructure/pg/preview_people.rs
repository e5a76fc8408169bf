//! Contacts one after the other, for previews.

use contracts::crm::preview::{Direction, PreviewStep};
use kernel::{ContactId, SegmentId};
use platform::DbError;

use super::{
    CrmTx,
    contacts::{Row, contact_columns},
};
use crate::domain::contact::Contact;

macro_rules! contacts {
    () => {
        " FROM crm.contacts AS c WHERE c.org_id = $1 AND $2::uuid IS NULL"
    };
}

macro_rules! members {
    () => {
        " FROM crm.segment_members AS m
        JOIN crm.contacts AS c ON c.org_id = m.org_id AND c.id = m.contact_id
        WHERE m.org_id = $1 AND m.segment_id = $2"
    };
}

// One statement for each direction, since an index is walked from one end or the other.
const CONTACTS_FORWARD: &str = concat!(
    "SELECT ",
    contact_columns!(),
    contacts!(),
    " AND ($3::uuid IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $4"
);
const CONTACTS_BACKWARD: &str = concat!(
    "SELECT ",
    contact_columns!(),
    contacts!(),
    " AND ($3::uuid IS NULL OR c.id > $3) ORDER BY c.id ASC LIMIT $4"
);
const MEMBERS_FORWARD: &str = concat!(
    "SELECT ",
    contact_columns!(),
    members!(),
    " AND ($3::uuid IS NULL OR m.contact_id < $3) ORDER BY m.contact_id DESC LIMIT $4"
);
const MEMBERS_BACKWARD: &str = concat!(
    "SELECT ",
    contact_columns!(),
    members!(),
    " AND ($3::uuid IS NULL OR m.contact_id > $3) ORDER BY m.contact_id ASC LIMIT $4"
);

impl CrmTx {
    /// At most so many people in the direction of the step, the nearest first.
    pub async fn preview_people(&mut self, step: PreviewStep, limit: i64) -> Result<Vec<Contact>, DbError> {
        let statement = match (step.segment, step.direction) {
            (None, Direction::Forward) => CONTACTS_FORWARD,
            (None, Direction::Backward) => CONTACTS_BACKWARD,
            (Some(_), Direction::Forward) => MEMBERS_FORWARD,
            (Some(_), Direction::Backward) => MEMBERS_BACKWARD,
        };
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(statement)
            .bind(org)
            .bind(step.segment.map(SegmentId::uuid))
            .bind(step.from.map(ContactId::uuid))
            .bind(limit)
            .fetch_all(self.conn())
            .await?;
        rows.into_iter().map(Contact::try_from).collect()
    }
}

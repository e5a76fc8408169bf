//! crm.contact_preferences and crm.do_not_contact as people and operators set them for a contact.

use contracts::{
    crm::{
        CrmEvent,
        consent::{Channel, Frequency},
    },
    delivery::Address,
    event::MAX_ITEMS,
};
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::{CrmTx, do_not_contact::DoNotContact};
use crate::domain::consent::Actor;

/// What somebody chose beside their topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    pub preferred_channel: Option<Channel>,
    /// Nothing is sent before.
    pub paused_until: Option<Timestamp>,
    /// No more than this.
    pub frequency: Option<Frequency>,
}

type PreferencesRow = (
    Option<String>,
    Option<jiff_sqlx::Timestamp>,
    Option<i16>,
    Option<i16>,
);

/// An entry of the log of do-not-contacts.
#[derive(Clone, Debug)]
pub struct DoNotContactChange {
    pub at: Timestamp,
    pub channel: Channel,
    pub set: bool,
    pub reason: String,
    pub note: String,
    pub actor: String,
}

/// Why and by whom a do-not-contact is set or lifted.
#[derive(Clone, Debug)]
pub struct DoNotContactCause<'a> {
    /// `manual` or `unsubscribed`; of a lift, the only reason that is lifted, or all of them.
    pub reason: Option<&'a str>,
    /// In a person's words; may be empty.
    pub note: &'a str,
    pub actor: Actor,
}

/// The address of a contact `c` on the channel `$3`.
macro_rules! address {
    () => {
        r#"CASE $3 WHEN 'email' THEN c.email
                   WHEN 'sms' THEN CASE WHEN c.phone ~ '[0-9].*[0-9].*[0-9].*[0-9].*[0-9]'
                                        THEN regexp_replace(c.phone, '(?!^\+)[^0-9]', '', 'g') END
                   ELSE c.id::text END"#
    };
}

impl CrmTx {
    /// What a contact chose.
    pub async fn preferences(&mut self, contact: ContactId) -> Result<Preferences, DbError> {
        let org = self.org.uuid();
        let row: Option<PreferencesRow> = sqlx::query_as(
            r#"
            SELECT preferred_channel, paused_until, frequency_most, frequency_days
            FROM crm.contact_preferences WHERE org_id = $1 AND contact_id = $2
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(
            row.map_or_else(Preferences::default, |(channel, until, most, days)| Preferences {
                preferred_channel: channel.as_deref().and_then(Channel::parse),
                paused_until: until.map(jiff_sqlx::Timestamp::to_jiff),
                frequency: most.zip(days).map(|(most, days)| Frequency { most, days }),
            }),
        )
    }

    /// Writes what a contact chose.
    pub async fn save_preferences(
        &mut self,
        contact: ContactId,
        preferences: &Preferences,
    ) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(
            r#"
            INSERT INTO crm.contact_preferences
                (org_id, contact_id, preferred_channel, paused_until, frequency_most, frequency_days, updated_at)
            SELECT $1, id, $3, $4, $6, $7, $5 FROM crm.contacts WHERE org_id = $1 AND id = $2
            ON CONFLICT (org_id, contact_id) DO UPDATE
            SET preferred_channel = excluded.preferred_channel,
                paused_until = excluded.paused_until,
                frequency_most = excluded.frequency_most,
                frequency_days = excluded.frequency_days,
                updated_at = excluded.updated_at
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(preferences.preferred_channel.map(Channel::as_str))
        .bind(preferences.paused_until.map(ToSqlx::to_sqlx))
        .bind(now.to_sqlx())
        .bind(preferences.frequency.map(|frequency| frequency.most))
        .bind(preferences.frequency.map(|frequency| frequency.days))
        .execute(self.conn())
        .await?;
        self.watch_consent(&[contact]).await
    }

    /// On which channels a contact is not to be contacted, and why.
    pub async fn do_not_contacts(
        &mut self,
        contact: ContactId,
    ) -> Result<Vec<(Channel, DoNotContact)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(String, String, jiff_sqlx::Timestamp)> = sqlx::query_as(
            r#"
            SELECT d.channel, d.reason, d.at
            FROM crm.contacts AS c
            JOIN crm.do_not_contact AS d ON d.org_id = $1 AND (d.channel, d.address) IN (
                ('email', c.email),
                ('sms', regexp_replace(c.phone, '(?!^\+)[^0-9]', '', 'g')),
                ('push', c.id::text))
            WHERE c.org_id = $1 AND c.id = $2
            ORDER BY d.channel
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(channel, reason, at)| {
                let at = at.to_jiff();
                Some((Channel::parse(&channel)?, DoNotContact { reason, at }))
            })
            .collect())
    }

    /// Notes that contacts are not to be contacted on a channel, and tells it; the first reason
    /// stays. Those who cannot be reached there are passed over. Returns for whom it is so now,
    /// also when it was before.
    pub async fn set_do_not_contact(
        &mut self,
        contacts: &[ContactId],
        channel: Channel,
        cause: &DoNotContactCause<'_>,
    ) -> Result<Vec<ContactId>, DbError> {
        let (org, now, ids) = (self.org.uuid(), self.now(), uuids(contacts));
        let reason = cause.reason.unwrap_or("manual");
        let rows: Vec<(Uuid, String, bool)> = sqlx::query_as(concat!(
            "WITH who AS MATERIALIZED (SELECT c.id, ",
            address!(),
            r#" AS address
                FROM crm.contacts AS c
                WHERE c.org_id = $1 AND c.id = ANY($2)
            ), added AS (
                INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
                SELECT DISTINCT $1, $3, address, $4, $5 FROM who WHERE address IS NOT NULL
                ON CONFLICT DO NOTHING
                RETURNING address
            ), logged AS (
                INSERT INTO crm.do_not_contact_log
                    (org_id, contact_id, at, id, channel, action, reason, note, actor, actor_id)
                SELECT $1, who.id, $5, gen_random_uuid(), $3, 'set', $4, $6, $7, $8
                FROM who JOIN added ON added.address = who.address
            )
            SELECT who.id, who.address, added.address IS NOT NULL
            FROM who LEFT JOIN added ON added.address = who.address
            WHERE who.address IS NOT NULL
            "#
        ))
        .bind(org)
        .bind(&ids)
        .bind(channel.as_str())
        .bind(reason)
        .bind(now.to_sqlx())
        .bind(cause.note)
        .bind(cause.actor.as_str())
        .bind(cause.actor.id())
        .fetch_all(self.conn())
        .await?;
        // Told also when it is nothing new here: delivery keeps each reason by itself.
        let addresses = told(channel, rows.iter().map(|(_, address, _)| address.as_str()));
        let events: Vec<CrmEvent> = addresses
            .chunks(MAX_ITEMS)
            .map(|some| CrmEvent::DoNotContactSet {
                channel,
                reason: reason.to_owned(),
                addresses: some.to_vec(),
            })
            .collect();
        self.record(&events).await?;
        let concerned: Vec<ContactId> = rows.into_iter().map(|(id, ..)| id.into()).collect();
        self.watch_consent(&concerned).await?;
        Ok(concerned)
    }

    /// Lifts do-not-contacts of a channel, writes who and why into the log, and tells it. Returns of
    /// whom one was lifted.
    pub async fn lift_do_not_contact(
        &mut self,
        contacts: &[ContactId],
        channel: Channel,
        cause: &DoNotContactCause<'_>,
    ) -> Result<Vec<ContactId>, DbError> {
        let (org, now, ids) = (self.org.uuid(), self.now(), uuids(contacts));
        let rows: Vec<(Uuid, String)> = sqlx::query_as(concat!(
            "WITH who AS MATERIALIZED (SELECT c.id, ",
            address!(),
            r#" AS address
                FROM crm.contacts AS c
                WHERE c.org_id = $1 AND c.id = ANY($2)
            ), gone AS (
                DELETE FROM crm.do_not_contact
                WHERE org_id = $1 AND channel = $3
                  AND address IN (SELECT address FROM who)
                  AND ($4::text IS NULL OR reason = $4)
                RETURNING address, reason
            ), logged AS (
                INSERT INTO crm.do_not_contact_log
                    (org_id, contact_id, at, id, channel, action, reason, note, actor, actor_id)
                SELECT $1, who.id, $5, gen_random_uuid(), $3, 'lifted', gone.reason, $6, $7, $8
                FROM who JOIN gone ON gone.address = who.address
            )
            SELECT who.id, who.address FROM who JOIN gone ON gone.address = who.address
            "#
        ))
        .bind(org)
        .bind(&ids)
        .bind(channel.as_str())
        .bind(cause.reason)
        .bind(now.to_sqlx())
        .bind(cause.note)
        .bind(cause.actor.as_str())
        .bind(cause.actor.id())
        .fetch_all(self.conn())
        .await?;
        let addresses = told(channel, rows.iter().map(|(_, address)| address.as_str()));
        let events: Vec<CrmEvent> = addresses
            .chunks(MAX_ITEMS)
            .map(|some| CrmEvent::DoNotContactLifted {
                channel,
                reason: cause.reason.map(str::to_owned),
                addresses: some.to_vec(),
            })
            .collect();
        self.record(&events).await?;
        let concerned: Vec<ContactId> = rows.into_iter().map(|(id, _)| id.into()).collect();
        self.watch_consent(&concerned).await?;
        Ok(concerned)
    }

    /// Who set and lifted do-not-contacts of a contact, newest first.
    pub async fn do_not_contact_log(
        &mut self,
        contact: ContactId,
        limit: i64,
    ) -> Result<Vec<DoNotContactChange>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(jiff_sqlx::Timestamp, String, String, String, String, String)> = sqlx::query_as(
            r#"
            SELECT at, channel, action, reason, note, actor
            FROM crm.do_not_contact_log
            WHERE org_id = $1 AND contact_id = $2
            ORDER BY at DESC, id DESC
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(at, channel, action, reason, note, actor)| {
                Some(DoNotContactChange {
                    at: at.to_jiff(),
                    channel: Channel::parse(&channel)?,
                    set: action == "set",
                    reason,
                    note,
                    actor,
                })
            })
            .collect())
    }
}

/// E-mail addresses and phone numbers stand on a list of delivery's own that has to be told; for
/// devices, what stands here is all there is.
fn told<'a>(channel: Channel, addresses: impl Iterator<Item = &'a str>) -> Vec<Address> {
    if channel == Channel::Push {
        return Vec::new();
    }
    addresses.filter_map(|text| Address::on(channel, text)).collect()
}

fn uuids(ids: &[ContactId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}

//! Segments, people, changes and moves of the clock by chance: what the engine hears and what the clock
//! tells it must lead where a rebuild of everybody leads, and where the plain meaning of the rules does.

#[cfg(test)]
mod by_chance {
    use std::{collections::BTreeSet, time::Duration};

    use jiff::{SignedDuration, tz::TimeZone};
    use kernel::{Clock, ContactId, OrgId, SegmentId, Timestamp};
    use proptest::{
        sample::select,
        strategy::{Strategy, ValueTree},
        test_runner::TestRunner,
    };
    use serde_json::{Value, json};
    use testkit::TestApp;
    use uuid::Uuid;

    use super::super::{
        check_segment::SegmentDefinition,
        create_segment::create_segment,
        rebuild_due_segments::{hear_news, rebuild_due_segments},
        rebuild_segment::{Effort, rebuild_segment},
    };
    use crate::{
        domain::rule::{
            Channel, Moment, Rule, TopicState,
            evaluate::{Facts, matches},
            parse,
        },
        infrastructure::pg::{
            CrmTx,
            rule_worlds::{
                Ids, event, facts, insert, insert_event, insert_record, make_storable, moment, record, rule,
                schema,
            },
            segment_staleness::{
                News, Reach, Rest, tell_segments, watch_do_not_contact, watch_events, watch_records,
            },
        },
    };

    const PEOPLE: usize = 30;
    const SEGMENTS: usize = 40;
    const ROUNDS: usize = 60;

    struct World {
        app: TestApp,
        people: Vec<Facts>,
        /// Those that are looked at by others stand before them.
        segments: Vec<(SegmentId, Rule)>,
        runner: TestRunner,
    }

    #[tokio::test]
    async fn what_is_heard_leads_where_looking_at_everybody_leads() {
        let mut world = World::make().await;
        world.settle().await;
        world.check("at the beginning").await;
        for round in 0..ROUNDS {
            let change = world.change().await;
            world.settle().await;
            world.check(&format!("round {round}: {change}")).await;
            if round % 10 == 9 {
                world
                    .rebuild_everything(&format!("round {round}: {change}"))
                    .await;
            }
        }
    }

    impl World {
        async fn make() -> Self {
            let app = TestApp::start(&["crm"], |_, _| Vec::new()).await;
            app.clock.advance(app.clock.now().duration_until(moment().now));
            let mut world = Self {
                app,
                people: Vec::new(),
                segments: Vec::new(),
                runner: TestRunner::deterministic(),
            };
            world.define().await;
            for n in 0..PEOPLE {
                let mut facts = world.pick(facts());
                facts.segments.clear();
                make_storable(&mut facts, n);
                let mut tx = world.tx().await;
                insert(tx.platform().conn(), world.app.org, &facts).await;
                tx.commit().await.expect("written");
                world.people.push(facts);
            }
            while world.segments.len() < SEGMENTS {
                let mut rule = world.pick(rule()).to_json();
                // Every fifth looks at one that is there.
                if world.segments.len() % 5 == 4 {
                    let (id, _) = &world.segments[world.segments.len() / 2];
                    rule = json!({"any": [{"field": "segment", "operator": "is_in", "value": id}, rule]});
                } else if parse(&rule, &schema()).is_ok_and(|rule| !rule.segments().is_empty()) {
                    continue;
                }
                if rule.to_string().contains("seg_") && world.segments.len() % 5 != 4 {
                    continue;
                }
                let known: BTreeSet<SegmentId> = world.segments.iter().map(|(id, _)| *id).collect();
                let Ok(parsed) = parse(&rule, &schema().with_segments(known)) else {
                    continue;
                };
                let definition = SegmentDefinition {
                    name: &format!("Segment {}", world.segments.len()),
                    description: "",
                    category: None,
                    rule: &rule,
                };
                let id = create_segment(world.tx().await, &definition)
                    .await
                    .expect("a segment");
                world.segments.push((id, parsed));
            }
            world
        }

        /// The fields, topics and objects that the rules speak of.
        async fn define(&mut self) {
            let ids = Ids::default();
            let org = self.app.org.uuid();
            let mut tx = self.tx().await;
            let fields = [
                ("contacts", "note", "text"),
                ("contacts", "plan", "select"),
                ("contacts", "score", "number"),
                ("contacts", "vip", "boolean"),
                ("contacts", "birthday", "date"),
                ("contacts", "renewal", "datetime"),
                ("contacts", "topics", "multiselect"),
                ("orders", "total", "number"),
                ("orders", "due", "datetime"),
                ("products", "total", "number"),
                ("products", "due", "datetime"),
            ];
            for (object, key, kind) in fields {
                sqlx::query(
                    "INSERT INTO crm.fields (org_id, id, object, key, label, type, created_at, updated_at) \
                 VALUES ($1, gen_random_uuid(), $2, $3, $3, $4, now(), now())",
                )
                .bind(org)
                .bind(object)
                .bind(key)
                .bind(kind)
                .execute(tx.platform().conn())
                .await
                .expect("a field");
            }
            for (id, key) in [(ids.orders, "orders"), (ids.products, "products")] {
                sqlx::query(
                "INSERT INTO crm.objects (org_id, id, key, singular, plural, kind, created_at, updated_at) \
                 VALUES ($1, $2, $3, $3, $3, 'records', now(), now())",
            )
            .bind(org)
            .bind(id.uuid())
            .bind(key)
            .execute(tx.platform().conn())
            .await
            .expect("an object");
            }
            sqlx::query(
            "INSERT INTO crm.relations (org_id, id, from_object, to_object, key, inverse_key, label, created_at) \
             VALUES ($1, $2, $3, $4, 'products', 'orders', 'has', now())",
        )
        .bind(org)
        .bind(ids.has.uuid())
        .bind(ids.orders.uuid())
        .bind(ids.products.uuid())
        .execute(tx.platform().conn())
        .await
        .expect("a relation");
            for (id, key, initial) in [
                (ids.news, "news", "unsubscribed"),
                (ids.offers, "offers", "subscribed"),
            ] {
                sqlx::query(
                "INSERT INTO crm.topics (org_id, id, key, name, channels, initial, created_at, updated_at) \
                 VALUES ($1, $2, $3, $3, '{email,sms,push}', $4, now(), now())",
            )
            .bind(org)
            .bind(id.uuid())
            .bind(key)
            .bind(initial)
            .execute(tx.platform().conn())
            .await
            .expect("a topic");
            }
            tx.commit().await.expect("written");
        }

        fn pick<T>(&mut self, strategy: impl Strategy<Value = T>) -> T {
            strategy.new_tree(&mut self.runner).expect("something").current()
        }

        async fn tx(&self) -> CrmTx {
            CrmTx::system(&self.app.deps.db, self.app.org)
                .await
                .expect("a transaction")
        }

        fn org(&self) -> OrgId {
            self.app.org
        }

        fn at(&self) -> Moment {
            Moment {
                now: self.app.clock.now(),
                zone: TimeZone::get("Europe/Berlin").expect("a zone"),
            }
        }

        /// Lets the engine do all that there is to do.
        async fn settle(&self) {
            let (db, organizations) = (&self.app.deps.db, &*self.app.organizations);
            for _ in 0..200 {
                let now = self.app.clock.now();
                let heard = hear_news(db).await.expect("heard");
                let mut rebuilt = 0;
                for reach in [Reach::Few, Reach::Everybody] {
                    rebuilt += rebuild_due_segments(db, organizations, now, reach, Rest::Denied)
                        .await
                        .expect("rebuilt");
                }
                if !heard && rebuilt == 0 {
                    return;
                }
            }
            panic!("the engine comes to an end");
        }

        /// Changes something by chance, and says it as whoever changes it does.
        async fn change(&mut self) -> String {
            let what = self.pick(0usize..12);
            let n = self.pick(0..self.people.len());
            let id = self.people[n].id;
            match what {
                0 | 1 => {
                    let minutes =
                        self.pick(select(vec![1i64, 29, 60, 61, 180, 24 * 60, 25 * 60, 7 * 24 * 60]));
                    self.app.clock.advance(SignedDuration::from_mins(minutes));
                    format!("{minutes} minutes pass")
                }
                2 => self.change_text(n).await,
                3 => self.change_attribute(n).await,
                4 | 5 => {
                    let mut event = self.pick(event());
                    // Most things happen now.
                    if self.pick(proptest::bool::ANY) {
                        event.at = self.app.clock.now();
                    }
                    let mut tx = self.tx().await;
                    insert_event(tx.platform().conn(), self.org(), id, &event).await;
                    let org = self.org();
                    watch_events(tx.platform(), &[(org, id, event.name.as_str())])
                        .await
                        .expect("told");
                    tx.commit().await.expect("written");
                    let said = format!("{} happens", event.name);
                    self.people[n].events.push(event);
                    said
                }
                6 | 7 => {
                    let record = self.pick(record());
                    // Other people's identifiers are theirs.
                    let record = crate::domain::rule::evaluate::RecordFact {
                        external_id: None,
                        related: record
                            .related
                            .into_iter()
                            .map(|(relation, forward, mut related)| {
                                related.external_id = None;
                                (relation, forward, related)
                            })
                            .collect(),
                        ..record
                    };
                    let mut tx = self.tx().await;
                    let made = insert_record(tx.platform().conn(), self.org(), id, &record).await;
                    let org = tx.org();
                    watch_records(tx.platform(), &[(org, made.into())])
                        .await
                        .expect("told");
                    tx.commit().await.expect("written");
                    self.people[n].records.push(record);
                    "a record is made".to_owned()
                }
                8 => self.subscribe(n).await,
                9 => self.suppress(n).await,
                10 => self.change_stage(n).await,
                _ => {
                    let mut tx = self.tx().await;
                    sqlx::query("DELETE FROM crm.contacts WHERE id = $1")
                        .bind(id.uuid())
                        .execute(tx.platform().conn())
                        .await
                        .expect("deleted");
                    let news = News {
                        org: self.org(),
                        fields: None,
                        contacts: Some(vec![id]),
                    };
                    tell_segments(tx.platform(), &[news]).await.expect("told");
                    tx.commit().await.expect("written");
                    self.people.remove(n);
                    "somebody is deleted".to_owned()
                }
            }
        }

        async fn say(&self, tx: &mut CrmTx, fields: &[&str], id: ContactId) {
            let fields = fields.iter().map(|field| (*field).to_owned()).collect();
            let news = News::of(self.org(), fields, vec![id]);
            tell_segments(tx.platform(), &[news]).await.expect("told");
        }

        async fn change_text(&mut self, n: usize) -> String {
            let city = self.pick(select(vec!["Bonn", "bonn", "Ann", "100%", "axb"]));
            let id = self.people[n].id;
            let now = self.app.clock.now();
            let mut tx = self.tx().await;
            sqlx::query("UPDATE crm.contacts SET city = $2, updated_at = $3 WHERE id = $1")
                .bind(id.uuid())
                .bind(city)
                .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
                .execute(tx.platform().conn())
                .await
                .expect("changed");
            self.say(&mut tx, &["city", "updated_at"], id).await;
            tx.commit().await.expect("written");
            self.people[n].texts.insert("city", city.to_owned());
            self.people[n].times.insert("updated_at", now);
            format!("a city becomes {city}")
        }

        async fn change_attribute(&mut self, n: usize) -> String {
            let at = self.pick(-100i64..100);
            let instant = self.app.clock.now() + SignedDuration::from_hours(at);
            let instant = Timestamp::from_second(instant.as_second()).expect("in range");
            let (key, value): (&str, Value) = self.pick(select(vec![
                ("score", json!(2.5)),
                ("score", json!(-1)),
                ("plan", json!("vip")),
                ("renewal", json!(instant)),
                ("birthday", json!("1990-04-01")),
                ("vip", json!(true)),
            ]));
            let id = self.people[n].id;
            let mut tx = self.tx().await;
            sqlx::query("UPDATE crm.contacts SET attributes = attributes || $2 WHERE id = $1")
                .bind(id.uuid())
                .bind(json!({ key: value }))
                .execute(tx.platform().conn())
                .await
                .expect("changed");
            self.say(&mut tx, &[&format!("attributes.{key}")], id).await;
            tx.commit().await.expect("written");
            self.people[n].attributes.insert(key.to_owned(), value.clone());
            format!("{key} becomes {value}")
        }

        async fn subscribe(&mut self, n: usize) -> String {
            let ids = Ids::default();
            let (topic, key) = self.pick(select(vec![(ids.news, "news"), (ids.offers, "offers")]));
            let channel = self.pick(select(Channel::ALL.to_vec()));
            let state = self.pick(select(TopicState::ALL.to_vec())).word();
            let id = self.people[n].id;
            let mut tx = self.tx().await;
            sqlx::query(
                "INSERT INTO crm.subscriptions (org_id, topic_id, channel, contact_id, state, at) \
             VALUES ($1, $2, $3, $4, $5, now()) \
             ON CONFLICT (org_id, topic_id, channel, contact_id) DO UPDATE SET state = excluded.state",
            )
            .bind(self.org().uuid())
            .bind(topic.uuid())
            .bind(channel.word())
            .bind(id.uuid())
            .bind(state)
            .execute(tx.platform().conn())
            .await
            .expect("said");
            tx.watch_consent(&[id]).await.expect("told");
            tx.commit().await.expect("written");
            self.people[n]
                .subscriptions
                .insert((topic, channel), state.to_owned());
            format!("{key} is {state} by {}", channel.word())
        }

        async fn suppress(&mut self, n: usize) -> String {
            let Some(email) = self.people[n].texts.get("email").cloned() else {
                return "nothing".to_owned();
            };
            let mut tx = self.tx().await;
            sqlx::query(
                "INSERT INTO crm.do_not_contact VALUES ($1, 'email', $2, 'complaint', now()) \
             ON CONFLICT (org_id, channel, address) DO UPDATE SET reason = excluded.reason",
            )
            .bind(self.org().uuid())
            .bind(&email)
            .execute(tx.platform().conn())
            .await
            .expect("noted");
            let org = self.org();
            watch_do_not_contact(tx.platform(), "email", &[(org, email.as_str())])
                .await
                .expect("told");
            tx.commit().await.expect("written");
            self.people[n]
                .do_not_contact
                .insert(Channel::Email, "complaint".to_owned());
            "somebody complains".to_owned()
        }

        async fn change_stage(&mut self, n: usize) -> String {
            let stage = self.pick(select(Ids::default().stages));
            let (id, now) = (self.people[n].id, self.app.clock.now());
            let mut tx = self.tx().await;
            sqlx::query("UPDATE crm.contacts SET stage_id = $2 WHERE id = $1")
                .bind(id.uuid())
                .bind(stage)
                .execute(tx.platform().conn())
                .await
                .expect("changed");
            sqlx::query(
                "INSERT INTO crm.stage_changes (org_id, contact_id, at, id, to_stage, actor) \
             VALUES ($1, $2, $3, $4, $5, 'system')",
            )
            .bind(self.org().uuid())
            .bind(id.uuid())
            .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
            .bind(Uuid::now_v7())
            .bind(stage)
            .execute(tx.platform().conn())
            .await
            .expect("noted");
            tx.watch_contacts(&["stage"], &[id]).await.expect("told");
            tx.commit().await.expect("written");
            let facts = &mut self.people[n];
            facts.stage = Some(stage);
            // The stage is the latest that was noted, also when an older note lies ahead.
            facts.stage_since = Some(facts.stage_since.map_or(now, |since| since.max(now)));
            "somebody comes to a stage".to_owned()
        }

        /// Holds the members to the plain meaning of the rules.
        async fn check(&mut self, when: &str) {
            let at = self.at();
            for facts in &mut self.people {
                facts.segments.clear();
            }
            for n in 0..self.segments.len() {
                let (id, rule) = self.segments[n].clone();
                let expected: BTreeSet<ContactId> = self
                    .people
                    .iter()
                    .filter(|facts| matches(&rule, facts, &at))
                    .map(|facts| facts.id)
                    .collect();
                let found = self.members(id).await;
                assert_eq!(found, expected, "{when}, at {}: {}", at.now, rule.to_json());
                for facts in self
                    .people
                    .iter_mut()
                    .filter(|facts| expected.contains(&facts.id))
                {
                    facts.segments.insert(id);
                }
            }
        }

        async fn members(&self, id: SegmentId) -> BTreeSet<ContactId> {
            let mut tx = self.tx().await;
            let ids: Vec<Uuid> =
                sqlx::query_scalar("SELECT contact_id FROM crm.segment_members WHERE segment_id = $1")
                    .bind(id.uuid())
                    .fetch_all(tx.platform().conn())
                    .await
                    .expect("members");
            ids.into_iter().map(Into::into).collect()
        }

        /// A rebuild of everybody finds nothing that the engine has not found.
        async fn rebuild_everything(&self, when: &str) {
            let effort = Effort {
                full: true,
                wait: true,
                patience: Duration::from_secs(60),
            };
            for (id, rule) in &self.segments {
                let found = rebuild_segment(self.tx().await, *id, &self.at(), effort)
                    .await
                    .expect("rebuilt");
                let moved = (found.entered, found.departed);
                assert_eq!(moved, (0, 0), "{when}: {}", rule.to_json());
            }
        }
    }
}

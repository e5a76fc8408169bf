//! The parts of a rule that look into other tables than that of contacts.

use kernel::SegmentId;

use super::{
    rule_columns::{Base, EVENTS, EventColumns, FIRST, THEN},
    rule_sql::{Answers, Compiler, Dated},
    rule_statement::Bind,
};
use crate::domain::rule::{
    Asked, Channel, DateTest, EventTest, Happening, Quantity, RecordsTest, Rule, SequenceTest,
    SubscriptionState, TextTest, TopicTest,
};

impl Compiler<'_> {
    pub(super) fn segment(&mut self, id: SegmentId) {
        self.statement
            .push("EXISTS (SELECT 1 FROM crm.segment_members AS m WHERE m.org_id = ")
            .org();
        self.statement
            .push(" AND m.segment_id = ")
            .bind(Bind::Id(id.uuid()));
        self.statement.push(" AND m.contact_id = c.id)");
    }

    // --- who may be reached

    pub(super) fn subscription(&mut self, state: SubscriptionState) {
        if state.reason().is_none() {
            self.statement.push("c.email IS NOT NULL AND NOT ");
        }
        self.refusals(Channel::Email);
        if let Some(reason) = state.reason() {
            self.statement.push(" AND d.reason = ").text(reason);
        }
        self.statement.push(")");
    }

    pub(super) fn do_not_contact(&mut self, channel: Channel, test: &TextTest) {
        match test {
            TextTest::Is(reason) => {
                self.refusals(channel);
                self.statement.push(" AND d.reason = ").text(reason).push(")");
            }
            TextTest::AnyOf(reasons) => {
                self.refusals(channel);
                self.statement
                    .push(" AND d.reason = ANY (")
                    .bind(Bind::Texts(reasons.clone()))
                    .push("))");
            }
            // Reasons know no other comparisons.
            _ => {
                self.statement.push("NOT ");
                self.refusals(channel);
                self.statement.push(")");
            }
        }
    }

    fn refusals(&mut self, channel: Channel) {
        self.statement
            .push("EXISTS (SELECT 1 FROM crm.do_not_contact AS d WHERE d.org_id = ")
            .org()
            .push(match channel {
                Channel::Email => " AND d.channel = 'email' AND d.address = c.email",
                Channel::Sms => " AND d.channel = 'sms' AND d.address = NULLIF(c.phone, '') COLLATE \"C\"",
                Channel::Push => " AND d.channel = 'push' AND d.address = c.id::text COLLATE \"C\"",
            });
    }

    /// Those who never said anything are in when the topic begins so.
    pub(super) fn topic(&mut self, test: &TopicTest) {
        let by_silence = test.state == test.initial;
        if by_silence {
            self.statement.push("NOT ");
        }
        self.statement
            .push("EXISTS (SELECT 1 FROM crm.subscriptions AS s WHERE s.org_id = ")
            .org();
        self.statement
            .push(" AND s.topic_id = ")
            .bind(Bind::Id(test.topic.uuid()));
        self.statement.push(" AND s.channel = ").text(test.channel.word());
        self.statement
            .push(if by_silence {
                " AND s.state <> "
            } else {
                " AND s.state = "
            })
            .text(test.state.word());
        self.statement.push(" AND s.contact_id = c.id)");
    }

    // --- events

    pub(super) fn events(&mut self, test: &EventTest) {
        let never = match test.asked {
            Asked::Times(quantity) | Asked::Days(quantity) if quantity.any() => false,
            Asked::First(DateTest::Empty) | Asked::Last(DateTest::Empty) => true,
            _ => return self.events_of_each(test),
        };
        self.statement.push(if never {
            "NOT EXISTS (SELECT 1 "
        } else {
            "EXISTS (SELECT 1 "
        });
        self.happening(&test.events, EVENTS);
        self.statement.push(" AND e.contact_id = c.id)");
    }

    fn events_of_each(&mut self, test: &EventTest) {
        self.statement.push("EXISTS (SELECT 1 FROM (SELECT e.contact_id ");
        self.happening(&test.events, EVENTS);
        self.statement.push(" GROUP BY e.contact_id HAVING ");
        match &test.asked {
            Asked::Times(quantity) => {
                self.statement.push("count(*)");
                self.quantity(*quantity);
            }
            Asked::Days(quantity) => {
                self.statement.push("count(DISTINCT (e.occurred_at AT TIME ZONE ");
                self.zone();
                self.statement.push(")::date)");
                self.quantity(*quantity);
            }
            Asked::First(test) => self.date(Dated::Instant("min(e.occurred_at)"), test),
            Asked::Last(test) => self.date(Dated::Instant("max(e.occurred_at)"), test),
        }
        self.statement.push(") AS often WHERE often.contact_id = c.id)");
    }

    fn quantity(&mut self, quantity: Quantity) {
        self.statement
            .push(if quantity.exactly { " = " } else { " >= " })
            .bind(Bind::Count(quantity.times.into()));
    }

    /// `FROM … WHERE …`: the events that are meant.
    fn happening(&mut self, events: &Happening, columns: EventColumns) {
        self.statement.push(columns.from).org();
        if let Some(name) = events.what.event() {
            self.and(columns.name);
            self.statement.push(" = ").text(name);
        }
        if let Some(ids) = self.only {
            self.and(columns.contact);
            self.statement.push(" = ANY (").repeat(ids).push(")");
        }
        if let Some(span) = events.within {
            self.and(columns.at);
            self.statement
                .push(" >= ")
                .bind(Bind::Instant(self.at.before(span)));
        }
        if let Some(from) = events.from {
            self.bounds(columns, DateTest::OnOrAfter(from));
        }
        if let Some(until) = events.until {
            self.bounds(columns, DateTest::OnOrBefore(until));
        }
        if let Some(campaign) = events.campaign {
            self.and(columns.campaign);
            self.statement.push(" = ").bind(Bind::Id(campaign.uuid()));
        }
        if let Some(part) = &events.url_contains {
            self.statement
                .push(" AND strpos(lower(e.properties ->> 'url'), lower(")
                .text(part)
                .push(")) > 0");
        }
        self.filter(events.filter.as_deref(), Base::Event(columns));
    }

    fn and(&mut self, column: &'static str) {
        self.statement.push(" AND ").push(column);
    }

    fn bounds(&mut self, columns: EventColumns, test: DateTest) {
        self.statement.push(" AND ");
        self.date(Dated::Instant(columns.at), &test);
    }

    fn filter(&mut self, filter: Option<&Rule>, base: Base) {
        if let Some(rule) = filter {
            let outer = std::mem::replace(&mut self.base, base);
            self.statement.push(" AND ");
            self.rule(rule, Answers::Three);
            self.base = outer;
        }
    }

    pub(super) fn sequence(&mut self, test: &SequenceTest) {
        let seconds = test.gap.physical_hours().unwrap_or_default() * 3600;
        self.statement.push("EXISTS (SELECT 1 ");
        self.happening(&test.first, FIRST);
        self.statement.push(" AND a.contact_id = c.id");
        if !test.followed {
            self.statement.push(" AND a.occurred_at <= ");
            self.statement.bind(Bind::Instant(self.at.before(test.gap)));
        }
        self.statement.push(if test.followed {
            " AND EXISTS (SELECT 1 "
        } else {
            " AND NOT EXISTS (SELECT 1 "
        });
        self.happening(&test.then, THEN);
        self.statement
            .push(
                " AND b.contact_id = a.contact_id AND b.occurred_at > a.occurred_at \
                 AND b.occurred_at <= a.occurred_at + ",
            )
            .bind(Bind::Count(seconds))
            .push(" * interval '1 second'))");
    }

    // --- records

    pub(super) fn records(&mut self, test: &RecordsTest) {
        match &test.via {
            None => self.own_records(test),
            Some(via) => self.related_records(test, via.id.uuid(), via.forward),
        }
    }

    fn own_records(&mut self, test: &RecordsTest) {
        let any = test.quantity.any();
        self.statement.push(if any {
            "EXISTS (SELECT 1"
        } else {
            "EXISTS (SELECT 1 FROM (SELECT p.contact_id"
        });
        self.statement
            .push(" FROM crm.record_contacts AS p JOIN crm.records AS r ON r.org_id = ")
            .org();
        self.statement
            .push(" AND r.id = p.record_id WHERE p.org_id = ")
            .org();
        self.statement
            .push(" AND p.object_id = ")
            .bind(Bind::Id(test.object.id.uuid()));
        if let Some(ids) = self.only {
            self.statement
                .push(" AND p.contact_id = ANY (")
                .repeat(ids)
                .push(")");
        }
        self.filter(test.filter.as_deref(), Base::Record);
        if any {
            self.statement.push(" AND p.contact_id = c.id)");
        } else {
            self.statement.push(" GROUP BY p.contact_id HAVING count(*)");
            self.quantity(test.quantity);
            self.statement.push(") AS many WHERE many.contact_id = c.id)");
        }
    }

    fn related_records(&mut self, test: &RecordsTest, relation: uuid::Uuid, forward: bool) {
        let any = test.quantity.any();
        self.statement.push(if any {
            "EXISTS (SELECT 1"
        } else {
            "(SELECT count(*)"
        });
        self.statement
            .push(" FROM crm.record_links AS l JOIN crm.records AS q ON q.org_id = ")
            .org();
        self.statement.push(if forward {
            " AND q.id = l.to_record WHERE l.from_record = r.id AND l.org_id = "
        } else {
            " AND q.id = l.from_record WHERE l.to_record = r.id AND l.org_id = "
        });
        self.statement.org();
        self.statement
            .push(" AND l.relation_id = ")
            .bind(Bind::Id(relation));
        self.filter(test.filter.as_deref(), Base::Related);
        self.statement.push(")");
        if !any {
            self.quantity(test.quantity);
        }
    }
}

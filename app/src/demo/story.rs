//! What happens to the organisation, event by event, until now.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use anyhow::{Context, bail, ensure};
use contracts::{
    campaign::{API_CAMPAIGN, API_CAMPAIGN_LAUNCHES, API_CAMPAIGN_REPORT},
    crm::{API_CONTACT_BATCH, API_SEGMENT_REBUILDS},
};
use jiff::{
    SignedDuration,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use kernel::{CampaignId, Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::{
    arrivals,
    catalogue::{Catalogue, prepare, prepare_product},
    contact_files,
    content::{
        campaigns::{Campaign, DRAFT, FIRST, SCHEDULED, SECOND},
        fields::attributes,
    },
    engagement::{Act, Appeal, Reaction, reactions},
    funnel,
    imports::{self, define_fields},
    made::{Made, take_stock},
    mailbox,
    population::Person,
    product,
    random::Random,
    stage::Stage,
};

/// Something that happens.
enum Event {
    /// People sign up.
    Arrive(Range<usize>),
    /// Others come by a file.
    TradeFair(Range<usize>),
    /// Segments and templates are made.
    Prepare,
    /// A campaign is sent.
    Send(Campaign, Appeal),
    /// A mail program fetches the pixel, or somebody follows a link.
    Follow { path: String, agent: &'static str },
    /// Somebody has had enough.
    Unsubscribe { path: String, agent: &'static str },
}

const FIRST_APPEAL: Appeal = Appeal {
    opened: 0.44,
    clicked: 0.21,
    unsubscribed: 0.014,
};
const SECOND_APPEAL: Appeal = Appeal {
    opened: 0.38,
    clicked: 0.30,
    unsubscribed: 0.010,
};
/// So many requests of readers, and they are written down.
const SETTLE_EVERY: usize = 500;

struct Story<'a> {
    stage: &'a Stage,
    seed: u64,
    people: Vec<Person>,
    /// People by their address.
    numbers: HashMap<String, usize>,
    /// What will happen; the number keeps the order of what happens at the same time.
    agenda: BTreeMap<(Timestamp, usize), Event>,
    expected: usize,
    begin: Timestamp,
    end: Timestamp,
    zone: TimeZone,
    tell: &'a (dyn Fn(String) + Sync),
}

/// Lets everything happen, from the clock's present until `end` and then until now.
pub async fn tell(
    stage: &Stage,
    seed: u64,
    people: Vec<Person>,
    end: Timestamp,
    zone: TimeZone,
    tell: &(dyn Fn(String) + Sync),
) -> anyhow::Result<Made> {
    let address = |(number, person): (usize, &Person)| Some((person.email.clone()?, number));
    let numbers = people.iter().enumerate().filter_map(address).collect();
    let begin = stage.now();
    let mut story = Story {
        stage,
        seed,
        people,
        numbers,
        agenda: BTreeMap::new(),
        expected: 0,
        begin,
        end,
        zone,
        tell,
    };
    story.begin().await?;
    story.plan();
    story.play().await?;
    story.come_to_the_present().await
}

impl Story<'_> {
    /// The fields, and the first contacts by a file.
    async fn begin(&self) -> anyhow::Result<()> {
        define_fields(self.stage).await?;
        let people = &self.people[arrivals::by_file(self.people.len()).0];
        let file = contact_files::write(people, self.begin, &contact_files::BROKEN);
        self.import(contact_files::CUSTOMERS, file, people.len()).await
    }

    /// The people from a stand at a trade fair, who were not known before.
    async fn trade_fair(&self, people: Range<usize>, at: Timestamp) -> anyhow::Result<()> {
        let new = |person: &Person| {
            let mut tags = person.tags.clone();
            tags.push("trade fair");
            Person {
                known_for: 0,
                opted_out: false,
                tags,
                ..person.clone()
            }
        };
        let people: Vec<Person> = self.people[people].iter().map(new).collect();
        self.import(
            contact_files::TRADE_FAIR,
            contact_files::write(&people, at, &[]),
            people.len(),
        )
        .await
    }

    async fn import(&self, name: &str, file: String, good: usize) -> anyhow::Result<()> {
        if imports::imported(self.stage, name).await?.is_none() {
            (self.tell)(format!("importing {good} contacts from {name}"));
            imports::import(self.stage, name, file, good).await?;
        }
        Ok(())
    }

    fn plan(&mut self) {
        for (at, range) in arrivals::by_themselves(self.people.len(), self.begin, self.end) {
            self.expect(at, Event::Arrive(range));
        }
        let (_, trade_fair) = arrivals::by_file(self.people.len());
        if !trade_fair.is_empty() {
            self.expect(self.days_ago(20, 17, 40), Event::TradeFair(trade_fair));
        }
        self.expect(self.days_ago(12, 16, 5), Event::Prepare);
        self.expect(self.days_ago(9, 9, 20), Event::Send(FIRST, FIRST_APPEAL));
        self.expect(self.days_ago(3, 14, 5), Event::Send(SECOND, SECOND_APPEAL));
    }

    fn expect(&mut self, at: Timestamp, event: Event) {
        self.expected += 1;
        self.agenda.insert((at, self.expected), event);
    }

    /// A time of day in the organisation's zone, on a working day: at weekends nobody writes to
    /// companies.
    fn days_ago(&self, days: i64, hour: i8, minute: i8) -> Timestamp {
        let day = self.end.to_zoned(self.zone.clone()).date() - SignedDuration::from_hours(24 * days);
        let working_day = match day.weekday() {
            Weekday::Saturday => day - SignedDuration::from_hours(24),
            Weekday::Sunday => day - SignedDuration::from_hours(48),
            _ => day,
        };
        self.local(working_day, hour, minute)
    }

    fn local(&self, day: Date, hour: i8, minute: i8) -> Timestamp {
        let zoned = day.at(hour, minute, 0, 0).to_zoned(self.zone.clone());
        zoned
            .expect("a day of these weeks is within the calendar")
            .timestamp()
    }

    /// Until nothing is left that lies in the past.
    async fn play(&mut self) -> anyhow::Result<()> {
        let mut requests = 0;
        while let Some(((at, _), event)) = self.agenda.pop_first() {
            if at >= self.end {
                break;
            }
            self.stage.move_to(at);
            match event {
                Event::Arrive(range) => self.arrive(range, at).await?,
                Event::TradeFair(range) => self.trade_fair(range, at).await?,
                Event::Prepare => {
                    (self.tell)("making segments and templates".to_owned());
                    prepare(self.stage).await?;
                }
                Event::Send(campaign, appeal) => self.send(&campaign, appeal).await?,
                Event::Follow { path, agent } => self.stage.follow(&path, agent).await?,
                Event::Unsubscribe { path, agent } => {
                    self.stage
                        .submit(&path, agent, "List-Unsubscribe=One-Click")
                        .await?;
                }
            }
            requests += 1;
            if requests % SETTLE_EVERY == 0 {
                self.stage.settle().await?;
            }
        }
        Ok(())
    }

    async fn arrive(&self, range: Range<usize>, at: Timestamp) -> anyhow::Result<()> {
        let today = at.to_zoned(self.zone.clone()).date();
        let contacts: Vec<Value> = self.people[range]
            .iter()
            .map(|person| contact(person, today))
            .collect();
        for contacts in contacts.chunks(1000) {
            let body = json!({"identifier": "external_id", "contacts": contacts});
            let answer = self.stage.post(&API_CONTACT_BATCH.url(), &body).await?;
            let results = answer["results"].as_array().context("a batch has results")?;
            if let Some(refused) = results.iter().find(|result| result["status"] == "rejected") {
                bail!("a contact was refused: {refused}");
            }
        }
        Ok(())
    }

    /// Sends a campaign, unless that was done, and notes down what its readers will do.
    async fn send(&mut self, campaign: &Campaign, appeal: Appeal) -> anyhow::Result<()> {
        self.stage.settle().await?;
        let catalogue = Catalogue::read(self.stage).await?;
        let found = catalogue.campaign_or_draft(self.stage, campaign, None).await?;
        let id: CampaignId = serde_json::from_value(found["id"].clone())?;
        if found["state"] == "draft" {
            self.stage
                .post(&API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
                .await?;
        }
        self.stage.settle().await?;
        // What is sent is finished by the schedules of the next round.
        self.stage.settle().await?;
        let sent = self.stage.get(&API_CAMPAIGN.url(&id)).await?;
        // A call that was stopped while it sent holds its messages until its leases end.
        ensure!(
            sent["state"] == "completed",
            "“{}” is {} and not completed; if an earlier call was stopped while it sent, try again in a quarter of an hour",
            campaign.name,
            sent["state"]
        );
        let report = self.stage.get(&API_CAMPAIGN_REPORT.url(&id)).await?;
        let count = &report["totals"]["sent"];
        if report["totals"]["opens"] != 0 {
            return Ok(());
        }
        (self.tell)(format!(
            "sent “{}” to {count} people; replaying what they did",
            campaign.name
        ));
        let launched: Timestamp = serde_json::from_value(sent["launch"]["at"].clone())?;
        for received in mailbox::received_since(self.stage, launched).await? {
            let Some(number) = self.numbers.get(&received.to) else {
                continue;
            };
            let reactions = self.reactions(*number, campaign, appeal, launched)?;
            if !reactions.is_empty() {
                let mail = mailbox::read(self.stage, &received).await?;
                for reaction in reactions {
                    let (at, event) = event(reaction, &mail)?;
                    self.expect(at, event);
                }
            }
        }
        Ok(())
    }

    fn reactions(
        &self,
        number: usize,
        campaign: &Campaign,
        appeal: Appeal,
        sent: Timestamp,
    ) -> anyhow::Result<Vec<Reaction>> {
        let person = Random::of(self.seed, "reader", number as u64);
        let mail = Random::of(self.seed, campaign.name, number as u64);
        let zone = TimeZone::get(self.people[number].timezone)?;
        Ok(reactions(person, mail, appeal, sent, &zone))
    }

    /// The rest is made now: what waits to be finished and to be sent.
    async fn come_to_the_present(&self) -> anyhow::Result<Made> {
        self.stage.move_to(SystemClock.now());
        self.stage.settle().await?;
        let catalogue = Catalogue::read(self.stage).await?;
        catalogue.campaign_or_draft(self.stage, &DRAFT, None).await?;
        let scheduled = catalogue
            .campaign_or_draft(self.stage, &SCHEDULED, Some(self.next_tuesday()))
            .await?;
        if scheduled["state"] == "draft" {
            let id: CampaignId = serde_json::from_value(scheduled["id"].clone())?;
            self.stage
                .post(&API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
                .await?;
        }
        funnel::fill(self.stage, &self.people, self.seed).await?;
        (self.tell)("living in the product".to_owned());
        product::live_in(self.stage, &self.people, self.seed).await?;
        prepare_product(self.stage).await?;
        let catalogue = Catalogue::read(self.stage).await?;
        for id in catalogue.segments() {
            self.stage
                .post(&API_SEGMENT_REBUILDS.url(&id), &json!({}))
                .await?;
        }
        self.stage.settle().await?;
        take_stock(self.stage, &catalogue, self.people.len()).await
    }

    /// At ten in the morning, and not before tomorrow.
    fn next_tuesday(&self) -> Timestamp {
        let today = self.stage.now().to_zoned(self.zone.clone()).date();
        let tomorrow = today + SignedDuration::from_hours(24);
        let days = tomorrow.weekday().until(Weekday::Tuesday);
        self.local(tomorrow + SignedDuration::from_hours(24 * i64::from(days)), 10, 0)
    }
}

/// What a reaction comes down to: a request.
fn event(reaction: Reaction, mail: &mailbox::Mail) -> anyhow::Result<(Timestamp, Event)> {
    let agent = reaction.agent;
    let event = match reaction.act {
        Act::Open => Event::Follow {
            path: mail.pixel.clone(),
            agent,
        },
        Act::Click(position) => {
            let number = (position * mail.links.len() as f64) as usize;
            let path = mail
                .links
                .get(number)
                .context("a mail has no links to click")?
                .clone();
            Event::Follow { path, agent }
        }
        Act::Unsubscribe => Event::Unsubscribe {
            path: mail.unsubscribe.clone(),
            agent,
        },
    };
    Ok((reaction.at, event))
}

fn contact(person: &Person, today: Date) -> Value {
    json!({
        "external_id": person.external_id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": person.phone,
        "company": person.company,
        "city": person.city,
        "country": person.country,
        "locale": person.locale,
        "timezone": person.timezone,
        "tags": person.tags,
        "attributes": attributes(person, today),
    })
}

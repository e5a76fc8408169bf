use std::collections::BTreeSet;

use kernel::{ObjectId, RelationId, SegmentId, TopicId};

use super::{
    happening::Activity,
    tree::{Channel, CoreText, CoreTime, IdSource, RecordText, RecordTime, TopicState},
};

/// What a field holds, and so how it can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text.
    Text,
    /// One of several choices.
    Choice,
    /// Why something is not allowed, if so.
    Reason,
    /// A number that is nowhere written.
    Amount,
    /// A number in an attribute.
    Number,
    /// Yes or no.
    Truth,
    /// A calendar day in an attribute.
    Day,
    /// An instant in an attribute.
    Instant,
    /// An instant that is nowhere written.
    Time,
    /// A set of words.
    Set,
    /// An identifier.
    Id(IdSource),
    /// A [`super::SubscriptionState`].
    Subscription,
    /// A [`super::TopicState`].
    Topic,
    /// Membership in segments.
    Segment,
    /// How often something happened, or how many records there are.
    Tally,
    /// Whether something followed something else.
    Sequence,
}

/// What a custom field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    Text,
    Choice,
    Number,
    Truth,
    Day,
    Instant,
    Set,
}

impl From<AttributeKind> for Kind {
    fn from(kind: AttributeKind) -> Self {
        match kind {
            AttributeKind::Text => Kind::Text,
            AttributeKind::Choice => Kind::Choice,
            AttributeKind::Number => Kind::Number,
            AttributeKind::Truth => Kind::Truth,
            AttributeKind::Day => Kind::Day,
            AttributeKind::Instant => Kind::Instant,
            AttributeKind::Set => Kind::Set,
        }
    }
}

/// A custom field, as far as rules care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeField {
    /// Its key in the attributes.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub kind: AttributeKind,
    /// The choices of `Choice` and `Set`.
    pub options: Vec<String>,
}

/// A topic, as far as rules care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicField {
    pub id: TopicId,
    pub key: String,
    /// What people call it.
    pub label: String,
    pub channels: Vec<Channel>,
    /// What holds for those who never said anything.
    pub initial: TopicState,
}

/// An object, as far as rules care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectField {
    pub id: ObjectId,
    pub key: String,
    /// What people call its records.
    pub label: String,
    pub attributes: Vec<AttributeField>,
    pub relations: Vec<RelationField>,
}

/// A relation of an object to another, seen from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationField {
    pub id: RelationId,
    pub key: String,
    pub label: String,
    /// Whether the object stands at its beginning.
    pub forward: bool,
    /// The object on the other side.
    pub object: ObjectId,
}

/// What is asked about events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// How many there are.
    Times,
    /// On how many days.
    Days,
    /// When the first one was.
    First,
    /// When the last one was.
    Last,
}

/// Aspects and their names.
pub const ASPECTS: [(Aspect, &str); 4] = [
    (Aspect::Times, "event"),
    (Aspect::Days, "event.days"),
    (Aspect::First, "event.first"),
    (Aspect::Last, "event.last"),
];

/// What a property of an event is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    Text,
    Number,
    Truth,
    Day,
    Set,
}

impl PropertyKind {
    /// All of them.
    pub const ALL: [PropertyKind; 5] = [
        PropertyKind::Text,
        PropertyKind::Number,
        PropertyKind::Truth,
        PropertyKind::Day,
        PropertyKind::Set,
    ];

    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            PropertyKind::Text => "text",
            PropertyKind::Number => "number",
            PropertyKind::Truth => "boolean",
            PropertyKind::Day => "date",
            PropertyKind::Set => "list",
        }
    }

    /// The kind of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What conditions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// A contact.
    Contact,
    /// An event.
    Event,
    /// A record of a contact.
    Record(&'a ObjectField),
    /// A record that a record relates to.
    Related(&'a ObjectField),
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A column of text.
    Text(CoreText),
    /// A column with an instant.
    Time(CoreTime),
    /// A custom field.
    Attribute(&'a AttributeField),
    /// The tags.
    Tags,
    /// Who looks after the contact or the record.
    Owner,
    /// The stage.
    Stage,
    /// When they came to it.
    StageSince,
    /// The points.
    Points,
    /// Whether they are known by nothing.
    Anonymous,
    /// How many identifiers there are.
    Identifiers,
    /// A number that is as good as random.
    Random,
    /// Whether mail may be sent.
    Subscription,
    /// Why a channel may not be used.
    DoNotContact(Channel),
    /// What they said of a topic.
    Topic(&'a TopicField),
    /// Membership in another segment.
    Segment,
    /// What happened to mail.
    Mail(Activity),
    /// Which pages they looked at.
    Page,
    /// What happened.
    Event(Aspect),
    /// What followed what.
    Sequence,
    /// Their records of an object.
    Records(&'a ObjectField),
    /// A property of an event.
    Property(&'a str, PropertyKind),
    /// A column of text of a record.
    RecordText(RecordText),
    /// A column with an instant of a record.
    RecordTime(RecordTime),
    /// Whether the record is the main one.
    Primary,
    /// Records that the record relates to.
    Relation(&'a RelationField),
}

/// Columns of text and their names.
pub const CORE_TEXTS: [(CoreText, &str); 10] = [
    (CoreText::Email, "email"),
    (CoreText::FirstName, "first_name"),
    (CoreText::LastName, "last_name"),
    (CoreText::Phone, "phone"),
    (CoreText::Company, "company"),
    (CoreText::City, "city"),
    (CoreText::Country, "country"),
    (CoreText::ExternalId, "external_id"),
    (CoreText::Timezone, "timezone"),
    (CoreText::Locale, "locale"),
];

/// Columns with an instant and their names.
pub const CORE_TIMES: [(CoreTime, &str); 4] = [
    (CoreTime::Created, "created_at"),
    (CoreTime::Updated, "updated_at"),
    (CoreTime::LastActive, "last_active_at"),
    (CoreTime::Identified, "identified_at"),
];

/// Columns of text of records and their names.
pub const RECORD_TEXTS: [(RecordText, &str); 3] = [
    (RecordText::Name, "name"),
    (RecordText::ExternalId, "external_id"),
    (RecordText::Role, "role"),
];

/// Columns with an instant of records and their names.
pub const RECORD_TIMES: [(RecordTime, &str); 3] = [
    (RecordTime::Created, "created_at"),
    (RecordTime::Updated, "updated_at"),
    (RecordTime::Linked, "linked_at"),
];

/// In front of the key of a custom field.
pub const ATTRIBUTE_PREFIX: &str = "attributes.";
/// In front of the way to a property of an event.
pub const PROPERTY_PREFIX: &str = "properties.";
/// In front of the key of an object.
pub const OBJECT_PREFIX: &str = "objects.";
/// In front of the key of a relation.
pub const RELATION_PREFIX: &str = "relations.";
/// In front of the key of a topic.
pub const TOPIC_PREFIX: &str = "topics.";
/// In front of a channel.
pub const DO_NOT_CONTACT_PREFIX: &str = "do_not_contact.";

impl RecordText {
    /// The word in JSON.
    pub fn name(self) -> &'static str {
        let found = RECORD_TEXTS.iter().find(|(text, _)| *text == self);
        found.expect("each has its line in the table").1
    }
}

impl RecordTime {
    /// The word in JSON.
    pub fn name(self) -> &'static str {
        let found = RECORD_TIMES.iter().find(|(time, _)| *time == self);
        found.expect("each has its line in the table").1
    }
}

impl Aspect {
    /// The word in JSON.
    pub fn name(self) -> &'static str {
        let found = ASPECTS.iter().find(|(aspect, _)| *aspect == self);
        found.expect("each has its line in the table").1
    }
}

impl CoreText {
    /// The column and the word in JSON.
    pub fn name(self) -> &'static str {
        let found = CORE_TEXTS.iter().find(|(text, _)| *text == self);
        found.expect("each has its line in the table").1
    }
}

impl CoreTime {
    /// The column and the word in JSON.
    pub fn name(self) -> &'static str {
        let found = CORE_TIMES.iter().find(|(time, _)| *time == self);
        found.expect("each has its line in the table").1
    }
}

impl Activity {
    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Activity::Sent => "mail.sent",
            Activity::Opened => "mail.opened",
            Activity::Clicked => "mail.clicked",
            Activity::Bounced => "mail.bounced",
        }
    }
}

impl Subject<'_> {
    /// The word in JSON.
    pub fn name(&self) -> String {
        match self {
            Subject::Text(text) => text.name().to_owned(),
            Subject::Time(time) => time.name().to_owned(),
            Subject::Attribute(field) => format!("{ATTRIBUTE_PREFIX}{}", field.key),
            Subject::Tags => "tags".to_owned(),
            Subject::Owner => "owner".to_owned(),
            Subject::Stage => "stage".to_owned(),
            Subject::StageSince => "stage.since".to_owned(),
            Subject::Points => "points".to_owned(),
            Subject::Anonymous => "anonymous".to_owned(),
            Subject::Identifiers => "identifiers".to_owned(),
            Subject::Random => "random".to_owned(),
            Subject::Subscription => "subscription".to_owned(),
            Subject::DoNotContact(channel) => format!("{DO_NOT_CONTACT_PREFIX}{}", channel.word()),
            Subject::Topic(topic) => format!("{TOPIC_PREFIX}{}", topic.key),
            Subject::Segment => "segment".to_owned(),
            Subject::Mail(activity) => activity.name().to_owned(),
            Subject::Page => "page".to_owned(),
            Subject::Event(aspect) => aspect.name().to_owned(),
            Subject::Sequence => "event.sequence".to_owned(),
            Subject::Records(object) => format!("{OBJECT_PREFIX}{}", object.key),
            Subject::Property(path, _) => format!("{PROPERTY_PREFIX}{path}"),
            Subject::RecordText(text) => text.name().to_owned(),
            Subject::RecordTime(time) => time.name().to_owned(),
            Subject::Primary => "primary".to_owned(),
            Subject::Relation(relation) => format!("{RELATION_PREFIX}{}", relation.key),
        }
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        match self {
            Subject::Text(_) | Subject::RecordText(_) => Kind::Text,
            Subject::Time(_) | Subject::RecordTime(_) | Subject::StageSince => Kind::Time,
            Subject::Attribute(field) => field.kind.into(),
            Subject::Tags => Kind::Set,
            Subject::Owner => Kind::Id(IdSource::Owner),
            Subject::Stage => Kind::Id(IdSource::Stage),
            Subject::Points | Subject::Identifiers | Subject::Random => Kind::Amount,
            Subject::Anonymous | Subject::Primary => Kind::Truth,
            Subject::Subscription => Kind::Subscription,
            Subject::DoNotContact(_) => Kind::Reason,
            Subject::Topic(_) => Kind::Topic,
            Subject::Segment => Kind::Segment,
            Subject::Event(Aspect::First | Aspect::Last) => Kind::Time,
            Subject::Mail(_) | Subject::Page | Subject::Event(_) => Kind::Tally,
            Subject::Records(_) | Subject::Relation(_) => Kind::Tally,
            Subject::Sequence => Kind::Sequence,
            Subject::Property(_, kind) => match kind {
                PropertyKind::Text => Kind::Text,
                PropertyKind::Number => Kind::Amount,
                PropertyKind::Truth => Kind::Truth,
                PropertyKind::Day => Kind::Day,
                PropertyKind::Set => Kind::Set,
            },
        }
    }

    /// Whether it is about things that have conditions of their own, and what those are about.
    pub fn things<'s>(&self, schema: &'s Schema) -> Option<Scope<'s>> {
        match self {
            Subject::Mail(_) | Subject::Page | Subject::Event(_) | Subject::Sequence => Some(Scope::Event),
            Subject::Records(object) => schema.object(object.id).map(Scope::Record),
            Subject::Relation(relation) => schema.object(relation.object).map(Scope::Related),
            _ => None,
        }
    }

    /// Whether only a record that belongs to a person has it.
    pub const fn is_of_people(&self) -> bool {
        matches!(
            self,
            Subject::Relation(_) | Subject::Primary | Subject::RecordText(RecordText::Role)
        )
    }

    /// The members of a condition besides its field, operator and value.
    pub const fn members(&self) -> &'static [&'static str] {
        match self {
            Subject::Mail(Activity::Clicked) => {
                &["within", "from", "until", "campaign", "url_contains", "where"]
            }
            Subject::Mail(_) => &["within", "from", "until", "campaign", "where"],
            Subject::Page => &["within", "from", "until", "where"],
            Subject::Event(_) => &["name", "within", "from", "until", "campaign", "where"],
            Subject::Sequence => &[
                "name", "within", "from", "until", "campaign", "where", "then", "gap",
            ],
            Subject::Records(_) | Subject::Relation(_) => &["where"],
            Subject::Topic(_) => &["channel"],
            Subject::Random => &["seed"],
            Subject::Property(..) => &["type"],
            _ => &[],
        }
    }
}

/// The fields that rules of an organisation may use, and the segments that this rule may.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    attributes: Vec<AttributeField>,
    topics: Vec<TopicField>,
    objects: Vec<ObjectField>,
    segments: Option<BTreeSet<SegmentId>>,
}

impl Schema {
    /// The fields that everybody has, and these.
    pub const fn new(attributes: Vec<AttributeField>) -> Self {
        Self {
            attributes,
            topics: Vec::new(),
            objects: Vec::new(),
            segments: None,
        }
    }

    /// With topics.
    pub fn with_topics(mut self, topics: Vec<TopicField>) -> Self {
        self.topics = topics;
        self
    }

    /// With objects.
    pub fn with_objects(mut self, objects: Vec<ObjectField>) -> Self {
        self.objects = objects;
        self
    }

    /// Refuses all segments but these: those that exist and do not depend on the rule's own.
    /// Otherwise any is accepted, for a rule that was checked when it was saved.
    pub fn with_segments(mut self, segments: BTreeSet<SegmentId>) -> Self {
        self.segments = Some(segments);
        self
    }

    /// Whether the rule may look at a segment.
    pub fn may_use(&self, segment: SegmentId) -> bool {
        self.segments
            .as_ref()
            .is_none_or(|segments| segments.contains(&segment))
    }

    /// The custom fields.
    pub fn attributes(&self) -> &[AttributeField] {
        &self.attributes
    }

    /// The topics.
    pub fn topics(&self) -> &[TopicField] {
        &self.topics
    }

    /// The objects.
    pub fn objects(&self) -> &[ObjectField] {
        &self.objects
    }

    /// The object of that identifier.
    pub fn object(&self, id: ObjectId) -> Option<&ObjectField> {
        self.objects.iter().find(|object| object.id == id)
    }

    /// What a word in JSON stands for. A property is taken for what `kind` says.
    pub fn subject<'a>(&'a self, scope: Scope<'a>, name: &'a str, kind: PropertyKind) -> Option<Subject<'a>> {
        match scope {
            Scope::Contact => self.contact_subject(name),
            Scope::Event => {
                let path = name.strip_prefix(PROPERTY_PREFIX)?;
                super::tree::Path::parse(path)?;
                Some(Subject::Property(path, kind))
            }
            Scope::Record(object) => record_subject(object, name),
            // One step is as far as rules go.
            Scope::Related(object) => record_subject(object, name).filter(|subject| !subject.is_of_people()),
        }
    }

    fn contact_subject<'a>(&'a self, name: &'a str) -> Option<Subject<'a>> {
        if let Some(key) = name.strip_prefix(ATTRIBUTE_PREFIX) {
            return attribute(&self.attributes, key);
        }
        if let Some(key) = name.strip_prefix(TOPIC_PREFIX) {
            return self
                .topics
                .iter()
                .find(|topic| topic.key == key)
                .map(Subject::Topic);
        }
        if let Some(key) = name.strip_prefix(OBJECT_PREFIX) {
            return self
                .objects
                .iter()
                .find(|object| object.key == key)
                .map(Subject::Records);
        }
        fixed_subjects().find(|subject| subject.name() == name)
    }
}

fn attribute<'a>(attributes: &'a [AttributeField], key: &str) -> Option<Subject<'a>> {
    attributes
        .iter()
        .find(|field| field.key == key)
        .map(Subject::Attribute)
}

fn record_subject<'a>(object: &'a ObjectField, name: &str) -> Option<Subject<'a>> {
    if let Some(key) = name.strip_prefix(ATTRIBUTE_PREFIX) {
        return attribute(&object.attributes, key);
    }
    if let Some(key) = name.strip_prefix(RELATION_PREFIX) {
        let relation = object.relations.iter().find(|relation| relation.key == key);
        return relation.map(Subject::Relation);
    }
    record_subjects().find(|subject| subject.name() == name)
}

/// What every record has, in the order that people are offered it.
pub fn record_subjects() -> impl Iterator<Item = Subject<'static>> {
    let texts = RECORD_TEXTS.iter().map(|(text, _)| Subject::RecordText(*text));
    let times = RECORD_TIMES.iter().map(|(time, _)| Subject::RecordTime(*time));
    texts.chain(times).chain([Subject::Owner, Subject::Primary])
}

/// What everybody has, in the order that people are offered it.
pub fn fixed_subjects() -> impl Iterator<Item = Subject<'static>> {
    let texts = CORE_TEXTS.iter().map(|(text, _)| Subject::Text(*text));
    let times = CORE_TIMES.iter().map(|(time, _)| Subject::Time(*time));
    let mails = Activity::ALL.into_iter().map(Subject::Mail);
    let events = ASPECTS.iter().map(|(aspect, _)| Subject::Event(*aspect));
    texts
        .chain([
            Subject::Owner,
            Subject::Stage,
            Subject::Points,
            Subject::Anonymous,
        ])
        .chain([Subject::Identifiers, Subject::Random])
        .chain(times)
        .chain([Subject::StageSince])
        .chain([Subject::Tags, Subject::Subscription, Subject::Segment])
        .chain(Channel::ALL.map(Subject::DoNotContact))
        .chain(mails)
        .chain(events)
        .chain([Subject::Sequence, Subject::Page])
}

#[cfg(test)]
mod tests {
    use super::{AttributeField, AttributeKind, PropertyKind, Schema, Scope, Subject, fixed_subjects};

    #[test]
    fn every_subject_is_found_by_its_name() {
        let plan = AttributeField {
            key: "plan".to_owned(),
            label: "Plan".to_owned(),
            kind: AttributeKind::Choice,
            options: vec!["pro".to_owned()],
        };
        let schema = Schema::new(vec![plan.clone()]);
        fn find<'a>(schema: &'a Schema, name: &'a str) -> Option<Subject<'a>> {
            schema.subject(Scope::Contact, name, PropertyKind::Text)
        }
        for subject in fixed_subjects() {
            assert_eq!(find(&schema, &subject.name()), Some(subject));
        }
        assert_eq!(find(&schema, "attributes.plan"), Some(Subject::Attribute(&plan)));
        for unknown in [
            "plan",
            "attributes.",
            "attributes.x",
            "mail",
            "org_id",
            "",
            "objects.x",
            "topics.x",
        ] {
            assert_eq!(find(&schema, unknown), None, "{unknown}");
        }
    }
}

//! An action on selected contacts as it was filled in.

use contracts::crm::consent::Channel;
use platform::web::{AppError, Ctx, FieldErrors};
use serde_json::Value;

use crate::{
    domain::{
        bulk::BulkKind,
        contact::TextField,
        contact_input::Problem,
        field::Field,
        field_value,
        import::reject::Reason,
        selection::{MOST_IDS, Selection},
        tag::parse_tags,
        text,
    },
    infrastructure::pg::CrmTx,
    interface::{contact_query::ContactQuery, problem_text::reason},
};

/// What the buttons of the list call the taking out of a file, which is no action on contacts.
pub const EXPORT: &str = "export";

/// The most characters of what people agreed to.
const MAX_CONSENT_TEXT: usize = 5_000;

/// All fields as they were sent.
#[derive(Clone, Debug, Default)]
pub struct BulkForm {
    pairs: Vec<(String, String)>,
}

impl BulkForm {
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// The first value of a field.
    pub fn get(&self, name: &str) -> &str {
        self.pairs
            .iter()
            .find(|(other, _)| other == name)
            .map_or("", |(_, value)| value)
    }

    /// The ids of the contacts that were ticked.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.pairs
            .iter()
            .filter(|(name, _)| name == "id")
            .map(|(_, value)| value.as_str())
    }

    /// Whether everybody is meant whom the list finds, not only who was ticked.
    pub fn means_all(&self) -> bool {
        !self.get("all").is_empty()
    }

    /// The list that it was sent from.
    pub fn list(&self) -> ContactQuery {
        ContactQuery::parse(self.get("query"))
    }

    /// Whom it is about; `None` when nobody was ticked.
    pub async fn selection(
        &self,
        ctx: &Ctx,
        tx: &mut CrmTx,
        fields: &[Field],
    ) -> Result<Option<Selection>, AppError> {
        if self.means_all() {
            let asked = self.list().ask(ctx, tx, fields).await?;
            return Ok(Some(Selection::Matching(asked.spec)));
        }
        // What is not an id of a contact is passed over: such a contact does not exist.
        let ids: Vec<_> = self
            .ids()
            .filter_map(|id| id.parse().ok())
            .take(MOST_IDS)
            .collect();
        Ok((!ids.is_empty()).then_some(Selection::Ids(ids)))
    }

    /// What is to be done, or the fields that are wrong.
    pub fn kind(&self, ctx: &Ctx, fields: &[Field]) -> Result<BulkKind, FieldErrors> {
        Ok(match self.get("action") {
            "tag" => self.tags(ctx)?,
            "set_field" => BulkKind::SetField {
                field: self.get("field").to_owned(),
                value: self.value(ctx, fields)?,
            },
            "set_owner" => BulkKind::SetOwner {
                owner: self.optional(ctx, "owner")?,
            },
            "set_stage" => BulkKind::SetStage {
                stage: self.optional(ctx, "stage")?,
            },
            "add_to_segment" => BulkKind::AddToSegment {
                segment: self.chosen(ctx, "segment")?,
            },
            "remove_from_segment" => BulkKind::RemoveFromSegment {
                segment: self.chosen(ctx, "segment")?,
            },
            "subscribe" => BulkKind::Subscribe {
                topic: self.chosen(ctx, "topic")?,
                channel: self.channel(),
                basis: self.get("basis").to_owned(),
                text: text::multi_line(self.get("text"), MAX_CONSENT_TEXT)
                    .map_err(|_| one(ctx, "text", "too_long"))?,
                confirmed: self.get("confirmed") == "true",
            },
            "unsubscribe" => BulkKind::Unsubscribe {
                topic: self.chosen(ctx, "topic")?,
                channel: self.channel(),
            },
            "do_not_contact" => BulkKind::DoNotContact {},
            "delete" => BulkKind::Delete {},
            _ => return Err(one(ctx, "action", "missing")),
        })
    }

    fn tags(&self, ctx: &Ctx) -> Result<BulkKind, FieldErrors> {
        let parse = |field: &str| -> Result<Vec<String>, FieldErrors> {
            let tags = parse_tags(self.get(field)).map_err(|_| one(ctx, field, "invalid_tag"))?;
            Ok(tags.into_iter().map(|tag| tag.into_string()).collect())
        };
        let (add, remove) = (parse("add")?, parse("remove")?);
        if add.is_empty() && remove.is_empty() {
            return Err(one(ctx, "add", "missing"));
        }
        Ok(BulkKind::Tag { add, remove })
    }

    fn chosen<T: std::str::FromStr>(&self, ctx: &Ctx, field: &str) -> Result<T, FieldErrors> {
        self.get(field).parse().map_err(|_| one(ctx, field, "missing"))
    }

    fn channel(&self) -> Channel {
        Channel::parse(self.get("channel")).unwrap_or(Channel::Email)
    }

    /// Nothing chosen is no answer; `none` takes away what is there.
    fn optional<T: std::str::FromStr>(&self, ctx: &Ctx, field: &str) -> Result<Option<T>, FieldErrors> {
        match self.get(field) {
            "none" => Ok(None),
            text => text.parse().map(Some).map_err(|_| one(ctx, field, "missing")),
        }
    }

    fn value(&self, ctx: &Ctx, fields: &[Field]) -> Result<Value, FieldErrors> {
        let text = self.get("value").trim();
        if self.get("clear") == "true" {
            return Ok(Value::Null);
        }
        if text.is_empty() {
            return Err(one(ctx, "value", "missing"));
        }
        let name = self.get("field");
        if TextField::from_key(name).is_some() {
            return Ok(text.into());
        }
        let field = name
            .strip_prefix("attributes.")
            .and_then(|key| fields.iter().find(|field| field.key == key))
            .ok_or_else(|| one(ctx, "field", "unknown_field"))?;
        let value = field_value::parse_text(field.rule(), text)
            .map_err(|error| one(ctx, "value", Reason::from(error).as_str()))?;
        Ok(value.unwrap_or_default())
    }
}

fn one(ctx: &Ctx, field: &str, code: &'static str) -> FieldErrors {
    let mut errors = FieldErrors::new();
    errors.add(field, code, reason(&ctx.l10n, code));
    errors
}

/// Problems of an action, by the fields of the form.
pub fn problems_of(ctx: &Ctx, problems: &[Problem]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for problem in problems {
        errors.add(
            problem.field.clone(),
            problem.code,
            reason(&ctx.l10n, problem.code),
        );
    }
    errors
}

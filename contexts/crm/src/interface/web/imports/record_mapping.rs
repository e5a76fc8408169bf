//! The parts of the mapping page that are about records.

use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Choice, RadioCards, Select};

use super::{form::MappingForm, mapping_view::dates};
use crate::{
    domain::import::{
        mapping::{Existing, Identity, Target},
        record_shape::RecordShape,
    },
    interface::web::contacts::field_label,
};

/// What a column of records can become.
pub fn targets<'a>(ctx: &Ctx, select: Select<'a>, shape: &RecordShape) -> Select<'a> {
    let own = vec![
        (Target::Name.to_string(), ctx.t("crm-record-name")),
        (Target::ExternalId.to_string(), field_label(ctx, "external_id")),
        (Target::Owner.to_string(), ctx.t("crm-import-target-owner")),
    ];
    let mut select = select.group(shape.object.singular.clone(), own);
    if !shape.fields.is_empty() {
        let fields = shape.fields.iter();
        let fields = fields.map(|field| {
            (
                Target::Attribute(field.key.clone()).to_string(),
                field.label.clone(),
            )
        });
        select = select.group(ctx.t("crm-fields-title"), fields.collect::<Vec<_>>());
    }
    let mut links = Vec::new();
    if shape.object.has_contacts() {
        links.push((Target::Contacts.to_string(), ctx.t("crm-import-target-contacts")));
    }
    links.extend(shape.relations.iter().map(|seen| {
        let label = ctx.ta(
            "crm-import-target-link",
            &[
                ("relation", seen.label.as_str().into()),
                ("objects", seen.other.plural.as_str().into()),
            ],
        );
        (Target::Link(seen.key.clone()).to_string(), label)
    }));
    if links.is_empty() {
        return select;
    }
    select.group(ctx.t("crm-import-targets-links"), links)
}

/// How rows meet the records that exist.
pub fn rules(ctx: &Ctx, shape: &RecordShape, form: &MappingForm, errors: &FieldErrors) -> Markup {
    let objects = shape.object.plural.as_str();
    let core = Identity::OF_RECORDS.map(|identity| {
        let label = match identity {
            Identity::Name => ctx.t("crm-record-name"),
            _ => field_label(ctx, "external_id"),
        };
        (identity.to_string(), label)
    });
    let unique: Vec<_> = shape
        .unique_fields()
        .map(|field| {
            (
                Identity::Attribute(field.key.clone()).to_string(),
                field.label.clone(),
            )
        })
        .collect();
    let choices = Existing::ALL
        .into_iter()
        .map(|existing| {
            let (label, help) = match existing {
                Existing::Overwrite => (
                    "crm-import-existing-overwrite",
                    "crm-import-existing-overwrite-help",
                ),
                Existing::FillEmpty => (
                    "crm-import-existing-fill",
                    "crm-import-records-existing-fill-help",
                ),
                Existing::Leave => (
                    "crm-import-existing-leave",
                    "crm-import-records-existing-leave-help",
                ),
            };
            Choice::new(existing.as_str(), ctx.t(label)).help(ctx.t(help))
        })
        .collect();
    let identity = Select::new("identity", ctx.t("crm-import-records-identity")).options(core);
    let identity = if unique.is_empty() {
        identity
    } else {
        identity.group(ctx.t("crm-fields-title"), unique)
    };
    let existing = ctx.ta("crm-import-records-existing", &[("objects", objects.into())]);
    html! {
        (identity
            .selected(form.get("identity"))
            .help(ctx.t("crm-import-records-identity-help"))
            .error(errors.of("identity").map(str::to_owned)))
        (RadioCards::new("existing", existing, choices).chosen(form.get("existing").to_owned()))
        (dates(ctx, form))
    }
}

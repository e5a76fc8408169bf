use axum::response::Response;
use contracts::crm::{IMPORT_MAPPING, IMPORT_START, IMPORTS, lists::IMPORT_TEMPLATES_DELETION};
use http::StatusCode;
use maud::{Markup, Render, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, Choice, Column, ErrorSummary, Field as Input, Form, Icon, PageHeader,
    RadioCards, Row, Select, Switch, Table, TagField, Tone, button_row, form_section, stack,
};

use super::{
    form::{MappingForm, NEW, column, column_rule, new_key, new_kind, new_label},
    list_view::state_badge,
    record_mapping, report_view,
    what::What,
};
use crate::{
    application::import_onto::Onto,
    domain::{
        consent::Basis,
        contact::TextField,
        field::{Field, FieldType},
        import::{
            dialect::{Delimiter, Sample},
            encoding::Encoding,
            mapping::{Existing, Identity, Target},
            state::Import,
            template::ImportTemplate,
        },
        topic::Topic,
    },
    interface::{
        assignment::People,
        consent_words::basis_word,
        web::{contacts::field_label, fields::kind_label},
    },
};

/// What the page has to choose from.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub sample: &'a Sample,
    pub onto: &'a Onto,
    pub what: &'a What,
    pub templates: &'a [ImportTemplate],
    pub people: &'a People,
}

/// The page on which the columns of a file are mapped; after a dry run also what it found.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    import: &Import,
    known: &Known<'_>,
    form: &MappingForm,
    errors: &FieldErrors,
) -> Response {
    let Known {
        onto,
        what,
        templates,
        people,
        ..
    } = *known;
    let mut header = PageHeader::new(import.file_name.as_str()).purpose(ctx.t("crm-import-mapping-purpose"));
    if let Some(url) = what.url() {
        header = header.crumb(what.plural(ctx), url);
    }
    let header = header
        .crumb(ctx.t("crm-imports-title"), IMPORTS.url())
        .badge(state_badge(ctx, import.state));
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let action = IMPORT_MAPPING.url(&import.id);
    let dialect = Form::post(action.as_str(), ctx.csrf_field()).body(ctx.words(), dialect(ctx, what, form));
    let rules = match onto {
        Onto::Contacts { fields, .. } => rules(ctx, fields, form, errors),
        Onto::Records(shape) => record_mapping::rules(ctx, shape, form, errors),
    };
    let topics = match onto {
        Onto::Contacts { topics, .. } => topics.as_slice(),
        Onto::Records(_) => &[],
    };
    let mapping = html! {
        (columns_table(ctx, known, form, errors))
        (form_section(&ctx.t("crm-import-section-rules"), None, rules))
        @if !topics.is_empty() {
            (form_section(&ctx.t("crm-import-section-consent"), Some(&ctx.t("crm-import-section-consent-help")), consent(ctx, form, errors)))
        }
        (button_row(html! {
            (Button::primary(ctx.t("crm-import-check")).icon(Icon::Search).value("then", "check"))
            (Button::secondary(ctx.t("crm-import-start")).icon(Icon::Play).value("then", "start"))
            (Button::ghost(ctx.t("crm-import-save-mapping")).value("then", "save"))
        }))
        (form_section(&ctx.t("crm-import-templates"), Some(&ctx.t("crm-import-templates-help")), keep_template(ctx, form, errors)))
    };
    let body = stack(html! {
        (summary)
        @if import.problem.is_some() { (Alert::new(Tone::Danger, ctx.t("crm-import-check-failed"))) }
        @if let Some(found) = &import.dry_run {
            (report_view::dry_run(ctx, people, what, found))
            (ActionForm::new(
                IMPORT_START.url(&import.id),
                ctx.csrf_field(),
                Button::primary(ctx.ta("crm-import-start-rows", &[("count", found.counts.rows().into())])).icon(Icon::Play),
            ))
        }
        @if let Some(template) = &import.template {
            (Alert::new(Tone::Success, ctx.ta("crm-import-template-used", &[("name", template.as_str().into())]))
                .text(ctx.t("crm-import-template-used-help")))
        }
        @if !templates.is_empty() { (use_template(ctx, import, templates)) }
        (Card::titled(ctx.t("crm-import-section-file")).help(ctx.t("crm-import-section-file-help")).body(dialect))
        (Form::post(action, ctx.csrf_field()).id("mapping").body(ctx.words(), mapping))
    });
    ctx.page_with(status, &header.wide(), body)
}

/// Kept mappings to choose from.
fn use_template(ctx: &Ctx, import: &Import, templates: &[ImportTemplate]) -> Markup {
    let names = templates
        .iter()
        .map(|template| (template.id.to_string(), template.name.clone()));
    let form = Form::post(IMPORT_MAPPING.url(&import.id), ctx.csrf_field()).body(
        ctx.words(),
        html! {
            (Select::new("template", ctx.t("crm-import-template")).options(names))
            (button_row(html! {
                (Button::secondary(ctx.t("crm-import-template-use")).small().value("then", "use_template"))
                (Button::ghost(ctx.t("crm-import-template-delete")).small().icon(Icon::Trash)
                    .attr("formaction", IMPORT_TEMPLATES_DELETION.url()))
            }))
        },
    );
    Card::titled(ctx.t("crm-import-templates")).body(form)
}

fn keep_template(ctx: &Ctx, form: &MappingForm, errors: &FieldErrors) -> Markup {
    html! {
        (Input::text("template_name", ctx.t("crm-import-template-name"))
            .value(form.get("template_name"))
            .max_length(100)
            .error(errors.of("template_name").map(str::to_owned)))
        (Button::secondary(ctx.t("crm-import-template-keep")).small().value("then", "keep_template"))
    }
}

fn dialect(ctx: &Ctx, what: &What, form: &MappingForm) -> Markup {
    let delimiters = Delimiter::ALL.map(|delimiter| {
        let key = match delimiter {
            Delimiter::Comma => "crm-import-delimiter-comma",
            Delimiter::Semicolon => "crm-import-delimiter-semicolon",
            Delimiter::Tab => "crm-import-delimiter-tab",
            Delimiter::Pipe => "crm-import-delimiter-pipe",
        };
        (delimiter.as_str(), ctx.t(key))
    });
    let encodings = Encoding::ALL.map(|encoding| {
        let key = match encoding {
            Encoding::Utf8 => "crm-import-encoding-utf8",
            Encoding::Windows1252 => "crm-import-encoding-windows",
        };
        (encoding.as_str(), ctx.t(key))
    });
    let headers = [
        ("true", ctx.t("crm-import-header-yes")),
        (
            "false",
            ctx.t(if what.is_contacts() {
                "crm-import-header-no"
            } else {
                "crm-import-records-header-no"
            }),
        ),
    ];
    html! {
        (Select::new("delimiter", ctx.t("crm-import-delimiter")).options(delimiters).selected(form.get("delimiter")))
        (Select::new("encoding", ctx.t("crm-import-encoding")).options(encodings).selected(form.get("encoding")))
        (Select::new("header", ctx.t("crm-import-header")).options(headers).selected(form.get("header")))
        (Button::secondary(ctx.t("crm-import-reread")).small().value("then", "reread"))
    }
}

fn columns_table(ctx: &Ctx, known: &Known<'_>, form: &MappingForm, errors: &FieldErrors) -> Markup {
    let sample = known.sample;
    let columns = vec![
        Column::text(ctx.t("crm-import-column-name")),
        Column::text(ctx.t("crm-import-column-sample")).wide_only(),
        Column::text(ctx.t("crm-import-column-target")),
        Column::text(if known.what.is_contacts() {
            ctx.t("crm-import-column-rule")
        } else {
            ctx.ta(
                "crm-import-records-column-rule",
                &[("objects", known.what.plural(ctx).into())],
            )
        }),
    ];
    let rows = sample.columns.iter().enumerate().map(|(n, name)| {
        let values: Vec<&str> = sample
            .rows
            .iter()
            .filter_map(|row| row.get(n))
            .map(String::as_str)
            .filter(|v| !v.is_empty())
            .take(3)
            .collect();
        Row::new(vec![
            html! { strong { (name) } },
            html! { @for value in &values { div.muted { (shortened(value)) } } },
            target(ctx, n, name, known, form, errors),
            column_rule_select(ctx, known.what, n, name, form),
        ])
    });
    Table::new(ctx.t("crm-import-section-columns"), columns)
        .rows(rows)
        .show(ctx.words())
}

/// What a column does to contacts that exist, when that is not what the whole file does.
fn column_rule_select(ctx: &Ctx, what: &What, n: usize, name: &str, form: &MappingForm) -> Markup {
    let label = if what.is_contacts() {
        "crm-import-rule-of"
    } else {
        "crm-import-records-rule-of"
    };
    let rules = Existing::ALL.map(|existing| {
        let key = match existing {
            Existing::Overwrite => "crm-import-rule-always",
            Existing::FillEmpty => "crm-import-rule-if-empty",
            Existing::Leave => "crm-import-rule-never",
        };
        (existing.as_str(), ctx.t(key))
    });
    html! {
        (Select::new(column_rule(n), ctx.ta(label, &[("column", name.into())]))
            .hide_label()
            .option("", ctx.t("crm-import-rule-as-file"))
            .options(rules)
            .selected(form.get(&column_rule(n))))
    }
}

fn target(
    ctx: &Ctx,
    n: usize,
    name: &str,
    known: &Known<'_>,
    form: &MappingForm,
    errors: &FieldErrors,
) -> Markup {
    let select = Select::new(
        column(n),
        ctx.ta("crm-import-target-of", &[("column", name.into())]),
    )
    .hide_label()
    .option(Target::Skip.to_string(), ctx.t("crm-import-target-skip"))
    .option(NEW, ctx.t("crm-import-target-new"));
    let select = match known.onto {
        Onto::Contacts { fields, topics } => contact_targets(ctx, select, fields, topics),
        Onto::Records(shape) => record_mapping::targets(ctx, select, shape),
    };
    html! {
        (select.selected(form.get(&column(n))).error(errors.of(&column(n)).map(str::to_owned)))
        @if is_ip(name) && form.get(&column(n)) == "skip" {
            p.muted { (ctx.t("crm-import-ip-note")) }
        }
        @if form.get(&column(n)) == NEW { (new_field(ctx, n, form)) }
        @else { (hidden_new_field(n, name, form)) }
    }
}

/// What a column of contacts can become.
fn contact_targets<'a>(ctx: &Ctx, select: Select<'a>, fields: &[Field], topics: &[Topic]) -> Select<'a> {
    let word = |target: Target| target.to_string();
    let mut own = vec![
        (word(Target::Email), field_label(ctx, "email")),
        (word(Target::ExternalId), field_label(ctx, "external_id")),
    ];
    own.push((word(Target::FullName), ctx.t("crm-import-target-full-name")));
    own.extend(TextField::ALL.map(|field| (word(Target::Text(field)), field_label(ctx, field.key()))));
    own.push((word(Target::Tags), ctx.t("crm-import-target-tags-add")));
    own.push((word(Target::TagsReplace), ctx.t("crm-import-target-tags-replace")));
    own.push((word(Target::DoNotEmail), ctx.t("crm-import-target-do-not-email")));
    own.extend([
        (word(Target::Owner), ctx.t("crm-import-target-owner")),
        (word(Target::Stage), ctx.t("crm-import-target-stage")),
        (word(Target::Points), ctx.t("crm-column-points")),
        (
            word(Target::PrimaryCompany),
            ctx.t("crm-import-target-primary-company"),
        ),
        (word(Target::CreatedAt), ctx.t("crm-import-target-created-at")),
        (
            word(Target::IdentifiedAt),
            ctx.t("crm-import-target-identified-at"),
        ),
        (word(Target::LastActive), ctx.t("crm-import-target-last-active")),
    ]);
    own.push((word(Target::Json), ctx.t("crm-import-target-json")));
    let custom: Vec<_> = fields
        .iter()
        .map(|field| (word(Target::Attribute(field.key.clone())), field.label.clone()))
        .collect();
    let select = select.group(ctx.t("crm-import-targets-contact"), own);
    let select = if custom.is_empty() {
        select
    } else {
        select.group(ctx.t("crm-fields-title"), custom)
    };
    if topics.is_empty() {
        select
    } else {
        select.group(ctx.t("crm-import-section-consent"), topic_targets(ctx, topics))
    }
}

fn topic_targets(ctx: &Ctx, topics: &[Topic]) -> Vec<(String, String)> {
    let one = |topic: &Topic| {
        let name = ctx.ta(
            "crm-import-target-topic",
            &[("topic", topic.name.as_str().into())],
        );
        (Target::Topic(topic.key.clone()).to_string(), name)
    };
    let mut targets: Vec<(String, String)> = topics.iter().map(one).collect();
    targets.extend([
        (Target::Topics.to_string(), ctx.t("crm-import-target-topics")),
        (
            Target::ConsentAt.to_string(),
            ctx.t("crm-import-target-consent-at"),
        ),
        (
            Target::ConsentIp.to_string(),
            ctx.t("crm-import-target-consent-ip"),
        ),
    ]);
    targets
}

/// How it is known that people agreed: without it, no topic is imported.
fn consent(ctx: &Ctx, form: &MappingForm, errors: &FieldErrors) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let bases = Basis::ALL
        .into_iter()
        .filter(|basis| *basis != Basis::Unknown)
        .map(|basis| (basis.as_str(), basis_word(&ctx.l10n, basis)));
    html! {
        (Select::new("consent_basis", ctx.t("crm-consent-basis"))
            .option("", ctx.t("crm-consent-basis-choose"))
            .options(bases)
            .selected(form.get("consent_basis"))
            .help(ctx.t("crm-import-consent-basis-help"))
            .error(error("consent_basis")))
        (Input::textarea("consent_text", ctx.t("crm-import-consent-text"), 3)
            .value(form.get("consent_text"))
            .help(ctx.t("crm-import-consent-text-help"))
            .error(error("consent_text")))
        (Switch::new("consent_confirmed", ctx.t("crm-import-consent-confirmed"), form.get("consent_confirmed") == "true")
            .value("true")
            .help(ctx.t("crm-import-consent-confirmed-help"))
            .render())
    }
}

fn new_field(ctx: &Ctx, n: usize, form: &MappingForm) -> Markup {
    let kinds = FieldType::ALL
        .iter()
        .filter(|kind| **kind != FieldType::Select)
        .map(|kind| (kind.as_str(), kind_label(ctx, *kind)));
    html! {
        (Select::new(new_kind(n), ctx.t("crm-field-column-type")).options(kinds).selected(form.get(&new_kind(n))))
        (Input::text(new_label(n), ctx.t("crm-field-column-label")).value(form.get(&new_label(n))).max_length(100))
        (Input::text(new_key(n), ctx.t("crm-field-key")).value(form.get(&new_key(n))).max_length(63))
    }
}

/// What a new field would be called, should one be chosen.
fn hidden_new_field(n: usize, name: &str, form: &MappingForm) -> Markup {
    let key = crate::domain::field::key_from_label(name).unwrap_or_default();
    let or = |value: &str, other: &str| {
        if value.is_empty() {
            other.to_owned()
        } else {
            value.to_owned()
        }
    };
    html! {
        input type="hidden" name=(new_kind(n)) value=(or(form.get(&new_kind(n)), FieldType::Text.as_str()));
        input type="hidden" name=(new_label(n)) value=(or(form.get(&new_label(n)), name));
        input type="hidden" name=(new_key(n)) value=(or(form.get(&new_key(n)), &key));
    }
}

fn rules(ctx: &Ctx, fields: &[Field], form: &MappingForm, errors: &FieldErrors) -> Markup {
    let core = Identity::CORE.map(|identity| {
        let name = identity.to_string();
        let label = field_label(ctx, &name);
        (name, label)
    });
    let own: Vec<_> = fields
        .iter()
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
                Existing::FillEmpty => ("crm-import-existing-fill", "crm-import-existing-fill-help"),
                Existing::Leave => ("crm-import-existing-leave", "crm-import-existing-leave-help"),
            };
            Choice::new(existing.as_str(), ctx.t(label)).help(ctx.t(help))
        })
        .collect();
    let identity = Select::new("identity", ctx.t("crm-import-identity")).options(core);
    let identity = if own.is_empty() {
        identity
    } else {
        identity.group(ctx.t("crm-fields-title"), own)
    };
    html! {
        (identity
            .selected(form.get("identity"))
            .help(ctx.t("crm-import-identity-help"))
            .error(errors.of("identity").map(str::to_owned)))
        (RadioCards::new("existing", ctx.t("crm-import-existing"), choices).chosen(form.get("existing").to_owned()))
        (TagField::new("tags", ctx.t("crm-import-tags"))
            .value(form.get("tags"))
            .help(ctx.t("crm-import-tags-help"))
            .error(errors.of("tags").map(str::to_owned))
            .show(ctx.words()))
        (dates(ctx, form))
        (Switch::new("create_stages", ctx.t("crm-import-create-stages"), form.get("create_stages") == "true")
            .value("true")
            .help(ctx.t("crm-import-create-stages-help"))
            .render())
        (Switch::new("json_fields", ctx.t("crm-import-json-fields"), form.get("json_fields") == "true")
            .value("true")
            .help(ctx.t("crm-import-json-fields-help"))
            .render())
    }
}

pub fn dates(ctx: &Ctx, form: &MappingForm) -> Markup {
    let dates = [
        ("day_first", ctx.t("crm-import-dates-day")),
        ("month_first", ctx.t("crm-import-dates-month")),
    ];
    html! {
        (Select::new("dates", ctx.t("crm-import-dates")).options(dates).selected(form.get("dates")))
    }
}

/// Where somebody was is kept only as part of a proof of consent.
fn is_ip(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    ["ip", "ipaddress"]
        .iter()
        .any(|known| plain.eq_ignore_ascii_case(known))
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

//! One version of a template, from its source to what renders fast.

use std::collections::BTreeSet;

use contracts::crm::consent::Channel;
use css_inline::CSSInliner;
use minijinja::Environment;
use serde::{Deserialize, Serialize};

use super::{
    TemplateError, TemplateFault, TemplateKind, TemplateLink, TemplatePart, TemplateSource,
    environment::{self, HTML, SUBJECT, TEXT, URL},
    html::{self, Findings},
    mask::{Mask, Masked},
    mjml, short, text,
};

/// What compiling made; stored with the version, so that no process does it twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefacts {
    /// What it is written for.
    #[serde(default = "mail")]
    pub channel: Channel,
    /// Jinja.
    pub subject: String,
    /// Jinja in finished HTML.
    pub html: String,
    /// Jinja.
    pub text: String,
    /// Tracked links by number.
    pub links: Vec<TemplateLink>,
    /// Variables that any part reads.
    pub variables: BTreeSet<String>,
    /// For the checks.
    pub http_links: Vec<String>,
    /// For the checks.
    pub relative_links: Vec<String>,
    /// For the checks.
    pub images_without_alt: Vec<String>,
    /// For the checks.
    pub removed: Vec<String>,
    /// Jinja; of push notifications.
    #[serde(default)]
    pub url: String,
    /// Keys, and values in Jinja; of push notifications.
    #[serde(default)]
    pub data: Vec<(String, String)>,
}

/// What was compiled before there was another channel.
const fn mail() -> Channel {
    Channel::Email
}

impl Artefacts {
    /// Whether the mail offers a way to unsubscribe, which marketing mail must.
    #[must_use]
    pub fn has_unsubscribe_link(&self) -> bool {
        self.variables.contains("unsubscribe_url")
    }
}

/// A version that is ready to render, for any number of recipients at once.
#[derive(Debug)]
pub struct CompiledTemplate {
    pub(super) env: Environment<'static>,
    artefacts: Artefacts,
}

impl CompiledTemplate {
    /// Compiles a source; on failure says everything that is wrong with it.
    pub fn compile(source: &TemplateSource) -> Result<Self, Vec<TemplateError>> {
        let mut errors = source.check_limits();
        if errors.is_empty() {
            for (part, text) in source.parts() {
                errors.extend(environment::check_syntax(part, text));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let made = match source.kind.channel() {
            Channel::Email => artefacts(source)?,
            Channel::Sms => short::text_message(source)?,
            Channel::Push => short::notification(source)?,
        };
        Self::load(made).map_err(|error| vec![error])
    }

    /// Takes what an earlier [`compile`](Self::compile) made.
    pub fn load(artefacts: Artefacts) -> Result<Self, TemplateError> {
        let mut env = environment::environment();
        let parts = [
            (TemplatePart::Subject, SUBJECT.to_owned(), &artefacts.subject),
            (TemplatePart::Body, HTML.to_owned(), &artefacts.html),
            (TemplatePart::Text, TEXT.to_owned(), &artefacts.text),
            (TemplatePart::Url, URL.to_owned(), &artefacts.url),
        ];
        let data = artefacts.data.iter().enumerate();
        let data = data.map(|(n, (_, value))| (TemplatePart::Data, environment::data(n), value));
        for (part, name, source) in parts.into_iter().chain(data) {
            // Only markup that tears a pair of tags apart fails here: the sources were checked.
            env.add_template_owned(name, source.clone()).map_err(|error| {
                let detail = error.detail().unwrap_or("syntax error").to_owned();
                TemplateError::at_start(part, TemplateFault::Syntax(detail))
            })?;
        }
        Ok(Self { env, artefacts })
    }

    /// What is stored.
    #[must_use]
    pub fn artefacts(&self) -> &Artefacts {
        &self.artefacts
    }
}

fn artefacts(source: &TemplateSource) -> Result<Artefacts, Vec<TemplateError>> {
    let mut mask = Mask::new(&[&source.body, &source.preheader]);
    let masked = mask.hide_markup(&source.body);
    let html = inlined(source, &masked).map_err(|error| vec![error])?;
    let text = text_part(source, &html, &mask).map_err(|error| vec![error])?;
    let (html, found) = html::prepare(&html, &source.preheader, &mut mask)
        .map_err(|error| vec![body_error(TemplateFault::Syntax(error.to_string()))])?;
    let errors = misfits(source, &html, &mask, &found);
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Artefacts {
        channel: Channel::Email,
        subject: source.subject.clone(),
        html: mask.reveal(&html),
        text,
        links: found.links,
        variables: variables(source),
        http_links: found.http_links,
        relative_links: found.relative_links,
        images_without_alt: found.images_without_alt,
        removed: found.removed,
        url: String::new(),
        data: Vec::new(),
    })
}

/// Finished HTML with its styles in attributes; the style sheets stay for what attributes cannot
/// say.
fn inlined(source: &TemplateSource, masked: &Masked) -> Result<String, TemplateError> {
    let options = CSSInliner::options()
        .load_remote_stylesheets(false)
        .keep_style_tags(true);
    let (html, inliner) = match source.kind {
        TemplateKind::Html | TemplateKind::Sms | TemplateKind::Push => (masked.text.clone(), options.build()),
        TemplateKind::Mjml => {
            let html = mjml::to_html(masked, &source.body)?;
            let styles = mjml::author_styles(&masked.text);
            (
                html,
                options
                    .inline_style_tags(false)
                    .extra_css(Some(styles.into()))
                    .build(),
            )
        }
    };
    inliner
        .inline(&html)
        .map_err(|error| body_error(TemplateFault::Syntax(error.to_string())))
}

/// What only shows once the markup was read: tags that fell out of it, and links that may not be.
fn misfits(source: &TemplateSource, html: &str, mask: &Mask, found: &Findings) -> Vec<TemplateError> {
    let body = |offset: usize, fault| TemplateError::at(TemplatePart::Body, &source.body, offset, fault);
    let mut errors: Vec<_> = found
        .faults
        .iter()
        .map(|(href, fault)| body(source.body.find(href.as_str()).unwrap_or(0), fault.clone()))
        .collect();
    errors.extend(
        mask.lost(html)
            .map(|(offset, code)| body(offset, TemplateFault::Misplaced(code.to_owned()))),
    );
    errors
}

/// The text as written, or made from the HTML before links were wrapped: a reader of text sees the
/// whole address, so it stays the true one and is not tracked.
fn text_part(source: &TemplateSource, html: &str, mask: &Mask) -> Result<String, TemplateError> {
    if !source.text.trim().is_empty() {
        return Ok(source.text.clone());
    }
    text::from_html(html, mask)
        .map(|text| mask.reveal(&text))
        .map_err(|error| body_error(TemplateFault::Syntax(error.to_string())))
}

pub(super) fn variables(source: &TemplateSource) -> BTreeSet<String> {
    source
        .parts()
        .into_iter()
        .flat_map(|(part, text)| environment::variables(part, text))
        .collect()
}

fn body_error(fault: TemplateFault) -> TemplateError {
    TemplateError::at_start(TemplatePart::Body, fault)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::crm::ContactSnapshot;
    use kernel::{ContactId, EmailAddress, MessageId, OrgId};
    use proptest::prelude::*;

    use crate::domain::{
        template::{
            CompiledTemplate, MergeData, MessageLinks, OrganizationFacts, Rendered, STARTERS, TemplateFault,
            TemplateKind, TemplatePart, TemplateSource, Tracking, check,
        },
        tracking::LinkSigner,
    };

    fn html(body: &str) -> TemplateSource {
        source(TemplateKind::Html, body)
    }

    fn source(kind: TemplateKind, body: &str) -> TemplateSource {
        TemplateSource {
            kind,
            subject: "Hello {{ contact.first_name }}".into(),
            preheader: String::new(),
            body: body.into(),
            ..TemplateSource::default()
        }
    }

    fn ann() -> MergeData {
        let attributes = serde_json::json!({"plan": "pro", "seats": 3, "orders": [{"name": "Tea", "price": 4.5}, {"name": "Cup", "price": 9}]});
        MergeData {
            contact: Arc::new(ContactSnapshot {
                id: ContactId::generate(),
                email: Some(EmailAddress::parse("ann@example.com").expect("valid")),
                first_name: "Ann".into(),
                last_name: String::new(),
                phone: String::new(),
                timezone: String::new(),
                locale: String::new(),
                attributes: attributes.as_object().expect("an object").clone(),
                tags: vec!["vip".into()],
                records: serde_json::Map::new(),
            }),
            organization: Arc::new(OrganizationFacts {
                name: "Acme & Sons".into(),
                postal_address: String::new(),
            }),
            campaign: "Spring".into(),
            catalogue: Arc::default(),
            data: Arc::default(),
        }
    }

    fn links(tracking: Tracking) -> MessageLinks {
        MessageLinks {
            signer: Arc::new(LinkSigner::new(&[1; 32], "https://t.example")),
            topic: None,
            org: OrgId::generate(),
            message: MessageId::generate(),
            tracking,
        }
    }

    fn compiled(source: &TemplateSource) -> CompiledTemplate {
        CompiledTemplate::compile(source).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn rendered(source: &TemplateSource, tracking: Tracking) -> Rendered {
        compiled(source)
            .render(&ann(), &links(tracking))
            .expect("it renders")
    }

    fn refused(source: &TemplateSource) -> Vec<(TemplatePart, u32, TemplateFault)> {
        CompiledTemplate::compile(source)
            .expect_err("it must be refused")
            .into_iter()
            .map(|error| (error.part, error.line, error.fault))
            .collect()
    }

    #[test]
    fn contact_data_is_filled_in_and_escaped_where_it_must_be() {
        let mut source = html(
            "<p>{{ contact.first_name }}, {{ contact.plan }}/{{ contact.attributes.seats }}, {{ organization.name }}</p>",
        );
        source.text = "{{ organization.name }} {{ contact.email }} {{ campaign.name }}".into();
        source.subject = "{{ organization.name }}".into();
        let mail = rendered(&source, Tracking::Off);
        assert!(
            mail.html.contains("<p>Ann, pro/3, Acme &amp; Sons</p>"),
            "{}",
            mail.html
        );
        assert_eq!(mail.text, "Acme & Sons ann@example.com Spring\n");
        assert_eq!(mail.subject, "Acme & Sons");
    }

    #[test]
    fn what_a_contact_lacks_is_empty_and_can_have_a_default() {
        let mail = rendered(
            &html(
                "<p>[{{ contact.last_name }}][{{ contact.last_name | default('friend') }}][{{ contact.a.b.c }}][{{ nothing.at.all }}]</p>",
            ),
            Tracking::Off,
        );
        assert!(mail.html.contains("<p>[][friend][][]</p>"), "{}", mail.html);
    }

    #[test]
    fn records_and_catalogues_are_filled_in() {
        let mut source = html(
            "<p>{{ contact.invoices[0].items[0].name }} at {{ contact.company_record.city }}{{ contact.company_record.fax }}, \
             {% for invoice in contact.invoices %}{{ invoice.name }};{% endfor %}{{ contact.visits[0].name }} \
             {{ catalogue.products[contact.plan].price }}{{ catalogue.products['none'].price }}</p>",
        );
        source.subject = "{{ contact.company_record.name }}".into();
        let mut data = ann();
        let records = serde_json::json!({
            "invoices": [{"name": "I2", "items": [{"name": "Tea"}]}, {"name": "I1", "items": []}],
            "company_record": {"name": "Acme", "city": "Bonn", "fax": null},
            "visits": []
        });
        Arc::make_mut(&mut data.contact).records = records.as_object().expect("an object").clone();
        let template = compiled(&source);
        let first = template.render(&data, &links(Tracking::Off)).expect("it renders");
        assert!(
            first.html.contains("<p>Tea at Bonn, I2;I1; </p>"),
            "{}",
            first.html
        );
        assert_eq!(first.subject, "Acme");

        // What was looked up in vain is known for the next render, and is asked for once.
        let key = |id: &str| ("products".to_owned(), id.to_owned());
        assert_eq!(data.catalogue.asked(), [key("none"), key("pro")]);
        let found = [(key("pro"), serde_json::json!({"price": 9}))].into();
        data.catalogue = Arc::new(data.catalogue.knowing(data.catalogue.asked(), found));
        let second = template.render(&data, &links(Tracking::Off)).expect("it renders");
        assert!(second.html.contains("I2;I1; 9</p>"), "{}", second.html);
        assert!(data.catalogue.asked().is_empty());
    }

    #[test]
    fn jinja_survives_mjml_wherever_it_stands() {
        let mail = rendered(
            &source(
                TemplateKind::Mjml,
                r##"<mjml><mj-head><mj-title>{{ campaign.name }}</mj-title><mj-preview>{{ contact.first_name | default("you") }}</mj-preview></mj-head>
                <mj-body background-color="{% if contact.plan == "pro" %}#010203{% endif %}">
                {% if contact.seats < 5 %}<mj-section><mj-column>
                  {% for order in contact.orders %}<mj-text>{{ order.name }}: {{ order.price }}</mj-text>{% endfor %}
                  <mj-table>{% for order in contact.orders %}<tr><td>row {{ order.name }}</td></tr>{% endfor %}</mj-table>
                  <mj-button href="https://shop.example/{{ contact.first_name | default("x") }}">Buy</mj-button>
                  <mj-image src="https://img.example/{{ contact.plan }}.png" alt="{{ contact.plan }}" />
                </mj-column></mj-section>{% else %}<mj-section><mj-column><mj-text>other</mj-text></mj-column></mj-section>{% endif %}
                </mj-body></mjml>"##,
            ),
            Tracking::Off,
        );
        for wanted in [
            "<title>Spring</title>",
            "Tea: 4.5",
            "Cup: 9",
            "row Tea",
            "row Cup",
            "https://shop.example/Ann",
            "https://img.example/pro.png",
            "alt=\"pro\"",
            "#010203",
        ] {
            assert!(mail.html.contains(wanted), "{wanted}: {}", mail.html);
        }
        assert!(
            !mail.html.contains("other") && !mail.html.contains("{%") && !mail.html.contains("zjq"),
            "{}",
            mail.html
        );
        assert!(
            mail.text.contains("Tea: 4.5") && mail.text.contains("row Cup"),
            "{}",
            mail.text
        );
        assert!(
            mail.text.contains("Buy (https://shop.example/Ann)"),
            "{}",
            mail.text
        );
    }

    #[test]
    fn styles_are_inlined() {
        let mail = rendered(
            &html("<style>.x { color: red } @media print { .x { color: black } }</style><p class=x>a</p>"),
            Tracking::Off,
        );
        assert!(mail.html.contains("style=\"color: red"), "{}", mail.html);
        assert!(mail.html.contains("@media print"), "{}", mail.html);
        let mail = rendered(
            &source(
                TemplateKind::Mjml,
                "<mjml><mj-head><mj-style>.x b { color: red }</mj-style></mj-head><mj-body><mj-section><mj-column><mj-text css-class=\"x\"><b>a</b></mj-text></mj-column></mj-section></mj-body></mjml>",
            ),
            Tracking::Off,
        );
        assert!(mail.html.contains("<b style=\"color: red"), "{}", mail.html);
    }

    #[test]
    fn links_are_signed_per_recipient_and_lead_back() {
        let source = html(
            "<a href=\"https://one.example/?a=1&amp;b={{ contact.email | urlencode }}\">1</a>\
             <a href='mailto:x@y.example'>2</a><a href=\"{{ unsubscribe_url }}\">3</a>\
             <a href=\"{% if contact.vip %}https://vip.example/{% else %}https://all.example/{% endif %}\">4</a>",
        );
        let links = links(Tracking::On);
        let template = compiled(&source);
        let mail = template.render(&ann(), &links).expect("it renders");
        let destinations: Vec<_> = mail
            .html
            .split("https://t.example/t/c/")
            .skip(1)
            .map(|rest| rest.split('"').next().expect("a quote ends it"))
            .map(|token| links.signer.read_click(token).expect("it is ours"))
            .map(|click| (click.message, click.link, click.destination))
            .collect();
        assert_eq!(
            destinations,
            [
                (
                    links.message,
                    0,
                    "https://one.example/?a=1&b=ann%40example.com".to_owned()
                ),
                (links.message, 1, "https://all.example/".to_owned()),
            ]
        );
        assert_eq!(
            template.artefacts().links[0].url,
            "https://one.example/?a=1&b={{ contact.email | urlencode }}"
        );
        assert!(mail.html.contains("mailto:x@y.example"));
        assert!(mail.html.contains(&format!("href=\"{}\"", mail.unsubscribe_url)));
        assert_eq!(mail.html.matches("/t/o/").count(), 1, "one pixel");
        assert!(
            !mail.text.contains("/t/c/"),
            "text shows true addresses: {}",
            mail.text
        );
    }

    #[test]
    fn an_untracked_mail_has_plain_links_and_no_pixel() {
        let mail = rendered(&html("<a href=\"https://one.example/\">1</a>"), Tracking::Off);
        assert!(
            mail.html.contains("href=\"https://one.example/\""),
            "{}",
            mail.html
        );
        assert!(!mail.html.contains("/t/o/") && !mail.html.contains("/t/c/"));
    }

    #[test]
    fn a_destination_that_a_contact_turns_into_a_program_leads_nowhere() {
        let mut data = ann();
        let mut contact = (*data.contact).clone();
        contact
            .attributes
            .insert("x".into(), "javascript:alert(1)//".into());
        data.contact = Arc::new(contact);
        // The host check refuses this at compile time; the renderer must not depend on it.
        let mut artefacts = compiled(&html("<a href=\"https://a.example/\">1</a>"))
            .artefacts()
            .clone();
        artefacts.html = artefacts.html.replace("https://a.example/", "{{ contact.x }}");
        let template = CompiledTemplate::load(artefacts).expect("it loads");
        for tracking in [Tracking::On, Tracking::Off] {
            let mail = template.render(&data, &links(tracking)).expect("it renders");
            assert!(
                mail.html.contains("href=\"#\"") && !mail.html.contains("javascript"),
                "{}",
                mail.html
            );
        }
    }

    #[test]
    fn the_preheader_comes_first_and_is_escaped() {
        let mut source = html("<p>body</p>");
        source.preheader = "A <b>&amp; {{ organization.name }}".into();
        let mail = rendered(&source, Tracking::Off);
        let at = mail
            .html
            .find("A &lt;b&gt;&amp;amp; Acme &amp; Sons")
            .expect("it is there");
        assert!(at < mail.html.find("body</p>").expect("it is there"));
        assert_eq!(mail.text, "body\n");
    }

    #[test]
    fn a_subject_is_one_line_whatever_a_name_holds() {
        let mut data = ann();
        let mut contact = (*data.contact).clone();
        contact.first_name = "Ann\r\nBcc: eve@example.com\u{2028}\u{0}x".into();
        data.contact = Arc::new(contact);
        let mail = compiled(&html("<p>x</p>"))
            .render(&data, &links(Tracking::Off))
            .expect("it renders");
        assert_eq!(mail.subject, "Hello Ann Bcc: eve@example.com x");
    }

    #[test]
    fn programs_are_taken_out_of_html() {
        let source = html(
            "<p onclick=\"a()\" hx-get=\"/x\">x</p><script>alert(1)</script><iframe src=x></iframe><meta http-equiv=\"Refresh\" content=\"0\">",
        );
        let template = compiled(&source);
        let mail = template
            .render(&ann(), &links(Tracking::Off))
            .expect("it renders");
        for gone in ["onclick", "hx-get", "script", "iframe", "efresh"] {
            assert!(!mail.html.contains(gone), "{gone}: {}", mail.html);
        }
        assert_eq!(template.artefacts().removed.len(), 5);
    }

    #[test]
    fn faults_are_shown_in_their_part_at_their_line() {
        let mut bad = html("<p>\n{{ a b }}</p>");
        bad.subject = "a\r\nBcc: x".into();
        assert_eq!(
            refused(&bad),
            [(TemplatePart::Subject, 1, TemplateFault::LineBreak)]
        );
        bad.subject = "{{ x | shout }}".into();
        let faults = refused(&bad);
        assert_eq!(
            faults[0],
            (
                TemplatePart::Subject,
                1,
                TemplateFault::UnknownFilter("shout".into())
            )
        );
        assert!(
            matches!(faults[1], (TemplatePart::Body, 2, TemplateFault::Syntax(_))),
            "{faults:?}"
        );
        let faults = refused(&html("<p>a</p>\n<a href=\"{{ contact.site }}\">b</a>"));
        assert_eq!(
            faults,
            [(
                TemplatePart::Body,
                2,
                TemplateFault::LinkHost("{{ contact.site }}".into())
            )]
        );
        let faults = refused(&html("a\n\n<a href=\"JavaScript:x()\">b</a>"));
        assert_eq!(
            faults,
            [(
                TemplatePart::Body,
                3,
                TemplateFault::LinkScheme("javascript".into())
            )]
        );
        let faults = refused(&html("a\n<p class=\"x\" class=\"{{ contact.plan }}\">b</p>"));
        assert_eq!(
            faults,
            [(
                TemplatePart::Body,
                2,
                TemplateFault::Misplaced("{{ contact.plan }}".into())
            )]
        );
        assert_eq!(
            refused(&html("  ")),
            [(TemplatePart::Body, 1, TemplateFault::Empty)]
        );
        assert_eq!(
            refused(&html(&"x".repeat(256 * 1024 + 1))),
            [(
                TemplatePart::Body,
                1,
                TemplateFault::TooLong { limit: 256 * 1024 }
            )]
        );
    }

    #[test]
    fn an_arrow_after_a_letter_beyond_ascii_is_text() {
        let mail = rendered(
            &source(
                TemplateKind::Mjml,
                "<mjml><mj-head><mj-style>.é > b { color: #010203 }</mj-style></mj-head>\
                 <mj-body><mj-section><mj-column><mj-text>Menü > Café>{{ contact.first_name }}, \
                 <b title=\"é\">a</b></mj-text></mj-column></mj-section></mj-body></mjml>",
            ),
            Tracking::Off,
        );
        assert!(
            mail.html.contains("Menü &gt; Café&gt;Ann, <b title=\"é\">a</b>"),
            "{}",
            mail.html
        );
    }

    #[test]
    fn mjml_faults_stand_behind_an_arrow_where_they_stand() {
        let faults = refused(&source(
            TemplateKind::Mjml,
            "<mjml>\n<mj-body>\n<mj-section><mj-column><mj-text>é>é>é></mj-text></mj-column></mj-section>\n<mj-include path=\"x\" /></mj-body></mjml>",
        ));
        assert!(
            matches!(&faults[0], (TemplatePart::Body, 4, TemplateFault::Mjml(_))),
            "{faults:?}"
        );
    }

    #[test]
    fn mjml_faults_stand_at_their_line_although_jinja_was_hidden() {
        for (body, line) in [
            (
                "<mjml>\n<mj-body>\n{{ contact.a_rather_long_name }}<mj-nonsense></mj-section></mj-body></mjml>",
                3,
            ),
            ("<mjml>\n<mj-body>\n<mj-section>", 3),
            ("<mjml><mj-body><mj-section>\n</mj-body></mjml>", 2),
            ("<mjml>\n<mj-body>x</mj-body>", 1),
            ("<p>not mjml</p>", 1),
            (
                "<mjml>\n{# a\ncomment #}<mj-head>\n<mj-nothing/></mj-head></mjml>",
                4,
            ),
            ("<mjml><mj-body>\n<mj-include path=\"x\" /></mj-body></mjml>", 2),
        ] {
            let faults = refused(&source(TemplateKind::Mjml, body));
            assert!(
                matches!(&faults[0], (TemplatePart::Body, at, TemplateFault::Mjml(_)) if *at == line),
                "{body}: {faults:?}"
            );
        }
    }

    #[test]
    fn a_mail_that_grows_without_end_fails_alone() {
        let template = compiled(&html(
            "{% for a in range(9000) %}{% for b in range(9000) %}x{% endfor %}{% endfor %}",
        ));
        assert_eq!(
            template.render(&ann(), &links(Tracking::Off)).map_err(|e| e.part),
            Err(TemplatePart::Body)
        );
    }

    #[test]
    fn the_checks_find_what_hurts() {
        let source = html(
            "<img src=\"https://i.example/x.png\"><a href=\"http://old.example/\">a</a><a href=\"/prices\">b</a>\
             {{ contact.last_name }}{{ custommer.name }}{{ organization.nam }}",
        );
        let template = compiled(&source);
        let (data, links) = (ann(), links(Tracking::Off));
        let mail = template.render(&data, &links).expect("it renders");
        let found: Vec<_> = check(&template, &mail, &data, &links)
            .into_iter()
            .map(|check| (check.code, check.detail))
            .collect();
        let wanted = [
            ("no-unsubscribe-link", ""),
            ("http-link", "http://old.example/"),
            ("relative-link", "/prices"),
            ("unknown-variable", "custommer.name"),
            ("unknown-variable", "organization.nam"),
            ("no-postal-address", ""),
            ("image-without-alt", "https://i.example/x.png"),
            ("empty-variable", "contact.last_name"),
        ];
        assert_eq!(found, wanted.map(|(code, detail)| (code, detail.to_owned())));
    }

    #[test]
    fn every_starter_is_in_order() {
        for starter in STARTERS {
            let source = TemplateSource {
                kind: starter.kind,
                subject: starter.subject.into(),
                preheader: starter.preheader.into(),
                body: starter.body.into(),
                ..TemplateSource::default()
            };
            let template = compiled(&source);
            let (data, links) = (ann(), links(Tracking::Off));
            let mail = template.render(&data, &links).expect("it renders");
            let problems: Vec<_> = check(&template, &mail, &data, &links)
                .into_iter()
                .filter(|check| check.detail != "organization.postal_address" && check.code != "no-subject")
                .collect();
            assert_eq!(problems, [], "{}", starter.key);
            assert!(
                mail.text.contains("Unsubscribe (https://t.example/unsubscribe/"),
                "{}",
                mail.text
            );
            assert!(
                mail.html.len() < 40_000,
                "{} is {} bytes",
                starter.key,
                mail.html.len()
            );
        }
    }

    #[test]
    fn what_is_stored_renders_as_what_was_compiled() {
        let template = compiled(&html("<a href=\"https://a.example/{{ contact.plan }}\">x</a>"));
        let stored = serde_json::to_value(template.artefacts()).expect("it is plain data");
        let loaded =
            CompiledTemplate::load(serde_json::from_value(stored).expect("it comes back")).expect("it loads");
        let (data, links) = (ann(), links(Tracking::On));
        assert_eq!(loaded.render(&data, &links), template.render(&data, &links));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn whatever_is_written_compiles_and_renders_or_says_why(
            body in "(\\PC|é{1,2} ?>|[<>/\"'=&;#-]|\\{\\{ ?(a|contact\\.(plan|orders|email))( ?\\| ?(upper|default\\('x'\\)|join))? ?\\}\\}|\\{% (if a|endif|for b in contact\\.orders|endfor|else) %\\}|<a href=\"https://a\\.b/|</a>|<td>|<table>|<style>|<!--|-->|<p |</p>){0,30}",
            mjml in any::<bool>(),
        ) {
            let body = if mjml {
                format!("<mjml><mj-body><mj-section><mj-column><mj-text>{body}</mj-text></mj-column></mj-section></mj-body></mjml>")
            } else { body };
            let kind = if mjml { TemplateKind::Mjml } else { TemplateKind::Html };
            match CompiledTemplate::compile(&source(kind, &body)) {
                Ok(template) => {
                    let mail = template.render(&ann(), &links(Tracking::On));
                    if let Ok(mail) = mail {
                        prop_assert!(!mail.html.contains("__click") && !mail.html.contains("__pixel"));
                    }
                }
                Err(errors) => prop_assert!(!errors.is_empty() && errors.iter().all(|e| e.line >= 1)),
            }
        }

        #[test]
        fn whatever_a_contact_holds_stays_data(first_name in "\\PC{0,40}", attribute in "\\PC{0,40}") {
            let mut data = ann();
            let mut contact = (*data.contact).clone();
            contact.first_name = format!("<script>{first_name}");
            contact.attributes.insert("plan".into(), format!("\"><img src=x onerror=a()>{attribute}").into());
            data.contact = Arc::new(contact);
            let template = compiled(&html("<p title=\"{{ contact.plan }}\">{{ contact.first_name }}</p>"));
            let mail = template.render(&data, &links(Tracking::On)).expect("it renders");
            prop_assert!(!mail.html.contains("<script") && !mail.html.contains("<img src=x"), "{}", mail.html);
        }
    }
}

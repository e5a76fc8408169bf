use std::sync::Arc;

use kernel::{MessageId, OrgId};

use crate::domain::{
    template::{
        CompiledTemplate, MergeData, MessageLinks, OrganizationFacts, RenderError, Rendered, TemplateFault,
        TemplateKind, TemplatePart, TemplateSource, Tracking, sample_contact,
    },
    tracking::LinkSigner,
};

fn data() -> MergeData {
    MergeData {
        contact: Arc::new(sample_contact()),
        organization: Arc::new(OrganizationFacts::default()),
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

fn text(body: &str) -> TemplateSource {
    TemplateSource {
        kind: TemplateKind::Sms,
        body: body.to_owned(),
        ..TemplateSource::default()
    }
}

fn push() -> TemplateSource {
    TemplateSource {
        kind: TemplateKind::Push,
        subject: "Hi {{ contact.first_name }}".to_owned(),
        body: "<b>{{ campaign.name }}</b>".to_owned(),
        url: "shop://products/{{ contact.id }}".to_owned(),
        data: vec![("product".to_owned(), "{{ contact.first_name }}".to_owned())],
        ..TemplateSource::default()
    }
}

fn rendered(source: &TemplateSource, links: &MessageLinks) -> Result<Rendered, RenderError> {
    CompiledTemplate::compile(source)
        .unwrap_or_else(|errors| panic!("{errors:?}"))
        .render(&data(), links)
}

fn refused(source: &TemplateSource) -> (TemplatePart, TemplateFault) {
    let error = CompiledTemplate::compile(source)
        .expect_err("it must be refused")
        .remove(0);
    (error.part, error.fault)
}

#[test]
fn a_text_is_filled_in_and_nothing_of_it_is_escaped() {
    let source = text("Hi {{ contact.first_name }} & <all>,\r\n{{ campaign.name }}: 5 € off ");
    let sent = rendered(&source, &links(Tracking::Off)).expect("it renders");
    assert_eq!(sent.text, "Hi Alex & <all>,\nSpring: 5 € off");
    assert_eq!((sent.subject.as_str(), sent.html.as_str()), ("", ""));
}

#[test]
fn a_link_of_a_text_is_counted_and_leads_back() {
    let links = links(Tracking::On);
    let sent = rendered(&text("See https://a.example/?a=1&copy=2 now"), &links).expect("it renders");
    let token = sent
        .text
        .strip_prefix("See https://t.example/t/c/")
        .expect("a counted link");
    let click = links
        .signer
        .read_click(token.strip_suffix(" now").expect("the text goes on"))
        .expect("it is ours");
    assert_eq!(click.destination, "https://a.example/?a=1&copy=2");
    assert_eq!(click.link, 0);
}

#[test]
fn a_text_that_came_out_empty_or_too_long_is_not_sent() {
    let empty = rendered(
        &text("{% if contact.nothing %}x{% endif %} "),
        &links(Tracking::Off),
    );
    assert_eq!(empty.expect_err("it is empty").part, TemplatePart::Body);
    let long = text("{% for n in range(160) %}0123456789{% endfor %}");
    assert!(rendered(&long, &links(Tracking::Off)).is_ok());
    let longer = text("{% for n in range(160) %}0123456789{% endfor %}!");
    assert!(rendered(&longer, &links(Tracking::Off)).is_err());
}

#[test]
fn a_text_needs_a_body_and_nothing_else() {
    assert_eq!(refused(&text(" ")), (TemplatePart::Body, TemplateFault::Empty));
    let source = TemplateSource {
        subject: "left over".to_owned(),
        url: "https://a.example".to_owned(),
        ..text("x")
    };
    assert_eq!(source.only_its_parts(), text("x"));
}

#[test]
fn a_notification_is_filled_in_part_by_part() {
    let sent = rendered(&push(), &links(Tracking::On)).expect("it renders");
    assert_eq!(sent.subject, "Hi Alex");
    assert_eq!(sent.text, "<b>Spring</b>");
    assert_eq!(sent.url, format!("shop://products/{}", sample_contact().id));
    assert_eq!(sent.data, [("product".to_owned(), "Alex".to_owned())]);
}

#[test]
fn a_notification_opens_no_program_and_no_host_that_data_names() {
    for (url, wanted) in [
        ("javascript:alert(1)", "link-scheme"),
        ("https://{{ contact.domain }}/", "link-host"),
        ("{{ contact.website }}", "link-host"),
    ] {
        let source = TemplateSource {
            url: url.to_owned(),
            ..push()
        };
        let (part, fault) = refused(&source);
        assert_eq!((part, fault.code()), (TemplatePart::Url, wanted), "{url}");
    }
}

#[test]
fn keys_of_the_data_are_checked() {
    for key in ["", "1st", "a b", "from", "google.sent", "aps", "product"] {
        let mut source = push();
        source.data.push((key.to_owned(), String::new()));
        assert_eq!(
            refused(&source),
            (TemplatePart::Data, TemplateFault::DataKey(key.to_owned())),
            "{key}"
        );
    }
}

#[test]
fn a_notification_that_is_too_large_is_not_sent() {
    let large = TemplateSource {
        body: "{% for n in range(400) %}0123456789{% endfor %}".to_owned(),
        ..push()
    };
    assert!(rendered(&large, &links(Tracking::Off)).is_err());
}

#[test]
fn what_was_compiled_is_stored_and_loaded() {
    for source in [text("https://a.example/ {{ contact.first_name }}"), push()] {
        let compiled = CompiledTemplate::compile(&source).expect("it compiles");
        let stored = serde_json::to_value(compiled.artefacts()).expect("it is plain data");
        let loaded =
            CompiledTemplate::load(serde_json::from_value(stored).expect("it is read")).expect("it loads");
        let links = links(Tracking::On);
        assert_eq!(loaded.render(&data(), &links), compiled.render(&data(), &links));
    }
}

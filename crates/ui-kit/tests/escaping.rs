//! Hostile text in every place where a component takes text: it has to come out as text.

use contracts::identity::SendingMode;
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, Render, html};
use ui_kit::chart::{Bar, Chart, Series, bars};
use ui_kit::*;

/// Closes an attribute, opens a script, and carries an entity that must not be read as one.
const HOSTILE: &str = "\"'><script>alert(1)</script>&lt;";

fn words() -> Words {
    Words::english()
}

/// Every component, with hostile text everywhere.
fn components() -> Vec<(&'static str, Markup)> {
    let x = || Text::Borrowed(HOSTILE);
    let words = &words();
    let token = || csrf_field(HOSTILE);
    let button = || {
        Button::danger(HOSTILE)
            .value(HOSTILE, HOSTILE)
            .dialog(HOSTILE)
            .attr("data-x", HOSTILE)
    };
    let confirm = || Confirm {
        title: x(),
        text: x(),
        button: x(),
    };
    let empty = || {
        EmptyState::new(Icon::Contacts, HOSTILE)
            .text(HOSTILE)
            .action(button().render())
    };
    let choices = || vec![Choice::new(HOSTILE, HOSTILE).help(HOSTILE).icon(Icon::Key)];
    let at = Timestamp::UNIX_EPOCH;
    let times = Times {
        now: at,
        zone: &TimeZone::UTC,
        words,
    };
    vec![
        ("button", button().render()),
        ("link button", Button::primary(HOSTILE).href(HOSTILE).icon_only(Icon::Plus).render()),
        ("copy button", copy_button(words, HOSTILE)),
        ("badge", html! { (badge(Tone::Info, HOSTILE)) (badge_with_icon(Tone::Info, Icon::Check, HOSTILE)) }),
        ("tags", html! { (tags(&[HOSTILE])) (key(HOSTILE)) (avatar(HOSTILE)) }),
        ("card", Card::titled(HOSTILE).help(HOSTILE).id(HOSTILE).body(html! { (HOSTILE) })),
        (
            "stats",
            stats(&[Stat::new(HOSTILE, HOSTILE).note(HOSTILE).delta(Tone::Info, HOSTILE).href(HOSTILE).id(HOSTILE)]),
        ),
        ("facts", facts(&[(x(), html! { (HOSTILE) })])),
        (
            "timeline",
            timeline(&[Moment {
                icon: Icon::Eye,
                tone: Tone::Info,
                title: html! { (HOSTILE) },
                at: times.relative(at),
                detail: Some(html! { (HOSTILE) }),
                id: Some(x()),
            }]),
        ),
        ("alert", Alert::new(Tone::Danger, HOSTILE).text(HOSTILE).live().render()),
        ("toast", Toast::new(Tone::Danger, HOSTILE).out_of_band(words)),
        ("empty", empty().render()),
        ("progress", Progress::new(HOSTILE, 1, Some(2)).show(words)),
        (
            "table",
            Table::new(HOSTILE, vec![Column::text(HOSTILE).sort(HOSTILE, Sorted::Up), Column::number(HOSTILE)])
                .rows([Row::new(vec![
                    link(HOSTILE, HOSTILE),
                    link_with_note(HOSTILE, HOSTILE, HOSTILE),
                    person_link(HOSTILE, HOSTILE, HOSTILE),
                ])
                .id(HOSTILE)
                .select(HOSTILE, HOSTILE)])
                .bulk(Bulk { form: x(), action: x(), csrf: token(), buttons: button().render(), all_matching: Some(x()) })
                .live(Live(HOSTILE))
                .show(words),
        ),
        ("empty table", Table::new(HOSTILE, vec![]).empty(empty()).show(words)),
        (
            "pager",
            Pager { previous: Some(x()), next: Some(x()), summary: Some(x()), live: Some(Live(HOSTILE)) }.show(words),
        ),
        (
            "filter bar",
            FilterBar::new(HOSTILE)
                .search(HOSTILE, HOSTILE, HOSTILE)
                .keep(HOSTILE, Some(HOSTILE))
                .controls(html! { (filter_select(HOSTILE, HOSTILE, &[(x(), x())], HOSTILE)) (filter_chip(words, HOSTILE, HOSTILE)) })
                .clear(Some(HOSTILE))
                .live(Live(HOSTILE))
                .show(words),
        ),
        ("tabs", tabs(HOSTILE, &[Tab { label: x(), href: x(), active: true, count: None }])),
        (
            "menu",
            menu(
                &MenuTrigger::More(x()),
                &[
                    MenuItem::Link { icon: Icon::Eye, label: x(), href: x() },
                    MenuItem::Dialog { icon: Icon::Eye, label: x(), id: x() },
                    MenuItem::Custom(ActionForm::new(HOSTILE, token(), button()).field(HOSTILE, HOSTILE).confirm(confirm()).render()),
                ],
            ),
        ),
        ("dialog", Dialog::new(HOSTILE, HOSTILE).body(words, dialog_actions(words, &button()))),
        (
            "form",
            Form::post(HOSTILE, token()).id(HOSTILE).live().confirm(confirm()).body(words, html! { (HOSTILE) }),
        ),
        ("error summary", ErrorSummary::new(HOSTILE).error(HOSTILE, HOSTILE).error("", HOSTILE).render()),
        ("sections", html! { (form_section(HOSTILE, Some(HOSTILE), html! {})) (danger_zone(HOSTILE, HOSTILE, html! {})) }),
        (
            "field",
            Field::text(HOSTILE, HOSTILE).value(HOSTILE).help(HOSTILE).placeholder(HOSTILE).prefix(HOSTILE).suffix(HOSTILE).id(HOSTILE).render(),
        ),
        ("textarea", Field::textarea(HOSTILE, HOSTILE, 3).value(HOSTILE).error(Some(HOSTILE)).render()),
        ("select", Select::new(HOSTILE, HOSTILE).option(HOSTILE, HOSTILE).group(HOSTILE, [(HOSTILE, HOSTILE)]).selected(HOSTILE).render()),
        ("checkboxes", CheckboxGroup::new(HOSTILE, HOSTILE, choices()).chosen([HOSTILE]).render()),
        ("radios", RadioCards::new(HOSTILE, HOSTILE, choices()).chosen(HOSTILE).render()),
        ("switch", Switch::new(HOSTILE, HOSTILE, true).value(HOSTILE).help(HOSTILE).render()),
        ("segmented", segmented(HOSTILE, HOSTILE, &[(x(), x())], HOSTILE)),
        ("tag field", TagField::new(HOSTILE, HOSTILE).tags(&[HOSTILE]).suggestions([HOSTILE]).show(words)),
        ("file field", FileField::new(HOSTILE, HOSTILE).accept(HOSTILE).error(Some(HOSTILE)).show(words)),
        ("code field", CodeField::new(HOSTILE, HOSTILE).value(HOSTILE).wrong_line(Some(1)).render()),
        ("code", html! { (code_block(words, HOSTILE, HOSTILE)) (copy_value(words, HOSTILE)) }),
        ("mail frame", MailFrame::new(HOSTILE, HOSTILE).name(HOSTILE).show(words)),
        (
            "rules",
            RuleGroup::new(HOSTILE, HOSTILE)
                .items([rule(rule_select(HOSTILE, HOSTILE, &[(x(), x())], HOSTILE), html! {}), html! { (HOSTILE) }])
                .render(),
        ),
        ("live region", LiveRegion::new(HOSTILE, [HOSTILE]).then(HOSTILE).body(html! { (HOSTILE) })),
        ("chart", Chart::line(HOSTILE, HOSTILE, [HOSTILE, HOSTILE]).series(Series::counts(HOSTILE, [1, 2])).series(Series::counts(HOSTILE, [1])).show(words)),
        ("bar chart", Chart::bars(HOSTILE, HOSTILE, [HOSTILE]).series(Series::counts(HOSTILE, [1])).series(Series::counts(HOSTILE, [1])).show(words)),
        ("empty chart", Chart::area(HOSTILE, HOSTILE, Vec::<String>::new()).empty(HOSTILE).show(words)),
        ("bars", bars(&[Bar { label: x(), value: 1, note: Some(x()), href: Some(x()) }])),
    ]
}

fn shell(words: &Words) -> Shell<'_> {
    Shell {
        words,
        language: HOSTILE,
        theme: Theme::Dark,
        organization: HOSTILE,
        mode: SendingMode::Test,
        person: Person {
            name: HOSTILE,
            email: HOSTILE,
            role: HOSTILE,
        },
        nav: vec![NavGroup {
            label: Some(HOSTILE.into()),
            items: vec![
                NavItem::new(HOSTILE, Icon::Home, HOSTILE)
                    .shortcut('"')
                    .active(true),
            ],
        }],
        csrf: HOSTILE,
        flash: vec![Toast::new(Tone::Info, HOSTILE)],
        shortcuts: true,
        version: HOSTILE,
    }
}

/// Every document, with hostile text everywhere.
fn documents() -> Vec<(&'static str, Markup)> {
    let words = &words();
    let shell = shell(words);
    let header = PageHeader::new(HOSTILE).purpose(HOSTILE).crumb(HOSTILE, HOSTILE);
    let builder = Builder {
        title: HOSTILE.into(),
        back: (HOSTILE.into(), HOSTILE.into()),
        state: html! {},
        actions: html! {},
        canvas: html! { (HOSTILE) },
        panel: html! { (HOSTILE) },
        panel_label: HOSTILE.into(),
    };
    let error = ErrorPage {
        status: 404,
        title: HOSTILE.into(),
        text: HOSTILE.into(),
        action: Some((HOSTILE.into(), HOSTILE.into())),
        reference: Some(HOSTILE.into()),
    };
    let public = |color: &'static str| PublicShell {
        words,
        language: HOSTILE,
        theme: Theme::System,
        brand: Brand::Organization {
            name: HOSTILE.into(),
            color: Some(color.into()),
            logo: Some(HOSTILE.into()),
        },
        title: HOSTILE.into(),
        footer: Some(HOSTILE.into()),
    };
    vec![
        ("page", page(&shell, &header, html! { (HOSTILE) })),
        ("builder", builder_page(&shell, &builder)),
        ("error in the app", error_body(&shell, &error)),
        ("error outside", error_page(&public("#336699"), &error)),
        ("public", public_page(&public(HOSTILE), html! { (HOSTILE) })),
    ]
}

#[test]
fn hostile_text_is_shown_as_text() {
    for (name, markup) in components().into_iter().chain(documents()) {
        let html = markup.0;
        assert!(!html.contains("<script>alert"), "{name}: {html}");
        assert!(!html.contains("\"'>"), "{name}: {html}");
        assert!(!html.contains("</script>&lt;"), "{name}: {html}");
        // Initials and documents without the payload in them would prove nothing.
        assert!(
            html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;"),
            "{name}: {html}"
        );
    }
}

#[test]
fn nothing_needs_an_inline_style_or_script() {
    for (name, markup) in components().into_iter().chain(documents()) {
        let html = markup.0;
        for forbidden in [
            " style=\"",
            "<style",
            " onclick",
            " onload",
            " onsubmit",
            "javascript:",
            "hx-on",
        ] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
        for script in html.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/static/"), "{name}: {script}");
        }
    }
}

#[test]
fn a_page_has_one_main_one_heading_and_the_token_for_htmx() {
    let words = &words();
    let html = page(
        &Shell {
            csrf: "t0k3n",
            ..shell(words)
        },
        &PageHeader::new("Contacts"),
        html! {},
    )
    .0;
    assert_eq!(html.matches("<main").count(), 1);
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(html.contains("hx-headers=\"{&quot;x-csrf-token&quot;:&quot;t0k3n&quot;}\""));
    assert!(html.contains("data-theme=\"dark\""));
    assert!(html.starts_with("<!DOCTYPE html>"));
}

#[test]
fn test_mode_is_said_on_every_page_and_live_mode_has_no_banner() {
    let words = &words();
    let test = page(&shell(words), &PageHeader::new("Contacts"), html! {}).0;
    assert!(test.contains(&words.test_mode_help));
    assert!(test.contains("href=\"/app/inbox\"") && test.contains("href=\"/app/settings/go-live\""));
    let live = Shell {
        mode: SendingMode::Live,
        ..shell(words)
    };
    let live = page(&live, &PageHeader::new("Contacts"), html! {}).0;
    assert!(!live.contains(&words.test_mode_help) && live.contains(&words.live_mode));
}

#[test]
fn a_page_of_an_organisation_speaks_of_it_and_not_of_us() {
    let words = &words();
    let shell = PublicShell {
        words,
        language: "en",
        theme: Theme::System,
        brand: Brand::Organization {
            name: "Northwind".into(),
            color: Some("#b4472a".into()),
            logo: None,
        },
        title: "Unsubscribe".into(),
        footer: None,
    };
    let html = public_page(&shell, html! { p { "Bye" } }).0;
    assert!(html.contains("Northwind") && html.contains("fill=\"#b4472a\""));
    assert!(!html.contains(&words.product));
}

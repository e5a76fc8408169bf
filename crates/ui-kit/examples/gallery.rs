//! Writes every component with sample text into HTML files, in both themes, to look at them without
//! a server: `cargo run -p ui-kit --example gallery -- <folder>`.

use std::{env, fs, path::PathBuf};

use contracts::identity::SendingMode;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use maud::{Markup, Render, html};
use ui_kit::chart::{Bar, Chart, Series, bars, sparkline};
use ui_kit::*;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(
        env::args()
            .nth(1)
            .unwrap_or_else(|| String::from("target/gallery")),
    );
    fs::create_dir_all(folder.join("static"))?;
    for file in asset::all() {
        fs::write(folder.join(&file.path[1..]), &file.bytes)?;
    }
    let words = Words::english();
    for theme in [Theme::Light, Theme::Dark] {
        for (name, markup) in pages(&words, theme) {
            // Opened as files, the pages find what they load beside them.
            let html = markup.0.replace(asset::PREFIX, "static/");
            fs::write(folder.join(format!("{name}-{}.html", theme.as_str())), html)?;
        }
    }
    println!("{}", folder.display());
    Ok(())
}

fn pages(words: &Words, theme: Theme) -> Vec<(&'static str, Markup)> {
    let live = Shell {
        mode: SendingMode::Live,
        ..shell(words, theme, "Dashboard")
    };
    vec![
        ("dashboard", dashboard(&live)),
        ("contacts", contacts(&shell(words, theme, "Contacts"))),
        ("contact", contact(&shell(words, theme, "Contacts"))),
        ("form", form(&shell(words, theme, "Campaigns"))),
        ("segment", segment(&shell(words, theme, "Segments"))),
        ("template", template(&shell(words, theme, "Templates"))),
        ("components", components(&shell(words, theme, "Settings"))),
        ("empty", empty(&live)),
        ("login", login(words, theme)),
        ("unsubscribe", unsubscribe(words, theme)),
        ("error", not_found(words, theme)),
    ]
}

fn shell<'a>(words: &'a Words, theme: Theme, active: &str) -> Shell<'a> {
    let item = |label: &'static str, icon, href: &'static str| {
        NavItem::new(label, icon, href).active(label == active)
    };
    Shell {
        words,
        language: "en",
        theme,
        organization: "Northwind Coffee",
        mode: SendingMode::Test,
        person: Person {
            name: "Ada Lovelace",
            email: "ada@northwind.example",
            role: "Owner",
        },
        nav: vec![
            NavGroup {
                label: None,
                items: vec![
                    item("Dashboard", Icon::Dashboard, "#dashboard").shortcut('d'),
                    item("Contacts", Icon::Contacts, "#contacts").shortcut('c'),
                    item("Segments", Icon::Segments, "#segments").shortcut('s'),
                    item("Campaigns", Icon::Campaign, "#campaigns").shortcut('m'),
                    item("Templates", Icon::Template, "#templates").shortcut('t'),
                ],
            },
            NavGroup {
                label: Some("Delivery".into()),
                items: vec![
                    item("Inbox", Icon::Inbox, "#inbox").shortcut('i').count(Some(12)),
                    item("Messages", Icon::Mail, "#messages"),
                    item("Suppressions", Icon::Shield, "#suppressions"),
                ],
            },
            NavGroup {
                label: Some("Organization".into()),
                items: vec![
                    item("Settings", Icon::Settings, "#settings"),
                    item("API keys", Icon::Key, "#keys"),
                ],
            },
        ],
        csrf: "token",
        flash: Vec::new(),
        shortcuts: true,
        version: "0.1.0",
    }
}

fn now() -> Timestamp {
    "2026-03-12T13:05:00Z".parse().expect("a valid instant")
}

fn ago(hours: i64) -> Timestamp {
    now() - hours.hours()
}

fn times(words: &Words) -> Times<'_> {
    static UTC: TimeZone = TimeZone::UTC;
    Times {
        now: now(),
        zone: &UTC,
        words,
    }
}

fn days(count: i64) -> Vec<String> {
    let words = Words::english();
    let today = now().to_zoned(TimeZone::UTC).date();
    (0..count)
        .rev()
        .map(|back| times(&words).short_date_text(today - back.days()))
        .collect()
}

fn wave(count: i64, height: i64) -> Vec<i64> {
    (0..count)
        .map(|i| {
            height
                + (i * i * 37 + i * 911) % (height * 2 / 3)
                + if i % 7 > 4 { -height / 2 } else { i * height / 40 }
        })
        .collect()
}

fn dashboard(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let header = PageHeader::new("Dashboard")
        .purpose("The last 30 days, compared with the 30 before.")
        .actions(html! {
            (segmented("days", "Period", &[("7".into(), "7 days".into()), ("30".into(), "30 days".into()), ("90".into(), "90 days".into())], "30"))
            (Button::primary("Create campaign").icon(Icon::Plus).href("#new"))
        });
    let body = stack(html! {
        (Alert::new(Tone::Warning, "northwind.example lost its DKIM record")
            .text("Mail from this domain goes out unsigned since 09:14. Publish the record again.")
            .actions(Button::secondary("Show the record").small().href("#domain").render()))
        (stats(&[
            Stat::new("Sent", number(48_211)).delta(Tone::Success, "+12%").href("#sent").chart(sparkline(&wave(30, 90))),
            Stat::new("Delivered", percent(47_902, 48_211)).note("47,902 messages").href("#delivered"),
            Stat::new("Opened", percent(18_120, 47_902)).note("18,120 people, machines excluded").delta(Tone::Danger, "\u{2212}2.1%").href("#opened"),
            Stat::new("Clicked", percent(3_904, 47_902)).note("3,904 people").delta(Tone::Neutral, "0%").href("#clicked"),
            Stat::new("Unsubscribed", percent(61, 47_902)).note("61 people").href("#unsubscribed"),
        ]))
        (Card::titled("Opens and clicks").help("People a day, machine opens excluded").body(
            Chart::line("Opens and clicks a day", "Day", days(30))
                .series(Series::counts("Opened", wave(30, 520)))
                .series(Series::counts("Clicked", wave(30, 130)))
                .show(words)))
        (columns(
            Card::titled("Running now").flush().actions(Button::ghost("All campaigns").small().trailing(Icon::ArrowRight).href("#all").render()).body(html! {
                (Table::new("Running campaigns", vec![Column::text("Campaign"), Column::text("State"), Column::number("Sent"), Column::text("Started")])
                    .rows([
                        Row::new(vec![link("#1", "Spring sale"), badge(Tone::Info, "Sending"), html! { (number(8_120)) }, times(words).relative(ago(2))]),
                        Row::new(vec![link("#2", "Welcome, part 2"), badge(Tone::Warning, "Paused"), html! { (number(402)) }, times(words).relative(ago(30))]),
                        Row::new(vec![link("#3", "March newsletter"), badge(Tone::Success, "Sent"), html! { (number(12_408)) }, times(words).relative(ago(24 * 5))]),
                        Row::new(vec![link("#4", "Win back"), badge(Tone::Neutral, "Draft"), no_value(), no_value()]),
                    ]).show(words))
            }),
            Card::titled("Spring sale").body(
                Progress::new("Sending", 8_120, Some(12_408)).speed(Some(412.0)).seconds_left(Some(640)).show(words)),
        ))
        (grid(html! {
            (Card::titled("Sent").body(Chart::bars("Sent a day", "Day", days(14)).series(Series::counts("Sent", wave(14, 1_900))).show(words)))
            (Card::titled("Growth").body(Chart::area("Contacts", "Day", days(30)).series(Series::counts("Contacts", (0..30).map(|i| 11_000 + i * 47))).show(words)))
            (Card::titled("Nothing yet").body(Chart::bars("Conversions", "Day", Vec::<String>::new()).empty("The first conversion shows up here.").show(words)))
        }))
    });
    page(shell, &header, body)
}

fn contacts(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let people = [
        (
            "Grace Hopper",
            "grace@navy.example",
            vec!["vip", "beta"],
            2,
            "Subscribed",
            Tone::Success,
            41,
        ),
        (
            "Alan Turing",
            "alan@bletchley.example",
            vec!["press"],
            26,
            "Subscribed",
            Tone::Success,
            12,
        ),
        (
            "",
            "someone.with.a.long.address@department.example",
            vec![],
            49,
            "Unsubscribed",
            Tone::Neutral,
            0,
        ),
        (
            "Katherine Johnson",
            "katherine@nasa.example",
            vec!["vip"],
            200,
            "Bounced",
            Tone::Danger,
            3,
        ),
        (
            "Łukasz Wójcik",
            "lukasz@przyklad.example",
            vec!["trial", "pl", "newsletter"],
            800,
            "Subscribed",
            Tone::Success,
            1_204,
        ),
    ];
    let rows = (0..12).map(|i| {
        let (name, email, given, hours, state, tone, opens) = people[i % people.len()].clone();
        Row::new(vec![
            person_link("#contact", name, email),
            badge(tone, state),
            tags(&given),
            html! { (number(opens)) },
            times(words).relative(ago(hours)),
        ])
        .select(format!("con_{i}"), if name.is_empty() { email } else { name })
        .actions(html! {
            (Button::ghost("Edit").small().icon_only(Icon::Edit).href("#edit"))
            (menu(&MenuTrigger::More("More actions".into()), &[
                MenuItem::Link { icon: Icon::Eye, label: "Open".into(), href: "#open".into() },
                MenuItem::Dialog { icon: Icon::Tag, label: "Tag\u{2026}".into(), id: "tag".into() },
                MenuItem::Separator,
                MenuItem::Custom(ActionForm::new("#delete", csrf_field("token"), Button::danger("Delete").icon(Icon::Trash)).in_menu()
                    .confirm(Confirm { title: "Delete this contact?".into(), text: "Their history goes with them.".into(), button: "Delete contact".into() }).render()),
            ]))
        })
    });
    let bulk = Bulk {
        form: "bulk".into(),
        action: "#tags".into(),
        csrf: csrf_field("token"),
        buttons: html! {
            (Button::secondary("Tag").small().icon(Icon::Tag).attr("form", "bulk"))
            (Button::secondary("Delete").small().icon(Icon::Trash).attr("form", "bulk").attr("formaction", "#delete"))
        },
        all_matching: Some("Select all 12,408".into()),
    };
    let header = PageHeader::new("Contacts")
        .actions(html! { (Button::secondary("Import").icon(Icon::Upload).href("#import")) (Button::primary("Add contact").icon(Icon::Plus).href("#new")) });
    let body = html! {
        (FilterBar::new("/contacts").live(Live("contacts-list")).search("q", "", "Search name or email").keep("sort", Some("name"))
            .controls(html! {
                (filter_select("state", "State", &[("".into(), "Any".into()), ("subscribed".into(), "Subscribed".into())], ""))
                (filter_select("tag", "Tag", &[("".into(), "Any".into()), ("vip".into(), "vip".into())], "vip"))
            })
            .actions(Button::ghost("Export").icon(Icon::Download).href("#export").render())
            .clear(Some("#contacts")).show(words))
        div id="contacts-list" {
            (Table::new("Contacts", vec![
                Column::text("Name").sort("#sort", Sorted::Up),
                Column::text("State"),
                Column::text("Tags").wide_only(),
                Column::number("Opens").sort("#sort2", Sorted::No).wide_only(),
                Column::text("Last seen"),
            ]).rows(rows).bulk(bulk).show(words))
            (Pager { previous: None, next: Some("#next".into()), summary: Some("12,408 contacts".into()), live: None }.show(words))
        }
        (Dialog::new("tag", "Tag contact").body(words, Form::post("#", csrf_field("token")).body(words, html! {
            (TagField::new("tags", "Tags").tags(&["vip"]).id("dialog-tags").help("Separate them with commas.").show(words))
            (dialog_actions(words, &Button::primary("Add tags")))
        })))
    };
    page(shell, &header, body)
}

fn contact(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let header = PageHeader::new("Grace Hopper")
        .crumb("Contacts", "#contacts")
        .badge(badge(Tone::Success, "Subscribed"))
        .actions(html! {
            (Button::secondary("Edit").icon(Icon::Edit).href("#edit"))
            (menu(&MenuTrigger::Button("More".into()), &[
                MenuItem::Link { icon: Icon::Download, label: "Export data".into(), href: "#".into() },
                MenuItem::Link { icon: Icon::Send, label: "Send one message".into(), href: "#".into() },
            ]))
        })
        .tabs(tabs(
            "Contact",
            &[
                Tab {
                    label: "Timeline".into(),
                    href: "#t".into(),
                    active: true,
                    count: None,
                },
                Tab {
                    label: "Messages".into(),
                    href: "#m".into(),
                    active: false,
                    count: Some(41),
                },
                Tab {
                    label: "Segments".into(),
                    href: "#s".into(),
                    active: false,
                    count: Some(3),
                },
            ],
        ));
    let moment = |icon, tone, title: &str, hours, detail: Option<&str>| Moment {
        icon,
        tone,
        title: html! { (title) },
        at: times(words).relative(ago(hours)),
        detail: detail.map(|detail| html! { (detail) }),
        id: None,
    };
    let main = Card::titled("Timeline").body(timeline(&[
        moment(
            Icon::Click,
            Tone::Success,
            "Clicked \u{201c}See the offers\u{201d} in Spring sale",
            2,
            Some("https://northwind.example/offers"),
        ),
        moment(Icon::Eye, Tone::Info, "Opened Spring sale", 2, None),
        moment(
            Icon::Send,
            Tone::Neutral,
            "Spring sale was sent",
            3,
            Some("Delivered to mx1.navy.example after 1.2 s"),
        ),
        moment(
            Icon::Segments,
            Tone::Neutral,
            "Entered Active last 30 days",
            40,
            None,
        ),
        moment(
            Icon::Error,
            Tone::Danger,
            "March newsletter bounced",
            140,
            Some("452 4.2.2 Mailbox full; tried again after 20 min"),
        ),
        moment(
            Icon::Upload,
            Tone::Neutral,
            "Imported from contacts.csv",
            24 * 60,
            None,
        ),
    ]));
    let aside = html! {
        (Card::titled("Details").actions(Button::ghost("Edit").small().href("#edit").render()).body(facts(&[
            ("Email".into(), copy_value(words, "grace@navy.example")),
            ("Company".into(), html! { "United States Navy" }),
            ("City".into(), html! { "Arlington" }),
            ("Added".into(), times(words).exact(ago(24 * 60))),
            ("Tags".into(), tags(&["vip", "beta"])),
        ])))
        (Card::titled("Engagement").body(bars(&[
            Bar { label: "Sent".into(), value: 41, note: Some("100%".into()), href: Some("#".into()) },
            Bar { label: "Opened".into(), value: 22, note: Some(percent(22, 41).into()), href: Some("#".into()) },
            Bar { label: "Clicked".into(), value: 6, note: Some(percent(6, 41).into()), href: Some("#".into()) },
        ])))
    };
    page(shell, &header, columns(main, aside))
}

fn form(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let header = PageHeader::new("Spring sale")
        .crumb("Campaigns", "#")
        .badge(badge(Tone::Neutral, "Draft"))
        .purpose("Everything can be changed until it is launched.");
    let body = html! {
        (Form::post("#", csrf_field("token")).save_bar().attr("data-dirty", "").body(words, html! {
            (ErrorSummary::new("Two things need another look").error("name", "Give the campaign a name").error("reply_to", "That is not an address"))
            (form_section("Message", Some("What people see before they open it."), html! {
                (Field::text("name", "Name").required().error(Some("Give the campaign a name")))
                (Field::text("subject", "Subject").value("Spring is here, {{ contact.first_name }}").help("41 characters; about 50 are shown on a phone."))
                (Field::email("reply_to", "Reply to").value("ada@northwind").error(Some("That is not an address")))
                (Select::new("template", "Template").options([("", "Choose a template"), ("1", "Plain newsletter"), ("2", "Sale")]).selected("2"))
                (Field::textarea("preheader", "Preheader", 2).placeholder("Shown after the subject"))
            }))
            (form_section("Audience", Some("Who gets it. People in several segments get it once."), html! {
                (CheckboxGroup::new("segments", "Send to", vec![
                    Choice::new("a", "Active last 30 days").help("4,120 contacts"),
                    Choice::new("b", "Newsletter").help("12,408 contacts"),
                    Choice::new("c", "Trial users"),
                ]).chosen(["b"]))
                (stats(&[
                    Stat::new("Matching", number(12_408)).href("#"),
                    Stat::new("Reachable", number(11_902)).href("#"),
                    Stat::new("Will receive now", number(11_877)).href("#"),
                ]))
            }))
            (form_section("Schedule", None, html! {
                (RadioCards::new("when", "When", vec![
                    Choice::new("now", "Now").help("As soon as it is launched.").icon(Icon::Send),
                    Choice::new("at", "At a time").help("In Europe/Berlin.").icon(Icon::Clock),
                ]).chosen("at"))
                (Field::datetime("at", "Time").value("2026-03-20T09:00").help("Europe/Berlin, UTC+1"))
                (Field::number("rate", "At most").value("5000").suffix("per hour").attr("min", "1"))
                (Switch::new("tracking", "Track opens and clicks", true).help("Adds a pixel, and leads links through your tracking host."))
                (Switch::new("quiet", "Respect quiet hours", false))
            }))
            (form_section("More", None, html! {
                (TagField::new("tags", "Tags").tags(&["spring", "sale"]).suggestions(["newsletter", "press"]).show(words))
                (Field::url("landing", "Landing page").prefix("https://").value("northwind.example/spring"))
                (Field::date("until", "Valid until").value("2026-04-01"))
                (Field::time("from", "From").value("09:30"))
                (Field::text("industry", "Industry").suggestions(["Education", "Energy", "Finance"]).help("Suggestions open while you type"))
                (Field::password("secret", "Provider password").autocomplete("new-password"))
                (FileField::new("file", "Attachment").accept(".pdf").help("PDF, at most 2 MB.").show(words))
                (Field::text("locked", "Identifier").value("cmp_01jd7x8n3q").disabled(true))
            }))
        }))
        (danger_zone("Delete this campaign", "Its report goes with it. This cannot be undone.",
            ActionForm::new("#", csrf_field("token"), Button::danger("Delete campaign").icon(Icon::Trash))
                .confirm(Confirm { title: "Delete Spring sale?".into(), text: "Its report goes with it.".into(), button: "Delete campaign".into() }).render()))
    };
    page(shell, &header, stack(body))
}

fn segment(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let options = |texts: &[&'static str]| {
        texts
            .iter()
            .map(|text| ((*text).into(), (*text).into()))
            .collect::<Vec<_>>()
    };
    let remove = || {
        Button::ghost("Remove condition")
            .small()
            .icon_only(Icon::Close)
            .value("remove", "1")
            .render()
    };
    let condition = |n: u8, field: &'static str, operator: &'static str, value: &'static str| {
        rule(
            html! {
                (rule_select("field", "Field", &options(&["City", "Tag", "Opened a message", "Created"]), field))
                (rule_select("operator", "Operator", &options(&["is", "is not", "contains", "in the last"]), operator))
                (Field::text("value", "Value").id(format!("v{n}")).hide_label().value(value))
            },
            remove(),
        )
    };
    let join = |name: &'static str, chosen| {
        segmented(
            name,
            "Join",
            &[("all".into(), "All of".into()), ("any".into(), "Any of".into())],
            chosen,
        )
    };
    let add = || {
        html! {
            (Button::secondary("Add condition").small().icon(Icon::Plus).value("add", "condition"))
            (Button::ghost("Add group").small().icon(Icon::Plus).value("add", "group"))
        }
    };
    let inner = RuleGroup::new("Group", "or")
        .join(join("join-1", "any"))
        .items([
            condition(3, "City", "is", "Berlin"),
            condition(4, "City", "is", "Hamburg"),
        ])
        .actions(add())
        .remove(
            Button::ghost("Remove group")
                .small()
                .icon_only(Icon::Trash)
                .render(),
        );
    let group = RuleGroup::new("Conditions", "and")
        .join(join("join-0", "all"))
        .items([
            condition(1, "Tag", "is", "vip"),
            condition(2, "Opened a message", "in the last", "30 days"),
            inner.render(),
        ])
        .actions(add());
    let header = PageHeader::new("Active in the north")
        .crumb("Segments", "#")
        .actions(html! { (Button::secondary("Cancel").href("#")) (Button::primary("Save segment")) });
    let aside = html! {
        (stats(&[Stat::new("Matching now", number(4_120)).note("of 12,408 contacts").href("#")]))
        (Card::titled("A few of them").flush().body(
            Table::new("Sample", vec![Column::text("Contact")]).rows([
                Row::new(vec![person_link("#", "Grace Hopper", "grace@navy.example")]),
                Row::new(vec![person_link("#", "Alan Turing", "alan@bletchley.example")]),
            ]).show(words)))
        (Card::untitled().body(skeleton(3)))
    };
    page(shell, &header, columns(group.render(), aside))
}

fn template(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let source = "<mjml>\n  <mj-body>\n    <mj-section>\n      <mj-column>\n        <mj-text>Hello {{ contact.first_nam }}</mj-text>\n        <mj-button href=\"https://northwind.example\">See the offers</mj-button>\n      </mj-column>\n    </mj-section>\n  </mj-body>\n</mjml>\n";
    let builder = Builder {
        title: "Spring sale".into(),
        back: ("#templates".into(), "Templates".into()),
        state: html! { (badge(Tone::Neutral, "Draft")) span.wide-only { "Saved 12:04" } },
        actions: html! { (Button::secondary("Send a test").icon(Icon::Send)) (Button::primary("Save template")) },
        canvas: html! {
            (CodeField::new("source", "Source").value(source).rows(14).wrong_line(Some(5)).error(Some("Line 5: contact has no field first_nam")))
            (MailFrame::new("Preview", "about:blank").actions(Button::ghost("Open").small().icon(Icon::External).href("#").render()).show(words))
        },
        panel: html! {
            (Field::text("name", "Name").value("Spring sale"))
            (Field::text("subject", "Subject").value("Spring is here"))
            (Select::new("as", "Preview as").options([("1", "Grace Hopper"), ("2", "Alan Turing")]))
            (Alert::new(Tone::Warning, "No unsubscribe link").text("Commercial mail needs one. Add {{ unsubscribe_url }}."))
            (code_block(words, "Example", "{{ contact.first_name | default(\"there\") }}"))
        },
        panel_label: "Settings".into(),
    };
    builder_page(shell, &builder)
}

fn components(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let shell = Shell {
        flash: vec![
            Toast::new(Tone::Success, "Campaign saved"),
            Toast::new(
                Tone::Danger,
                "The provider refused the password. Check it and try again.",
            )
            .action(Button::ghost("Show").small().href("#").render()),
        ],
        ..shell.clone()
    };
    let tones = [
        (Tone::Neutral, "Draft"),
        (Tone::Info, "Sending"),
        (Tone::Success, "Sent"),
        (Tone::Warning, "Paused"),
        (Tone::Danger, "Failed"),
    ];
    let body = stack(html! {
        (Card::titled("Buttons").help("At most one primary button a page.").body(html! {
            (button_row(html! {
                (Button::primary("Send to 12,408 people").icon(Icon::Send))
                (Button::secondary("Preview").icon(Icon::Eye))
                (Button::ghost("Cancel"))
                (Button::danger("Delete").icon(Icon::Trash))
                (Button::secondary("Disabled").disabled(true))
                (Button::primary("Disabled").disabled(true))
                (Button::secondary("Small").small())
                (Button::secondary("Settings").icon_only(Icon::Settings))
                (Button::secondary("Ask").dialog("demo"))
                (spinner())
            }))
        }))
        (Card::titled("States").body(html! {
            (button_row(html! { @for (tone, text) in tones { (badge(tone, text)) } (badge_with_icon(Tone::Success, Icon::Check, "Verified")) (tag("vip")) (filter_chip(words, "City is Berlin", "#")) (count(42)) (key("g")) (avatar("Grace Hopper")) }))
        }))
        @for (tone, text) in tones { (Alert::new(tone, text).text("What it means, and what to do about it.")) }
        (grid(html! {
            (Card::titled("Running").body(Progress::new("Importing contacts.csv", 412_000, Some(1_000_000)).speed(Some(38_000.0)).seconds_left(Some(15)).show(words)))
            (Card::titled("Done").body(Progress::new("Imported", 1_000_000, Some(1_000_000)).tone(Tone::Success).show(words)))
            (Card::titled("Failed").body(Progress::new("Imported", 200, Some(1_000)).tone(Tone::Danger).show(words)))
            (Card::titled("Unknown length").body(Progress::new("Counting", 7, None).show(words)))
            (Card::titled("Loading").body(skeleton(4)))
            (Card::titled("Records").body(facts(&[
                ("Type".into(), html! { "TXT" }),
                ("Name".into(), copy_value(words, "mauntic._domainkey.northwind.example")),
                ("Value".into(), copy_value(words, "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA")),
            ])))
        }))
        (Card::titled("Source").body(code_block(words, "Example request", "curl -u key: https://mauntic.example/api/v1/contacts \\\n  -H 'content-type: application/json' \\\n  -d '{\"email\":\"ada@northwind.example\"}'")))
        (grid(html! {
            (Card::titled("Two series").body(Chart::bars("Sent and bounced", "Day", days(7)).series(Series::counts("Sent", wave(7, 400))).series(Series::counts("Bounced", wave(7, 40))).show(words)))
            (Card::titled("One point").body(Chart::line("Opens", "Day", days(1)).series(Series::counts("Opened", [12])).show(words)))
            (Card::titled("Nothing but zeros").body(Chart::area("Opens", "Day", days(7)).series(Series::counts("Opened", [0; 7])).show(words)))
        }))
        (Card::titled("Icons").body(html! { ul.grid { @for icon in Icon::ALL { li.btn-row { (icon) span.muted { (icon.name()) } } } } }))
        (Dialog::new("demo", "Send a test").body(words, Form::post("#", csrf_field("token")).body(words, html! {
            (Field::email("to", "Send to").value("ada@northwind.example").required())
            (dialog_actions(words, &Button::primary("Send test")))
        })))
    });
    page(
        &shell,
        &PageHeader::new("Components").purpose("Everything the product is made of."),
        body,
    )
}

fn empty(shell: &Shell<'_>) -> Markup {
    let state = EmptyState::new(Icon::Campaign, "No campaigns yet")
        .text("A campaign sends one message to the people of one or more segments.")
        .action(html! { (Button::primary("Create campaign").icon(Icon::Plus).href("#")) (Button::secondary("Load sample data").href("#")) });
    page(shell, &PageHeader::new("Campaigns"), state.render())
}

fn login(words: &Words, theme: Theme) -> Markup {
    let shell = PublicShell {
        words,
        language: "en",
        theme,
        brand: Brand::Product,
        title: "Sign in".into(),
        footer: None,
    };
    public_page(
        &shell,
        html! {
            h1 { "Sign in" }
            (Form::post("#", csrf_field("token")).body(words, html! {
                (Field::email("email", "Email").value("ada@northwind.example").autocomplete("username").required())
                (Field::password("password", "Password").autocomplete("current-password").required().error(Some("The address or the password is wrong")))
                (Button::primary("Sign in"))
            }))
        },
    )
}

fn unsubscribe(words: &Words, theme: Theme) -> Markup {
    let brand = Brand::Organization {
        name: "Northwind Coffee".into(),
        color: Some("#b4472a".into()),
        logo: None,
    };
    let shell = PublicShell {
        words,
        language: "en",
        theme,
        brand,
        title: "Unsubscribe".into(),
        footer: Some("Northwind Coffee, 12 Harbour Street\n20457 Hamburg, Germany".into()),
    };
    public_page(
        &shell,
        html! {
            h1 { "Unsubscribe from Northwind Coffee?" }
            p.muted { "grace@navy.example will get no more newsletters from us." }
            (ActionForm::new("#", csrf_field("token"), Button::primary("Unsubscribe")))
        },
    )
}

fn not_found(words: &Words, theme: Theme) -> Markup {
    let shell = PublicShell {
        words,
        language: "en",
        theme,
        brand: Brand::Product,
        title: "Not found".into(),
        footer: None,
    };
    error_page(
        &shell,
        &ErrorPage {
            status: 404,
            title: "There is nothing here".into(),
            text: "The address is wrong, or what was here has been deleted.".into(),
            action: Some(("Back to the dashboard".into(), "#".into())),
            reference: Some("req_01jd7x8n3qf3".into()),
        },
    )
}

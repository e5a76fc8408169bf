//! Forms of pages, filled in and sent as a browser would.

use scraper::{ElementRef, Selector};
use testkit::{Client, TestResponse};

/// A form with what stands in it.
#[derive(Clone, Debug)]
pub struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// The form of a page that has a control of this name.
    #[track_caller]
    pub fn with_control(page: &TestResponse, name: &str) -> Self {
        let html = page.html();
        let control = html
            .select(&selector(&format!("main form [name='{name}']")))
            .next();
        let control =
            control.unwrap_or_else(|| panic!("no form has {name}: {}", page.texts("main").join(" ")));
        let form = control
            .ancestors()
            .filter_map(ElementRef::wrap)
            .find(|element| element.value().name() == "form");
        let form = form.expect("a control stands in a form");
        let action = form
            .value()
            .attr("action")
            .expect("our forms say where they lead")
            .to_owned();
        let fields = form
            .select(&selector("input, select, textarea"))
            .flat_map(successful)
            .collect();
        Self { action, fields }
    }

    /// With another value, or with one that the form did not have: a box that is ticked, a button.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(other, _)| other != name);
        self.and(name, value)
    }

    /// With one value more.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it.
    pub async fn send(&self, person: &Client) -> TestResponse {
        let fields: Vec<(&str, &str)> = self
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        person.post(&self.action, &fields).await
    }
}

/// What a control contributes, as HTML has it.
fn successful(control: ElementRef<'_>) -> Vec<(String, String)> {
    let element = control.value();
    let Some(name) = element
        .attr("name")
        .filter(|_| element.attr("disabled").is_none())
    else {
        return Vec::new();
    };
    let given = |value: &str| vec![(name.to_owned(), value.to_owned())];
    match (element.name(), element.attr("type").unwrap_or("text")) {
        ("select", _) => {
            let chosen = control.select(&selector("option[selected]")).next();
            let option = chosen.or_else(|| control.select(&selector("option")).next());
            option.map_or_else(Vec::new, |option| {
                given(option.value().attr("value").unwrap_or_default())
            })
        }
        ("textarea", _) => given(&control.text().collect::<String>()),
        (_, "checkbox" | "radio") if element.attr("checked").is_none() => Vec::new(),
        (_, "checkbox" | "radio") => given(element.attr("value").unwrap_or("on")),
        (_, "submit" | "button" | "file") => Vec::new(),
        _ => given(element.attr("value").unwrap_or_default()),
    }
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).expect("a valid selector")
}

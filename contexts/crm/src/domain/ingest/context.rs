//! What a call tells besides itself: where, on what, in which language.

use serde_json::{Map, Value, json};

use super::user_agent;
use crate::domain::{
    contact::TextField,
    contact_value::parse_text_field,
    device::{DeviceFacts, Platform},
};

/// The parts of a context that are used. The rest, such as the IP address, is not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// IANA, checked.
    pub timezone: Option<String>,
    /// BCP 47, checked.
    pub locale: Option<String>,
    pub device: Option<DeviceFacts>,
    /// Kept with the event.
    pub kept: Option<Value>,
    pub bot: bool,
}

/// A text is kept up to here.
const MOST: usize = 2_000;

impl Context {
    /// Reads the context of a call; what it lacks is taken from that of its batch.
    #[must_use]
    pub fn read(
        mut own: Map<String, Value>,
        batch: Option<&Map<String, Value>>,
        header_agent: Option<&str>,
        from_browsers: bool,
    ) -> Self {
        for (key, value) in batch.into_iter().flatten() {
            own.entry(key.as_str()).or_insert_with(|| value.clone());
        }
        let own = own;
        let said = own.get("userAgent").and_then(Value::as_str);
        let agent = said
            .or(header_agent.filter(|_| from_browsers))
            .unwrap_or_default();
        let field = |key: &str, field| {
            let text = own.get(key).and_then(Value::as_str)?;
            parse_text_field(field, text).ok().filter(|text| !text.is_empty())
        };
        Self {
            timezone: field("timezone", TextField::Timezone),
            locale: field("locale", TextField::Locale),
            device: device(&own, agent),
            kept: kept(&own),
            bot: !agent.is_empty() && user_agent::is_bot(agent),
        }
    }
}

fn text<'a>(members: &'a Map<String, Value>, path: [&str; 2]) -> Option<&'a str> {
    let value = members.get(path[0])?.get(path[1])?.as_str()?;
    Some(cut(value)).filter(|text| !text.is_empty())
}

fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(MOST).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn kept(own: &Map<String, Value>) -> Option<Value> {
    let mut kept = Map::new();
    let groups: [(&str, &[&str]); 3] = [
        ("page", &["url", "path", "referrer", "title", "search"]),
        ("campaign", &["name", "source", "medium", "term", "content"]),
        ("library", &["name", "version"]),
    ];
    for (group, keys) in groups {
        let found: Map<String, Value> = keys
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), json!(text(own, [group, key])?))))
            .collect();
        if !found.is_empty() {
            kept.insert(group.to_owned(), Value::Object(found));
        }
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}

/// What the device is: said outright by apps, read from the browser's name on the web.
fn device(own: &Map<String, Value>, user_agent: &str) -> Option<DeviceFacts> {
    let said = |path| {
        text(own, path)
            .unwrap_or_default()
            .chars()
            .take(100)
            .collect::<String>()
    };
    let id = text(own, ["device", "id"]);
    if user_agent.is_empty() && id.is_none() && text(own, ["device", "model"]).is_none() {
        return None;
    }
    let agent = user_agent::read(user_agent);
    let os = said(["os", "name"]);
    let os = if os.is_empty() { agent.os.to_owned() } else { os };
    let platform = if user_agent.is_empty() || id.is_some() {
        Platform::of(&said(["device", "type"]), &os)
    } else {
        Platform::Web
    };
    let version = said(["app", "version"]);
    Some(DeviceFacts {
        key: id.map(str::to_owned),
        platform,
        os,
        os_version: said(["os", "version"]),
        model: said(["device", "model"]),
        browser: agent.browser.to_owned(),
        app_version: version,
        push_token: text(own, ["device", "token"]).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(value: Value) -> Context {
        let Value::Object(members) = value else {
            panic!("an object")
        };
        Context::read(members, None, None, false)
    }

    #[test]
    fn what_is_useful_is_kept_and_the_address_is_not() {
        let context = given(json!({
            "ip": "203.0.113.9", "timezone": "Europe/Berlin", "locale": "de_DE",
            "page": {"url": "https://x.example/a", "title": "A"}, "campaign": {"source": "news"},
        }));
        assert_eq!(context.timezone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(context.locale.as_deref(), Some("de-DE"));
        let kept = context.kept.expect("something");
        assert_eq!(kept["page"]["url"], "https://x.example/a");
        assert!(!kept.to_string().contains("203.0.113.9"));
    }

    #[test]
    fn devices_are_recognised() {
        let phone = given(
            json!({"device": {"id": "d1", "type": "ios", "model": "iPhone15,2", "token": "t"},
            "os": {"name": "iOS", "version": "17.4"}, "app": {"version": "2.1"}}),
        );
        let device = phone.device.expect("a device");
        assert_eq!(
            (device.platform, device.push_token.as_deref()),
            (Platform::Ios, Some("t"))
        );
        let web = given(
            json!({"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"}),
        );
        let device = web.device.expect("a device");
        assert_eq!(
            (device.platform, device.browser.as_str()),
            (Platform::Web, "Firefox")
        );
        assert!(given(json!({})).device.is_none());
    }

    #[test]
    fn a_batch_lends_its_context() {
        let batch = json!({"timezone": "Asia/Tokyo"})
            .as_object()
            .cloned()
            .expect("an object");
        let context = Context::read(Map::new(), Some(&batch), Some("curl/8"), true);
        assert_eq!(context.timezone.as_deref(), Some("Asia/Tokyo"));
        assert!(context.bot);
        assert!(
            !Context::read(Map::new(), None, Some("curl/8"), false).bot,
            "servers are no bots"
        );
    }
}

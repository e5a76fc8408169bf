//! What a template can read.

use std::sync::{Arc, OnceLock};

use contracts::crm::ContactSnapshot;
use minijinja::value::{Enumerator, Object, Value};

use super::{
    catalogue::{self, Catalogue},
    links::{self, Click},
    render::{MessageLinks, Tracking},
};

/// The variable under which our filters find the message.
pub const MAIL: &str = "__mail";
/// The variable that is the tracking pixel.
pub const PIXEL: &str = "__pixel";

/// Destinations longer than this stay untracked: the token would not fit everywhere.
const MAX_DESTINATION: usize = 2048;

/// What one recipient's mail is made from.
#[derive(Clone, Debug)]
pub struct MergeData {
    /// Who gets it.
    pub contact: Arc<ContactSnapshot>,
    /// Who sends it.
    pub organization: Arc<OrganizationFacts>,
    /// Name of the campaign; empty for a test.
    pub campaign: Arc<str>,
    /// What it may look up.
    pub catalogue: Arc<Catalogue>,
    /// What whoever sends the message added to it.
    pub data: Arc<serde_json::Map<String, serde_json::Value>>,
}

/// What a template can say of the sender.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationFacts {
    /// Its name.
    pub name: String,
    /// Its postal address.
    pub postal_address: String,
}

/// Everything a render reads. Values are made when a template asks for them.
#[derive(Debug)]
pub struct Mail {
    pub data: MergeData,
    pub links: MessageLinks,
    unsubscribe_url: OnceLock<String>,
}

/// The variables at the top.
pub const ROOTS: &[&str] = &[
    "contact",
    "organization",
    "campaign",
    "catalogue",
    DATA,
    "unsubscribe_url",
    "preferences_url",
    "web_view_url",
    ACTION_URL,
];

/// What a message brings along beside the contact: `data.order.number`.
pub const DATA: &str = "data";
/// Where the button of a mail leads that the program writes of itself.
pub const ACTION_URL: &str = "action_url";
/// The member of such a recipient's attributes that holds it. No custom field can have this key.
pub const ACTION_ATTRIBUTE: &str = "__action_url";

impl Mail {
    pub fn new(data: &MergeData, links: &MessageLinks) -> Self {
        Self {
            data: data.clone(),
            links: links.clone(),
            unsubscribe_url: OnceLock::new(),
        }
    }

    pub fn unsubscribe_url(&self) -> &str {
        self.unsubscribe_url.get_or_init(|| {
            let MessageLinks {
                signer,
                org,
                message,
                topic,
                ..
            } = &self.links;
            signer.unsubscribe_url(*org, *message, self.data.contact.id, *topic)
        })
    }

    /// The value of an `href`, from the destination as rendered.
    pub fn click_url(&self, rendered: &str, number: u16) -> Click {
        let MessageLinks {
            signer,
            org,
            message,
            tracking,
            ..
        } = &self.links;
        match links::destination(rendered) {
            Some(destination) if *tracking == Tracking::On && destination.len() <= MAX_DESTINATION => {
                Click::Tracked(signer.click_url(*org, *message, number, &destination))
            }
            None if !links::is_harmless(rendered) => Click::Nowhere,
            _ => Click::Untracked,
        }
    }

    fn pixel(&self) -> Value {
        let MessageLinks {
            signer,
            org,
            message,
            tracking,
            ..
        } = &self.links;
        let html = match tracking {
            Tracking::On => format!(
                "<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block;width:1px;height:1px;border:0\">",
                signer.open_url(*org, *message)
            ),
            Tracking::Off => String::new(),
        };
        Value::from_safe_string(html)
    }

    fn preferences_url(&self) -> String {
        let MessageLinks { signer, org, .. } = &self.links;
        signer.preferences_url(*org, self.data.contact.id)
    }

    /// Made by us, of our own host: see `application::send_service_letter`.
    fn action_url(&self) -> Option<String> {
        let url = self.data.contact.attributes.get(ACTION_ATTRIBUTE)?;
        Some(url.as_str()?.to_owned())
    }

    fn web_view_url(&self) -> String {
        let MessageLinks {
            signer, org, message, ..
        } = &self.links;
        signer.web_view_url(*org, *message)
    }
}

impl Object for Mail {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "contact" => Value::from_object(Contact(Arc::clone(&self.data.contact))),
            "organization" => Value::from_object(Organization(Arc::clone(&self.data.organization))),
            "campaign" => Value::from_object(Campaign(Arc::clone(&self.data.campaign))),
            "catalogue" => Value::from_object(catalogue::Root(Arc::clone(&self.data.catalogue))),
            DATA => record_value(&serde_json::Value::Object((*self.data.data).clone()))?,
            "unsubscribe_url" => Value::from_safe_string(self.unsubscribe_url().to_owned()),
            "preferences_url" => Value::from_safe_string(self.preferences_url()),
            "web_view_url" => Value::from_safe_string(self.web_view_url()),
            ACTION_URL => Value::from_safe_string(self.action_url()?),
            MAIL => Value::from_dyn_object(Arc::clone(self)),
            PIXEL => self.pixel(),
            _ => return None,
        })
    }
}

/// An empty text is undefined, so that `default` and `{% if %}` treat "no first name" as people do.
fn filled(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::from(text))
}

#[derive(Debug)]
struct Contact(Arc<ContactSnapshot>);

impl Object for Contact {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let contact = &self.0;
        match key {
            "id" => Some(Value::from(contact.id.to_string())),
            "email" => contact.email.as_ref().map(|email| Value::from(email.as_str())),
            "first_name" => filled(&contact.first_name),
            "last_name" => filled(&contact.last_name),
            "name" => filled(format!("{} {}", contact.first_name, contact.last_name).trim()),
            "phone" => filled(&contact.phone),
            "timezone" => filled(&contact.timezone),
            "locale" => filled(&contact.locale),
            "tags" => Some(contact.tags.iter().map(String::as_str).map(Value::from).collect()),
            "attributes" => Some(Value::from_object(Attributes(Arc::clone(contact)))),
            // `contact.orders` are records, and `contact.plan` is `contact.attributes.plan`.
            _ => match contact.records.get(key) {
                Some(records) => record_value(records),
                None => contact.attributes.get(key).and_then(attribute),
            },
        }
    }
}

#[derive(Debug)]
struct Attributes(Arc<ContactSnapshot>);

impl Object for Attributes {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.attributes.get(key).and_then(attribute)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.0
                .attributes
                .keys()
                .map(|key| Value::from(key.as_str()))
                .collect(),
        )
    }
}

fn attribute(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => filled(text),
        other => Some(plain(other)),
    }
}

/// A record, or several of them. What is not known of one is undefined, as it is of contacts.
pub fn record_value(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Array(items) => Some(items.iter().filter_map(record_value).collect()),
        serde_json::Value::Object(members) => {
            Some(Value::from_pairs(members.iter().filter_map(|(name, member)| {
                Some((name.as_str(), record_value(member)?))
            })))
        }
        other => attribute(other),
    }
}

fn plain(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(flag) => Value::from(*flag),
        serde_json::Value::Number(number) => number
            .as_i64()
            .map(Value::from)
            .unwrap_or_else(|| Value::from(number.as_f64().unwrap_or_default())),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => items.iter().map(plain).collect(),
        serde_json::Value::Object(map) => Value::from_pairs(map.iter().map(|(k, v)| (k.as_str(), plain(v)))),
    }
}

#[derive(Debug)]
struct Organization(Arc<OrganizationFacts>);

impl Object for Organization {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => filled(&self.0.name),
            "postal_address" => filled(&self.0.postal_address),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Campaign(Arc<str>);

impl Object for Campaign {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "name" => filled(&self.0),
            _ => None,
        }
    }
}

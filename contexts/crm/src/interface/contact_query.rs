//! The address of a list of contacts: its page and the API share the names of the parameters.

use contracts::crm::CONTACTS;
use kernel::SegmentId;

use crate::domain::{
    contact::TextField,
    contact_list::{FieldFilter, Filter, Order, Search},
    field::{Field, FieldType},
    field_value::{self, ValueRule},
    import::reject::Reason,
    tag::Tag,
};

/// What a list is asked for, as it was written.
#[derive(Clone, Debug, Default)]
pub struct ContactQuery {
    pub search: String,
    pub sort: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
    /// `tag`, `segment`, or the key of a field; and its value.
    pub filters: Vec<(String, String)>,
}

/// A parameter that cannot be obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadParameter {
    pub name: String,
    pub code: &'static str,
}

impl ContactQuery {
    /// Reads the pairs of a query string. The form that adds a filter sends its name and value apart.
    #[must_use]
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut query = Self::default();
        let (mut added, mut added_value) = (String::new(), String::new());
        for (name, value) in pairs {
            match name.as_str() {
                "q" => query.search = value,
                "sort" => query.sort = Some(value).filter(|sort| !sort.is_empty()),
                "cursor" => query.cursor = Some(value).filter(|cursor| !cursor.is_empty()),
                "limit" => query.limit = value.parse().ok(),
                "field" => added = value,
                "value" => added_value = value,
                _ => {
                    let filter = name
                        .strip_prefix("filter[")
                        .and_then(|rest| rest.strip_suffix(']'));
                    if let (Some(key), false) = (filter, value.trim().is_empty()) {
                        query.filters.push((key.to_owned(), value));
                    }
                }
            }
        }
        if !added.is_empty() && !added_value.trim().is_empty() {
            query.filters.retain(|(key, _)| *key != added);
            query.filters.push((added, added_value));
        }
        query
    }

    /// The value of a filter, or nothing.
    #[must_use]
    pub fn filter_value(&self, key: &str) -> &str {
        self.filters
            .iter()
            .find(|(name, _)| name == key)
            .map_or("", |(_, value)| value)
    }

    /// The order, when it is one.
    pub fn order(&self) -> Result<Order, BadParameter> {
        match &self.sort {
            None => Ok(Order::default()),
            Some(sort) => Order::parse(sort).ok_or_else(|| bad("sort", "unknown_order")),
        }
    }

    /// The filter, checked against the fields that exist.
    pub fn filter(&self, fields: &[Field]) -> Result<Filter, BadParameter> {
        let mut filter = Filter {
            search: Search::parse(&self.search),
            ..Filter::default()
        };
        for (key, value) in &self.filters {
            let name = || format!("filter[{key}]");
            match key.as_str() {
                "tag" => filter.tag = Some(Tag::parse(value).map_err(|_| bad(name(), "invalid_tag"))?),
                "segment" => {
                    let id: SegmentId = value.parse().map_err(|_| bad(name(), "invalid_id"))?;
                    filter.segment = Some(id);
                }
                _ => filter
                    .fields
                    .push(field_filter(key, value, fields).map_err(|code| bad(name(), code))?),
            }
        }
        Ok(filter)
    }

    /// The address of the page in another order, from its beginning.
    #[must_use]
    pub fn sorted_by(&self, order: Order) -> String {
        Self {
            sort: Some(order.as_str().to_owned()),
            cursor: None,
            ..self.clone()
        }
        .url()
    }

    /// The address of another place in the same list.
    #[must_use]
    pub fn at(&self, cursor: String) -> String {
        Self {
            cursor: Some(cursor),
            ..self.clone()
        }
        .url()
    }

    /// The address without one of the filters.
    #[must_use]
    pub fn without(&self, key: &str) -> String {
        let mut other = Self {
            cursor: None,
            ..self.clone()
        };
        other.filters.retain(|(name, _)| name != key);
        other.url()
    }

    fn url(&self) -> String {
        let mut pairs: Vec<(String, &str)> = Vec::new();
        if !self.search.is_empty() {
            pairs.push(("q".to_owned(), &self.search));
        }
        pairs.extend(
            self.filters
                .iter()
                .map(|(key, value)| (format!("filter[{key}]"), value.as_str())),
        );
        pairs.extend(self.sort.iter().map(|sort| ("sort".to_owned(), sort.as_str())));
        pairs.extend(
            self.cursor
                .iter()
                .map(|cursor| ("cursor".to_owned(), cursor.as_str())),
        );
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        CONTACTS.with(&pairs)
    }
}

fn field_filter(key: &str, value: &str, fields: &[Field]) -> Result<FieldFilter, &'static str> {
    if let Some(field) = TextField::from_key(key) {
        return Ok(FieldFilter::Text(field, value.trim().to_owned()));
    }
    let field = fields
        .iter()
        .find(|field| field.key == key)
        .ok_or("unknown_field")?;
    // One value of several is looked for as a text of its own.
    let (kind, among) = match field.kind {
        FieldType::Multiselect => (FieldType::Text, true),
        kind => (kind, false),
    };
    let rule = ValueRule { kind, ..field.rule() };
    let value = field_value::parse_text(rule, value).map_err(|error| Reason::from(error).as_str())?;
    Ok(FieldFilter::Attribute {
        key: key.to_owned(),
        value: value.unwrap_or_default(),
        among,
    })
}

fn bad(name: impl Into<String>, code: &'static str) -> BadParameter {
    BadParameter {
        name: name.into(),
        code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> ContactQuery {
        ContactQuery::read(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn the_address_keeps_what_was_asked_for() {
        let query = read(&[
            ("q", "ann"),
            ("filter[tag]", "big spender"),
            ("sort", "name"),
            ("cursor", "x"),
        ]);
        let url = query.sorted_by(Order::default());
        assert_eq!(
            url,
            "/app/contacts?q=ann&filter%5Btag%5D=big%20spender&sort=-created_at"
        );
        assert_eq!(query.without("tag"), "/app/contacts?q=ann&sort=name");
        assert_eq!(query.filter_value("tag"), "big spender");
    }

    #[test]
    fn a_filter_may_be_added_by_a_form() {
        let query = read(&[
            ("filter[city]", "Bonn"),
            ("field", "city"),
            ("value", "Kiel"),
            ("filter[tag]", " "),
        ]);
        assert_eq!(query.filters, [("city".to_owned(), "Kiel".to_owned())]);
    }

    #[test]
    fn what_cannot_be_obeyed_is_named() {
        assert_eq!(
            read(&[("sort", "shoe")]).order(),
            Err(bad("sort", "unknown_order"))
        );
        assert_eq!(
            read(&[("filter[segment]", "x")]).filter(&[]),
            Err(bad("filter[segment]", "invalid_id"))
        );
        assert_eq!(
            read(&[("filter[shoe]", "x")]).filter(&[]),
            Err(bad("filter[shoe]", "unknown_field"))
        );
    }
}

//! The address of a list of records: its page and the API share the names of the parameters.

use contracts::crm::objects::RECORDS;

use crate::{
    domain::{
        field::{Field, FieldType},
        field_value::{self, ValueRule},
        import::reject::Reason,
        record::{RecordFilter, RecordOrder},
    },
    interface::contact_query::BadParameter,
};

/// What a list is asked for, as it was written.
#[derive(Clone, Debug, Default)]
pub struct RecordListQuery {
    pub search: String,
    pub sort: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
    /// `contact`, or the key of a field; and its value.
    pub filters: Vec<(String, String)>,
}

impl RecordListQuery {
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

    /// The order, when it is one.
    pub fn order(&self) -> Result<RecordOrder, BadParameter> {
        match &self.sort {
            None => Ok(RecordOrder::NEWEST),
            Some(sort) => RecordOrder::parse(sort).ok_or_else(|| bad("sort", "unknown_order")),
        }
    }

    /// The filter, checked against the fields that exist.
    pub fn filter(&self, fields: &[Field]) -> Result<RecordFilter, BadParameter> {
        let mut filter = RecordFilter {
            search: self.search.replace('\0', "").chars().take(200).collect(),
            ..RecordFilter::default()
        };
        for (key, value) in &self.filters {
            let name = || format!("filter[{key}]");
            if key == "contact" {
                let id = value.trim().parse().map_err(|_| bad(name(), "invalid_id"))?;
                filter.contact = Some(id);
                continue;
            }
            let field = fields
                .iter()
                .find(|field| field.key == *key)
                .ok_or_else(|| bad(name(), "unknown_field"))?;
            let among = field.kind == FieldType::Multiselect;
            let rule = ValueRule {
                max_length: None,
                ..field.rule()
            };
            let value = field_value::parse_text(rule, value)
                .map_err(|error| bad(name(), Reason::from(error).as_str()))?
                .unwrap_or_default();
            if among {
                filter.among.push((key.clone(), value));
            } else {
                filter.attributes.push((key.clone(), value));
            }
        }
        Ok(filter)
    }

    /// The address of the page in another order, from its beginning.
    #[must_use]
    pub fn sorted_by(&self, object: &str, order: RecordOrder) -> String {
        Self {
            sort: Some(order.as_str().to_owned()),
            cursor: None,
            ..self.clone()
        }
        .url(object)
    }

    /// The address of another place in the same list.
    #[must_use]
    pub fn at(&self, object: &str, cursor: String) -> String {
        Self {
            cursor: Some(cursor),
            ..self.clone()
        }
        .url(object)
    }

    /// The address without one of the filters.
    #[must_use]
    pub fn without(&self, object: &str, key: &str) -> String {
        let mut other = Self {
            cursor: None,
            ..self.clone()
        };
        other.filters.retain(|(name, _)| name != key);
        other.url(object)
    }

    fn url(&self, object: &str) -> String {
        let mut pairs: Vec<(String, &str)> = Vec::new();
        if !self.search.is_empty() {
            pairs.push(("q".to_owned(), &self.search));
        }
        let filters = self.filters.iter();
        pairs.extend(filters.map(|(key, value)| (format!("filter[{key}]"), value.as_str())));
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
        RECORDS.with(&object.to_owned(), &pairs)
    }
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

    #[test]
    fn the_address_keeps_what_was_asked_for() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = RecordListQuery::read(vec![
            pair("q", "acme"),
            pair("filter[city]", "Bonn"),
            pair("field", "industry"),
            pair("value", "Energy"),
            pair("cursor", "x"),
        ]);
        let name = RecordOrder::parse("name").expect("an order");
        assert_eq!(
            query.sorted_by("companies", name),
            "/app/records/companies?q=acme&filter%5Bcity%5D=Bonn&filter%5Bindustry%5D=Energy&sort=name"
        );
        assert_eq!(
            query.without("companies", "city"),
            "/app/records/companies?q=acme&filter%5Bindustry%5D=Energy"
        );
        assert_eq!(query.filter(&[]), Err(bad("filter[city]", "unknown_field")));
    }
}

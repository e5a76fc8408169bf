//! Records that templates look up when a message is sent: `catalogue.products["sku-1"].name`.
//!
//! A render does no I/O. What it looks up and does not find is noted; whoever renders fetches all of
//! that at once and renders again.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use minijinja::value::{Object, Value};

use super::merge::record_value;

/// The key of an object, and the external ID of one of its records.
pub type CatalogueKey = (String, String);

/// More look-ups than this are not remembered: a template that makes them up would never end.
const MOST: usize = 10_000;

/// How often a render is repeated: what was found may lead to more, as a product to its maker.
pub const PASSES: usize = 3;

/// What is known of catalogues, and what was asked in vain.
#[derive(Debug, Default)]
pub struct Catalogue {
    found: HashMap<CatalogueKey, serde_json::Value>,
    looked_up: HashSet<CatalogueKey>,
    asked: Mutex<BTreeSet<CatalogueKey>>,
}

impl Catalogue {
    /// What renders asked for and nobody has looked up yet.
    #[must_use]
    pub fn asked(&self) -> Vec<CatalogueKey> {
        let asked = self.asked.lock().expect("nothing panics while holding it");
        asked.iter().cloned().collect()
    }

    /// The same, knowing more.
    #[must_use]
    pub fn knowing(
        &self,
        wanted: Vec<CatalogueKey>,
        found: HashMap<CatalogueKey, serde_json::Value>,
    ) -> Self {
        let mut more = Self {
            found: self.found.clone(),
            looked_up: self.looked_up.clone(),
            asked: Mutex::default(),
        };
        more.looked_up.extend(wanted);
        more.found.extend(found);
        more
    }

    fn get(&self, object: &str, key: &str) -> Option<Value> {
        let wanted = (object.to_owned(), key.to_owned());
        if let Some(found) = self.found.get(&wanted) {
            return record_value(found);
        }
        if !self.looked_up.contains(&wanted) {
            let mut asked = self.asked.lock().expect("nothing panics while holding it");
            if asked.len() < MOST {
                asked.insert(wanted);
            }
        }
        None
    }
}

/// `catalogue` in a template.
#[derive(Debug)]
pub struct Root(pub Arc<Catalogue>);

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let object = key.as_str()?;
        Some(Value::from_object(OneObject {
            catalogue: Arc::clone(&self.0),
            object: object.to_owned(),
        }))
    }
}

/// `catalogue.products` in a template.
#[derive(Debug)]
struct OneObject {
    catalogue: Arc<Catalogue>,
    object: String,
}

impl Object for OneObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        // External IDs that are numbers are written as numbers.
        let text = match key.as_str() {
            Some(text) => text.to_owned(),
            None if key.is_number() => key.to_string(),
            None => return None,
        };
        self.catalogue.get(&self.object, &text)
    }
}

//! The companies that rows name: found by external ID or name, or made.

use std::collections::HashMap;

use kernel::{ContactId, RecordId};

use super::reject::Reason;

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    pub id: RecordId,
    pub name: String,
}

/// Those that rows could mean, and whose they are at present.
#[derive(Clone, Debug, Default)]
pub struct Companies {
    by_external_id: HashMap<String, Company>,
    /// By name in lower case; `None` where several are called so.
    by_name: HashMap<String, Option<Company>>,
    /// Of the people whom rows could mean.
    pub primary: HashMap<ContactId, RecordId>,
    /// To be made.
    pub made: Vec<Company>,
}

impl Companies {
    /// Takes in one that exists.
    pub fn add(&mut self, company: Company, external_id: Option<String>) {
        if let Some(id) = external_id {
            self.by_external_id.insert(id, company.clone());
        }
        self.by_name
            .entry(company.name.to_lowercase())
            .and_modify(|several| *several = None)
            .or_insert(Some(company));
    }

    /// The one that is meant, when it exists.
    pub fn find(&self, text: &str) -> Result<Option<Company>, Reason> {
        if let Some(company) = self.by_external_id.get(text) {
            return Ok(Some(company.clone()));
        }
        match self.by_name.get(&text.to_lowercase()) {
            Some(None) => Err(Reason::AmbiguousCompany),
            found => Ok(found.cloned().flatten()),
        }
    }

    /// Makes one of this name.
    pub fn make(&mut self, name: &str) -> Company {
        let company = Company {
            id: RecordId::generate(),
            name: name.to_owned(),
        };
        self.made.push(company.clone());
        self.add(company.clone(), None);
        company
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_is_found_by_external_id_or_a_name_that_only_one_has() {
        let mut companies = Companies::default();
        let company = |name: &str| Company {
            id: RecordId::generate(),
            name: name.to_owned(),
        };
        let acme = company("Acme");
        companies.add(acme.clone(), Some("C-1".to_owned()));
        companies.add(company("Twin"), None);
        companies.add(company("twin"), None);
        assert_eq!(companies.find("C-1"), Ok(Some(acme.clone())));
        assert_eq!(companies.find("ACME"), Ok(Some(acme)));
        assert_eq!(companies.find("Twin"), Err(Reason::AmbiguousCompany));
        assert_eq!(companies.find("Globex"), Ok(None));
        let made = companies.make("Globex");
        assert_eq!(companies.find("globex"), Ok(Some(made)));
        assert_eq!(companies.made.len(), 1);
    }
}

//! A statement that grows: text of the program and values that are bound.
//!
//! Invariant: text is `&'static str`, so nothing that a person typed can become part of it, and a
//! value can get into it only as a parameter.

use std::fmt::Write as _;

use jiff_sqlx::ToSqlx;
use kernel::{OrgId, Timestamp};
use serde_json::Value;
use sqlx::{Arguments as _, AssertSqlSafe, postgres::PgArguments};
use uuid::Uuid;

/// A value in the place of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Bind {
    Text(String),
    Texts(Vec<String>),
    Json(Value),
    Jsons(Vec<Value>),
    Count(i64),
    Truth(bool),
    Fraction(f64),
    Instant(Timestamp),
    Id(Uuid),
    Ids(Vec<Uuid>),
}

/// The text with its parameters. `$1` is the organisation.
#[derive(Debug, Clone)]
pub struct Statement {
    text: String,
    binds: Vec<Bind>,
}

impl Statement {
    /// Empty, for an organisation.
    pub fn of(org: OrgId) -> Self {
        Self {
            text: String::with_capacity(1024),
            binds: vec![Bind::Id(org.uuid())],
        }
    }

    /// Appends text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends the parameter that the organisation is bound to.
    pub fn org(&mut self) -> &mut Self {
        self.push("$1")
    }

    /// Appends a parameter with its value.
    pub fn bind(&mut self, bind: Bind) -> &mut Self {
        self.binds.push(bind);
        let (n, kind) = (self.binds.len(), self.binds[self.binds.len() - 1].sql_type());
        write!(self.text, "${n}::{kind}").expect("a String takes all");
        self
    }

    /// Appends a parameter by the number that [`Statement::hold`] told.
    pub fn repeat(&mut self, n: usize) -> &mut Self {
        let kind = self.binds[n - 1].sql_type();
        write!(self.text, "${n}::{kind}").expect("a String takes all");
        self
    }

    /// Binds a value that [`Statement::repeat`] will append; returns its number.
    pub fn hold(&mut self, bind: Bind) -> usize {
        self.binds.push(bind);
        self.binds.len()
    }

    /// Appends a parameter with a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bind(Bind::Text(text.to_owned()))
    }

    /// The text so far.
    #[cfg(test)]
    pub fn sql(&self) -> &str {
        &self.text
    }

    /// The values so far.
    #[cfg(test)]
    pub fn binds(&self) -> &[Bind] {
        &self.binds
    }

    /// What sqlx executes.
    pub fn into_query(self) -> Result<(AssertSqlSafe<String>, PgArguments), sqlx::Error> {
        let mut arguments = PgArguments::default();
        for bind in self.binds {
            match bind {
                Bind::Text(text) => arguments.add(text),
                Bind::Texts(texts) => arguments.add(texts),
                Bind::Json(json) => arguments.add(json),
                Bind::Jsons(jsons) => arguments.add(jsons),
                Bind::Count(count) => arguments.add(count),
                Bind::Truth(truth) => arguments.add(truth),
                Bind::Fraction(fraction) => arguments.add(fraction),
                Bind::Instant(instant) => arguments.add(instant.to_sqlx()),
                Bind::Id(id) => arguments.add(id),
                Bind::Ids(ids) => arguments.add(ids),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok((AssertSqlSafe(self.text), arguments))
    }
}

impl Bind {
    const fn sql_type(&self) -> &'static str {
        match self {
            Bind::Text(_) => "text",
            Bind::Texts(_) => "text[]",
            Bind::Json(_) => "jsonb",
            Bind::Jsons(_) => "jsonb[]",
            Bind::Count(_) => "bigint",
            Bind::Truth(_) => "boolean",
            Bind::Fraction(_) => "double precision",
            Bind::Instant(_) => "timestamptz",
            Bind::Id(_) => "uuid",
            Bind::Ids(_) => "uuid[]",
        }
    }
}

//! A statement that grows: text of the program and values that are bound.
//!
//! Invariant: text is `&'static str`, so nothing that a person typed can become part of it, and a
//! value can get into it only as a parameter.

use std::fmt::Write as _;

use jiff_sqlx::ToSqlx;
use kernel::{OrgId, Timestamp};
use serde_json::Value;
use sqlx::{Arguments as _, AssertSqlSafe, Postgres, QueryBuilder, postgres::PgArguments};
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

    /// Appends it to a statement that is built elsewhere and numbers its parameters itself.
    pub fn push_onto(self, query: &mut QueryBuilder<Postgres>) {
        for (text, parameter) in pieces(&self.text) {
            query.push(text);
            let Some(bind) = parameter.and_then(|n| self.binds.get(n - 1)) else {
                continue;
            };
            match bind.clone() {
                Bind::Text(text) => query.push_bind(text),
                Bind::Texts(texts) => query.push_bind(texts),
                Bind::Json(json) => query.push_bind(json),
                Bind::Jsons(jsons) => query.push_bind(jsons),
                Bind::Count(count) => query.push_bind(count),
                Bind::Truth(truth) => query.push_bind(truth),
                Bind::Fraction(fraction) => query.push_bind(fraction),
                Bind::Instant(instant) => query.push_bind(instant.to_sqlx()),
                Bind::Id(id) => query.push_bind(id),
                Bind::Ids(ids) => query.push_bind(ids),
            };
        }
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

/// The text between parameters, each with the number of the parameter behind it. A `$` in a literal
/// is text.
fn pieces(text: &str) -> Vec<(&str, Option<usize>)> {
    let bytes = text.as_bytes();
    let (mut pieces, mut begun, mut quoted, mut n) = (Vec::new(), 0, false, 0);
    while n < bytes.len() {
        match bytes[n] {
            b'\'' => quoted = !quoted,
            b'$' if !quoted => {
                let digits = bytes[n + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
                if let Ok(number) = text[n + 1..n + 1 + digits].parse() {
                    pieces.push((&text[begun..n], Some(number)));
                    n += digits;
                    begun = n + 1;
                }
            }
            _ => {}
        }
        n += 1;
    }
    pieces.push((&text[begun..], None));
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn parameters_are_told_from_text() {
        assert_eq!(
            pieces("a = $1::uuid AND b ~ '$2' AND c = $12)"),
            [
                ("a = ", Some(1)),
                ("::uuid AND b ~ '$2' AND c = ", Some(12)),
                (")", None)
            ]
        );
        assert_eq!(pieces("TRUE"), [("TRUE", None)]);
    }
}

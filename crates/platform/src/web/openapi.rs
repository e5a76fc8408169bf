//! The OpenAPI 3.1 document, made from the routes themselves: a route that is not described cannot
//! be left out unnoticed, and a description cannot outlive its route.

use kernel::Permission;
use serde_json::{Map, Value, json};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{Access, RouteEntry};

type Collect = fn(&mut Vec<(String, RefOr<Schema>)>);

/// What the document says of one route. The path, method and scope come from the route.
#[derive(Debug, Clone)]
pub struct Op {
    id: &'static str,
    summary: &'static str,
    description: Option<&'static str>,
    query: Vec<Value>,
    body: Option<(Value, &'static str)>,
    responses: Vec<(u16, &'static str, Option<Value>)>,
    schemas: Vec<Collect>,
}

impl Op {
    /// `id` is the name that clients generate: `list_contacts`.
    #[must_use]
    pub fn new(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            description: None,
            query: Vec::new(),
            body: None,
            responses: Vec::new(),
            schemas: Vec::new(),
        }
    }

    /// Says more.
    #[must_use]
    pub fn describe(mut self, text: &'static str) -> Self {
        self.description = Some(text);
        self
    }

    /// Takes the fields of `T` as query parameters.
    #[must_use]
    pub fn query<T: IntoParams>(mut self) -> Self {
        let params = T::into_params(|| Some(utoipa::openapi::path::ParameterIn::Query));
        self.query = params
            .into_iter()
            .filter_map(|p| serde_json::to_value(p).ok())
            .collect();
        self
    }

    /// Takes a JSON body.
    #[must_use]
    pub fn body<T: ToSchema>(self) -> Self {
        self.body_as::<T>("application/json")
    }

    /// Takes a body of another content type.
    #[must_use]
    pub fn body_as<T: ToSchema>(mut self, content_type: &'static str) -> Self {
        self.body = Some((reference::<T>(), content_type));
        self.schemas.push(collect::<T>);
        self
    }

    /// Answers with JSON.
    #[must_use]
    pub fn returns<T: ToSchema>(mut self, status: u16, what: &'static str) -> Self {
        self.responses.push((status, what, Some(reference::<T>())));
        self.schemas.push(collect::<T>);
        self
    }

    /// Answers without JSON.
    #[must_use]
    pub fn answers(mut self, status: u16, what: &'static str) -> Self {
        self.responses.push((status, what, None));
        self
    }
}

fn reference<T: ToSchema>() -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
}

fn collect<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), <T as PartialSchema>::schema()));
    T::schemas(schemas);
}

/// Makes the document from all routes of the API.
#[must_use]
pub fn document(entries: &[RouteEntry]) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::from_iter([("Problem".to_owned(), problem_schema())]);
    for entry in entries {
        let Some(op) = &entry.op else { continue };
        let item = paths.entry(entry.path).or_insert_with(|| json!({}));
        item[entry.method.as_str().to_ascii_lowercase()] = operation(entry, op);
        let mut found = Vec::new();
        op.schemas.iter().for_each(|collect| collect(&mut found));
        for (name, schema) in found {
            schemas
                .entry(name)
                .or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
        }
    }
    let scopes: Map<String, Value> = Permission::ALL
        .iter()
        .map(|p| (p.as_str().to_owned(), json!(p.as_str())))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Mauntic API",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "Every object has an id with a prefix. Lists are paged by cursor. Errors are problem documents (RFC 9457)."
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "key": {
                "type": "http", "scheme": "bearer",
                "description": "A key of the API. Each operation names the scope that the key needs.",
                "x-scopes": scopes
            } }
        }
    })
}

fn operation(entry: &RouteEntry, op: &Op) -> Value {
    let tag = entry
        .path
        .trim_start_matches("/api/v1/")
        .split('/')
        .next()
        .unwrap_or_default();
    let mut parameters = path_parameters(entry.path);
    parameters.extend(op.query.iter().cloned());
    let mut responses = Map::new();
    for (status, what, schema) in &op.responses {
        let content = schema
            .as_ref()
            .map(|s| json!({ "application/json": { "schema": s } }));
        let mut response = json!({ "description": what });
        if let Some(content) = content {
            response["content"] = content;
        }
        responses.insert(status.to_string(), response);
    }
    for (status, what) in [
        ("401", "The key is missing, wrong or revoked."),
        ("403", "The key lacks the scope."),
    ] {
        responses.insert(status.to_owned(), problem(what));
    }
    responses.insert("default".to_owned(), problem("Anything else that went wrong."));
    let mut operation = json!({
        "operationId": op.id, "summary": op.summary, "tags": [tag],
        "parameters": parameters, "responses": responses,
    });
    if let Some(text) = op.description {
        operation["description"] = json!(text);
    }
    if let Some((schema, content_type)) = &op.body {
        operation["requestBody"] =
            json!({ "required": true, "content": { *content_type: { "schema": schema } } });
    }
    if let Access::Needs(permission) = entry.access {
        operation["x-scope"] = json!(permission.as_str());
    }
    operation
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect()
}

fn problem(what: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": what, "content": { "application/problem+json": { "schema": schema } } })
}

fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code"],
        "properties": {
            "type": { "type": "string" }, "title": { "type": "string" },
            "status": { "type": "integer" }, "code": { "type": "string" },
            "detail": { "type": "string" }, "instance": { "type": "string" },
            "existing": { "type": "string", "description": "The id of what is there already." },
            "errors": { "type": "array", "items": { "type": "object", "properties": {
                "pointer": { "type": "string" }, "code": { "type": "string" }, "detail": { "type": "string" }
            } } }
        }
    })
}

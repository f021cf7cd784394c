//! Real answers against `openapi.yaml`: the status, the headers, the content type and the body.
//!
//! Here the contract is read; [`life`] brings the answers out.

mod life;

use crate::support::Answer;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Headers that stand in some answers of their status only.
const SOMETIMES: [&str; 2] = ["Content-Disposition", "Idempotency-Replayed"];

/// The contract as JSON.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        serde_norway::from_str(gateway::routes::OPENAPI).expect("the contract is YAML")
    });
    &DOCUMENT
}

/// An operation of the contract.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    operation: &'static Value,
}

/// Every operation of the contract.
pub fn operations() -> Vec<Described> {
    let mut found = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch", "head", "options"] {
            if let Some(operation) = item.get(method) {
                let id = operation["operationId"].as_str().unwrap();
                found.push(Described {
                    method,
                    path,
                    id,
                    operation,
                });
            }
        }
    }
    found
}

impl Described {
    /// The operation behind an address.
    fn find(method: &Method, address: &str) -> Self {
        let parts: Vec<&str> = address.split('?').next().unwrap().split('/').collect();
        let fits = |path: &str| {
            let template: Vec<&str> = path.split('/').collect();
            template.len() == parts.len()
                && template
                    .iter()
                    .zip(&parts)
                    .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
        };
        operations()
            .into_iter()
            .find(|described| {
                described.method.eq_ignore_ascii_case(method.as_str()) && fits(described.path)
            })
            .unwrap_or_else(|| panic!("{method} {address} is not in the contract"))
    }

    /// Whether it needs no key of ours.
    pub fn is_public(&self) -> bool {
        self.operation["security"]
            .as_array()
            .is_some_and(Vec::is_empty)
    }

    /// The scopes that a key needs.
    pub fn scopes(&self) -> Vec<&'static str> {
        let named = self.operation["security"].pointer("/0/apiKey");
        let named = named.and_then(Value::as_array).map(Vec::as_slice);
        let named = named.unwrap_or_default().iter();
        named.filter_map(Value::as_str).collect()
    }

    fn statuses(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
    }

    /// The schema of a JSON body that it takes.
    fn takes(&self) -> Option<Value> {
        let body = resolved(self.operation.get("requestBody")?);
        Some(expanded(
            body["content"].get("application/json")?.get("schema")?,
            Members::AsWritten,
        ))
    }

    /// Holds an answer against what is documented; the status that it has.
    fn check(&self, answer: &Answer) -> &'static str {
        let place = format!(
            "{} {}: {} {}",
            self.id, self.path, answer.status, answer.text
        );
        let (status, response) = self.operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .find(|(status, _)| **status == answer.status.as_str())
            .unwrap_or_else(|| panic!("the status is not documented: {place}"));
        let response = resolved(response);
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let header = resolved(header);
            match answer.headers.get(name) {
                Some(value) => {
                    let text = value.to_str().unwrap();
                    let value = if header["schema"]["type"] == "integer" {
                        json!(text.parse::<i64>().unwrap())
                    } else {
                        json!(text)
                    };
                    assert_valid(
                        &expanded(&header["schema"], Members::Closed),
                        &value,
                        &format!("{name} of {place}"),
                    );
                }
                None => assert!(
                    SOMETIMES.contains(&name.as_str()),
                    "{name} is missing: {place}"
                ),
            }
        }
        check_content(response.get("content"), answer, &place);
        status
    }
}

fn check_content(documented: Option<&'static Value>, answer: &Answer, place: &str) {
    let Some(documented) = documented else {
        assert_eq!(answer.text, "", "a body that is not documented: {place}");
        return;
    };
    let given = answer.headers["content-type"].to_str().unwrap();
    let essence = given.split(';').next().unwrap();
    let media = documented
        .get(essence)
        .unwrap_or_else(|| panic!("{essence} is not documented: {place}"));
    let Some(schema) = media.get("schema") else {
        return;
    };
    let body = if essence.ends_with("json") {
        serde_json::from_str(&answer.text).unwrap_or_else(|error| panic!("{error}: {place}"))
    } else {
        Value::String(answer.text.clone())
    };
    assert_valid(&expanded(schema, Members::Closed), &body, place);
    if essence == "text/csv" {
        let example = media["example"].as_str().unwrap();
        // The caller chooses between two separators; no heading holds either.
        let headings = |text: &str| text.lines().next().map(|line| line.replace(';', ","));
        assert_eq!(
            headings(&answer.text),
            headings(example),
            "the headings of {place}"
        );
    }
}

/// What a `$ref` points at, or the value itself.
fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolved(pointed_at(reference)),
        None => value,
    }
}

fn pointed_at(reference: &str) -> &'static Value {
    reference
        .strip_prefix('#')
        .and_then(|pointer| document().pointer(pointer))
        .unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// What is thought of members that a schema does not describe.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    /// What the schema says. This is how we read what callers send.
    AsWritten,
    /// An error. Callers must tolerate them; in what we send they are a gap in the contract.
    Closed,
}

/// A schema with what it refers to put in place.
fn expanded(schema: &'static Value, members: Members) -> Value {
    let Value::Object(keywords) = in_place(schema, members) else {
        return schema.clone();
    };
    let mut keywords = keywords;
    if members == Members::Closed
        && describes_members(&keywords)
        && !keywords.contains_key("additionalProperties")
    {
        keywords.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    Value::Object(keywords)
}

/// The same for a schema that is one of several over the same value: only the outermost can tell which
/// members none of them describes.
fn in_place(schema: &'static Value, members: Members) -> Value {
    let Value::Object(keywords) = schema else {
        return schema.clone();
    };
    let mut made = Map::new();
    let mut all_of = Vec::new();
    for (keyword, value) in keywords {
        let value = match (keyword.as_str(), value) {
            ("$ref", Value::String(reference)) => {
                all_of.push(in_place(pointed_at(reference), members));
                continue;
            }
            ("allOf", Value::Array(schemas)) => {
                all_of.extend(schemas.iter().map(|schema| in_place(schema, members)));
                continue;
            }
            ("anyOf" | "oneOf", Value::Array(schemas)) => schemas
                .iter()
                .map(|schema| in_place(schema, members))
                .collect(),
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, schema)| (name.clone(), expanded(schema, members)))
                .collect(),
            ("items", schema) => expanded(schema, members),
            _ => value.clone(),
        };
        made.insert(keyword.clone(), value);
    }
    if !all_of.is_empty() {
        made.insert("allOf".to_owned(), Value::Array(all_of));
    }
    Value::Object(made)
}

fn describes_members(schema: &Map<String, Value>) -> bool {
    let parts = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .filter_map(|keyword| schema.get(keyword)?.as_array())
        .flatten();
    schema.contains_key("properties") || parts.filter_map(Value::as_object).any(describes_members)
}

fn assert_valid(schema: &Value, value: &Value, place: &str) {
    let errors = errors(schema, value);
    assert!(errors.is_empty(), "{place}\n{}", errors.join("\n"));
}

/// What is wrong with `value`, each with its place.
fn errors(schema: &Value, value: &Value) -> Vec<String> {
    let validator = jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap_or_else(|error| panic!("the schema cannot be used: {error}: {schema}"));
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// The contract's own examples are right, and wrong as soon as a member is more, less or different.
#[test]
fn a_gap_between_contract_and_answer_is_noticed() {
    let errors = |name: &str, value: &Value| {
        let schema = &document()["components"]["schemas"][name];
        errors(&expanded(schema, Members::Closed), value).len()
    };
    let request = &document()["components"]["examples"]["PaymentRequestOpen"]["value"];
    let feed = &document()["components"]["schemas"]["EventFeed"]["examples"][0];
    let payments = &document()["components"]["schemas"]["PaymentPage"]["examples"][0];
    for (name, right) in [
        ("PaymentRequest", request),
        ("EventFeed", feed),
        ("PaymentPage", payments),
    ] {
        assert_eq!(errors(name, right), 0, "{name}");
    }
    let damages: [(&str, &Value, &str, Value); 9] = [
        ("PaymentRequest", request, "/amount", json!("70000")),
        ("PaymentRequest", request, "/status", json!("settled")),
        ("PaymentRequest", request, "/created_at", json!("yesterday")),
        ("PaymentRequest", request, "/new", json!(null)),
        ("PaymentRequest", request, "/payee_account/new", json!(1)),
        ("PaymentRequest", request, "/qr/payload", json!(null)),
        ("EventFeed", feed, "/data/1/data/new", json!(1)),
        ("EventFeed", feed, "/data/1/data/payment/new", json!(1)),
        ("PaymentPage", payments, "/data/0/match/new", json!(1)),
    ];
    for (name, right, pointer, value) in damages {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let mut wrong = right.clone();
        wrong.pointer_mut(parent).unwrap()[member] = value;
        assert!(errors(name, &wrong) > 0, "{name} {pointer}");
    }
    let mut less = request.clone();
    less.as_object_mut().unwrap().remove("qr");
    assert!(errors("PaymentRequest", &less) > 0);
}

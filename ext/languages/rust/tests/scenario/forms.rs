//! What words stand for, and whether a reply is what is expected.

use std::collections::HashMap;
use std::path::Path;

use redlite::redis::{RedisResult, Value};
use serde_json::Value as Json;

/// The bytes of a word.
pub fn word(word: &Json, variables: &HashMap<String, u64>, directory: &Path) -> Vec<u8> {
    match word {
        Json::String(text) => {
            let directory = directory.to_str().unwrap();
            text.replace("{directory}", directory).into_bytes()
        }
        Json::Object(form) => match (form.get("hex"), form.get("var")) {
            (Some(hex), _) => unhex(hex),
            (_, Some(name)) => variables[name.as_str().unwrap()].to_string().into_bytes(),
            _ => word.to_string().into_bytes(),
        },
        other => other.to_string().into_bytes(),
    }
}

/// Holds a reply to what a step expects.
pub fn expect(reply: RedisResult<Value>, step: &Json) {
    let expected = &step["reply"];
    match (reply, expected["error"].as_str()) {
        (Err(error), Some(code)) => {
            assert!(
                error.code().unwrap_or_default().starts_with(code),
                "{error} at {step}"
            );
        }
        (Ok(reply), None) => assert!(fits(&reply, expected), "{reply:?} at {step}"),
        (reply, _) => panic!("{reply:?} at {step}"),
    }
}

pub fn fits(reply: &Value, expected: &Json) -> bool {
    match expected {
        Json::Null => *reply == Value::Nil,
        Json::Array(items) => list(reply).is_some_and(|list| {
            list.len() == items.len() && list.iter().zip(items).all(|(a, b)| fits(a, b))
        }),
        Json::Object(form) => {
            let (kind, wanted) = form.iter().next().unwrap();
            fits_form(reply, kind, wanted)
        }
        Json::String(wanted) => text(reply).is_some_and(|text| text == wanted.as_bytes()),
        other => text(reply).is_some_and(|text| text == other.to_string().as_bytes()),
    }
}

fn fits_form(reply: &Value, form: &str, wanted: &Json) -> bool {
    let has = |wanted: &Json| {
        let reply = map(reply);
        let mut wanted = wanted.as_object().unwrap().iter();
        wanted.all(|(name, item)| reply.get(name).is_some_and(|value| fits(value, item)))
    };
    match form {
        "any" => true,
        "has" => has(wanted),
        "pairs" => has(wanted) && map(reply).len() == wanted.as_object().unwrap().len(),
        "hex" => text(reply) == Some(unhex(wanted)),
        "near" => text(reply)
            .and_then(|text| String::from_utf8(text).ok()?.parse::<f64>().ok())
            .is_some_and(|number| (number - wanted.as_f64().unwrap()).abs() < 0.001),
        "size" => list(reply).is_some_and(|list| wanted.as_u64() == Some(list.len() as u64)),
        "unordered" => {
            let mut wanted: Vec<_> = wanted.as_array().unwrap().iter().collect();
            list(reply).is_some_and(|list| {
                list.len() == wanted.len()
                    && list.iter().all(|item| {
                        let place = wanted.iter().position(|each| fits(item, each));
                        place.map(|place| wanted.swap_remove(place)).is_some()
                    })
            })
        }
        _ => panic!("an unknown form: {form}"),
    }
}

/// A value's text, of a value that is one.
pub fn text(value: &Value) -> Option<Vec<u8>> {
    Some(match value {
        Value::Int(number) => number.to_string().into_bytes(),
        Value::Double(number) => number.to_string().into_bytes(),
        Value::BulkString(bytes) => bytes.clone(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text.clone().into_bytes(),
        Value::Okay => b"OK".to_vec(),
        _ => return None,
    })
}

fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(list) | Value::Set(list) => Some(list),
        _ => None,
    }
}

fn map(value: &Value) -> HashMap<String, &Value> {
    let name = |name| String::from_utf8(text(name).unwrap()).unwrap();
    match value {
        Value::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| (name(key), value))
            .collect(),
        Value::Array(list) => list
            .chunks(2)
            .map(|pair| (name(&pair[0]), &pair[1]))
            .collect(),
        _ => HashMap::new(),
    }
}

fn unhex(text: &Json) -> Vec<u8> {
    let digits = text.as_str().unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

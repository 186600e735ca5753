//! The methods of the scenario by name, and what they return as replies have it.

use redlite::redis::{RedisResult, Value};
use redlite::{Facts, Keep, Similar};
use serde_json::Value as Json;

use crate::forms::word;
use crate::Run;

impl Run {
    pub fn method(&mut self, method: &str, args: &[Json]) -> RedisResult<Value> {
        let words: Vec<String> = args
            .iter()
            .map(|each| word(each, &self.variables, &self.directory))
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .collect();
        let text = |at: usize| words[at].as_str();
        let number = |at: usize| text(at).parse::<f64>().unwrap();
        let moment = |at: usize| text(at).parse::<u64>().unwrap();
        let db = &mut self.db;
        Ok(match method {
            "backup" => map(db.backup(text(0), false)?),
            "keyinfo" => db.keyinfo(text(0))?.map_or(Value::Nil, map),
            "sql" => list(db.sql(text(0), &words[1..])?, map),
            "vacuum" => map(db.vacuum()?),
            "geo.add" => done(db.geo().add(text(0), text(1), number(2), number(3))?),
            "geo.distance" => optional(
                db.geo().distance(text(0), text(1), text(2), text(3))?,
                Value::Double,
            ),
            "geo.position" => optional(db.geo().position(text(0), text(1))?, |(x, y)| {
                Value::Array(vec![Value::Double(x), Value::Double(y)])
            }),
            "geo.search" => {
                let center = (number(1), number(2));
                let found = db.geo().search(text(0), center, number(3), text(4))?;
                list(found, Value::SimpleString)
            }
            "history.at" => db.history().at(moment(0), &words[1..])?,
            "history.disable" => done(db.history().disable(Some(text(0)))?),
            "history.enable" => done(db.history().enable(Some(text(0)), Keep::All)?),
            "history.get" => list(db.history().get(text(0))?, map),
            "history.get_at" => db.history().get_at(text(0), moment(1))?,
            "history.revert" => done(db.history().revert(text(0), moment(1))?),
            "json.delete" => Value::Int(db.json().delete(text(0), text(1))?.try_into().unwrap()),
            "json.get" => optional(db.json().get(text(0), text(1))?, json),
            "json.merge" => done(db.json().merge(text(0), text(1), &args[2])?),
            "json.set" => done(db.json().set(text(0), text(1), &args[2])?),
            "search.create" => {
                let schema = args[2].as_object().unwrap().iter();
                let schema: Vec<_> = schema
                    .map(|(field, kind)| (field.as_str(), kind.as_str().unwrap()))
                    .collect();
                done(db.search().create(text(0), text(1), &schema)?)
            }
            "search.drop" => done(db.search().drop(text(0))?),
            "search.query" => {
                let found = db.search().query(text(0), text(1), &[])?;
                let documents = list(found.documents, |each| {
                    map(Facts::from([
                        ("key".to_owned(), Value::SimpleString(each.key)),
                        ("fields".to_owned(), map(each.fields)),
                    ]))
                });
                map(Facts::from([
                    (
                        "total".to_owned(),
                        Value::Int(found.total.try_into().unwrap()),
                    ),
                    ("documents".to_owned(), documents),
                ]))
            }
            "vectors.add" => {
                let vector: Vec<f32> = serde_json::from_value(args[2].clone()).unwrap();
                done(db.vectors().add(text(0), text(1), &vector, args.get(3))?)
            }
            "vectors.attributes" => optional(db.vectors().attributes(text(0), text(1))?, json),
            "vectors.remove" => Value::Boolean(db.vectors().remove(text(0), text(1))?),
            "vectors.similar" => {
                let vector: Vec<f32> = serde_json::from_value(args[1].clone()).unwrap();
                let (to, count) = (Similar::Vector(&vector), number(2) as usize);
                let filter = words.get(3).map(String::as_str);
                let found = db.vectors().similar(text(0), to, count, filter)?;
                list(found, |(element, score)| {
                    Value::Array(vec![Value::SimpleString(element), Value::Double(score)])
                })
            }
            _ => panic!("an unknown method: {method}"),
        })
    }
}

fn done((): ()) -> Value {
    Value::Okay
}

fn optional<T>(value: Option<T>, read: impl Fn(T) -> Value) -> Value {
    value.map_or(Value::Nil, read)
}

fn list<T>(items: Vec<T>, read: impl Fn(T) -> Value) -> Value {
    Value::Array(items.into_iter().map(read).collect())
}

fn map(facts: Facts) -> Value {
    let pairs = facts.into_iter();
    Value::Map(
        pairs
            .map(|(name, value)| (Value::SimpleString(name), value))
            .collect(),
    )
}

fn json(value: Json) -> Value {
    match value {
        Json::Null => Value::Nil,
        Json::String(text) => Value::SimpleString(text),
        Json::Array(items) => list(items, json),
        Json::Object(items) => map(items
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect()),
        other => Value::SimpleString(other.to_string()),
    }
}

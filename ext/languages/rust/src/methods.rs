//! What Redlite has beyond Redis. Moments are Unix times in milliseconds.

use std::collections::HashMap;
use std::path::Path;

use redis::{cmd, from_redis_value, Cmd, RedisResult, ToRedisArgs, Value};
use serde::de::DeserializeOwned;
use serde::Serialize;

use crate::Redlite;

/// What is known of something, by name.
pub type Facts = HashMap<String, Value>;

/// The values of an SQL statement that has none.
pub const NO_VALUES: &[&str] = &[];

impl Redlite {
    /// The past of keys.
    pub fn history(&mut self) -> History<'_> {
        History(self)
    }

    /// Indexes over hashes.
    pub fn search(&mut self) -> Search<'_> {
        Search(self)
    }

    /// Vector sets.
    pub fn vectors(&mut self) -> Vectors<'_> {
        Vectors(self)
    }

    /// Places on the earth.
    pub fn geo(&mut self) -> Geo<'_> {
        Geo(self)
    }

    /// Documents, as values.
    pub fn json(&mut self) -> Json<'_> {
        Json(self)
    }

    /// What is known of a key: type, times, version, length, bytes; `None` without it.
    pub fn keyinfo(&mut self, key: impl ToRedisArgs) -> RedisResult<Option<Facts>> {
        cmd("KEYINFO").arg(key).query(self)
    }

    /// Rewrites the file without what was deleted, and returns its size before and after.
    pub fn vacuum(&mut self) -> RedisResult<Facts> {
        cmd("VACUUM").query(self)
    }

    /// Runs a query on the file, with a tuple or a slice of values, or [`NO_VALUES`], and returns
    /// its rows by column.
    pub fn sql(&mut self, statement: &str, values: impl ToRedisArgs) -> RedisResult<Vec<Facts>> {
        let mut result: Facts = cmd("SQL").arg(statement).arg(values).query(self)?;
        let mut part = |name| result.remove(name).unwrap_or_default();
        let columns: Vec<String> = from_redis_value(part("columns"))?;
        let rows: Vec<Vec<Value>> = from_redis_value(part("rows"))?;
        Ok(rows
            .into_iter()
            .map(|row| columns.iter().cloned().zip(row).collect())
            .collect())
    }

    /// Writes a copy of one moment into a file below the database's directory. It takes the place
    /// of another backup if `replace` says so.
    pub fn backup(&mut self, path: impl AsRef<Path>, replace: bool) -> RedisResult<Facts> {
        let path = std::path::absolute(path)?;
        let mut command = cmd("BACKUP");
        command.arg(path.as_os_str().as_encoded_bytes());
        if replace {
            command.arg("REPLACE");
        }
        command.query(self)
    }
}

/// The past of keys. `None` in place of a key stands for all keys.
pub struct History<'a>(&'a mut Redlite);

/// How much of a history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Everything.
    All,
    /// So many entries.
    Count(u64),
    /// So many milliseconds.
    Time(u64),
}

impl History<'_> {
    /// Begins the history of a key.
    pub fn enable(&mut self, key: Option<&str>, keep: Keep) -> RedisResult<()> {
        let mut command = scoped("ENABLE", key);
        match keep {
            Keep::All => &mut command,
            Keep::Count(count) => command.arg("RETENTION").arg("COUNT").arg(count),
            Keep::Time(ms) => command.arg("RETENTION").arg("TIME").arg(ms),
        }
        .query(self.0)
    }

    /// Ends the history of a key; what is known is kept.
    pub fn disable(&mut self, key: Option<&str>) -> RedisResult<()> {
        scoped("DISABLE", key).query(self.0)
    }

    /// What happened to a key, the latest first.
    pub fn get(&mut self, key: impl ToRedisArgs) -> RedisResult<Vec<Facts>> {
        let entries: Option<Vec<Facts>> = history("GET").arg(key).query(self.0)?;
        Ok(entries.unwrap_or_default())
    }

    /// What a key held at a moment.
    pub fn get_at(&mut self, key: impl ToRedisArgs, moment: u64) -> RedisResult<Value> {
        history("GETAT").arg(key).arg(moment).query(self.0)
    }

    /// The reply of a command that only reads, as of a moment.
    pub fn at(&mut self, moment: u64, command: impl ToRedisArgs) -> RedisResult<Value> {
        history("AT").arg(moment).arg(command).query(self.0)
    }

    /// What changed in a key between two moments.
    pub fn diff(&mut self, key: impl ToRedisArgs, since: u64, until: u64) -> RedisResult<Value> {
        let mut command = history("DIFF");
        command.arg(key).arg(since).arg(until).query(self.0)
    }

    /// Gives a key what it held at a moment.
    pub fn revert(&mut self, key: impl ToRedisArgs, moment: u64) -> RedisResult<()> {
        // What the reply says of the change is left aside.
        let _: Value = history("REVERT").arg(key).arg(moment).query(self.0)?;
        Ok(())
    }
}

fn history(verb: &str) -> Cmd {
    let mut command = cmd("HISTORY");
    command.arg(verb);
    command
}

fn scoped(verb: &str, key: Option<&str>) -> Cmd {
    let mut command = history(verb);
    match key {
        Some(key) => command.arg("KEY").arg(key),
        None => command.arg("GLOBAL"),
    };
    command
}

/// Indexes over hashes, and what is found in them.
pub struct Search<'a>(&'a mut Redlite);

/// What a query finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// How many there are, of which a query returns some.
    pub total: u64,
    /// Those that it returns.
    pub documents: Vec<Document>,
}

/// A key that was found, with its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The key.
    pub key: String,
    /// Its fields, none with `NOCONTENT`.
    pub fields: Facts,
}

impl Search<'_> {
    /// Indexes the hashes whose keys begin with a prefix; a schema is fields and their types, as
    /// `("title", "TEXT WEIGHT 2")`.
    pub fn create(
        &mut self,
        index: &str,
        prefix: &str,
        schema: &[(&str, &str)],
    ) -> RedisResult<()> {
        let mut command = cmd("FT.CREATE");
        command.arg(index).arg(&["ON", "HASH", "PREFIX", "1"]);
        command.arg(prefix).arg("SCHEMA");
        for (field, kind) in schema {
            command.arg(field);
            for word in kind.split_whitespace() {
                command.arg(word);
            }
        }
        command.query(self.0)
    }

    /// Searches an index; options are words, as `&["LIMIT", "0", "5"]`.
    pub fn query(&mut self, index: &str, query: &str, options: &[&str]) -> RedisResult<Found> {
        let mut command = cmd("FT.SEARCH");
        let reply = command.arg(index).arg(query).arg(options).query(self.0)?;
        let Value::Array(list) = reply else {
            // RESP3 has a map.
            let mut found: Facts = from_redis_value(reply)?;
            let results: Vec<Facts> = from_redis_value(taken(&mut found, "results"))?;
            return Ok(Found {
                total: from_redis_value(taken(&mut found, "total_results"))?,
                documents: results
                    .into_iter()
                    .map(|mut each| {
                        document(taken(&mut each, "id"), each.remove("extra_attributes"))
                    })
                    .collect::<RedisResult<_>>()?,
            });
        };
        let mut list = list.into_iter().peekable();
        let total = from_redis_value(list.next().unwrap_or_default())?;
        let mut documents = Vec::new();
        while let Some(key) = list.next() {
            let fields = list.next_if(|next| matches!(next, Value::Array(_)));
            documents.push(document(key, fields)?);
        }
        Ok(Found { total, documents })
    }

    /// Removes an index; the keys stay.
    pub fn drop(&mut self, index: &str) -> RedisResult<()> {
        cmd("FT.DROPINDEX").arg(index).query(self.0)
    }
}

fn taken(facts: &mut Facts, name: &str) -> Value {
    facts.remove(name).unwrap_or_default()
}

fn document(key: Value, fields: Option<Value>) -> RedisResult<Document> {
    let fields = fields.map(from_redis_value).transpose()?;
    Ok(Document {
        key: from_redis_value(key)?,
        fields: fields.unwrap_or_default(),
    })
}

/// Sets of elements that are found by how near their vectors are.
pub struct Vectors<'a>(&'a mut Redlite);

/// What is similar: elements are near to a vector, or to another element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Similar<'a> {
    /// To a vector.
    Vector(&'a [f32]),
    /// To an element.
    Element(&'a str),
}

impl Vectors<'_> {
    /// Adds an element, or gives it another vector; `None::<()>` is no attributes.
    pub fn add(
        &mut self,
        key: &str,
        element: &str,
        vector: &[f32],
        attributes: Option<impl Serialize>,
    ) -> RedisResult<()> {
        let mut command = cmd("VADD");
        command
            .arg(key)
            .arg("FP32")
            .arg(packed(vector))
            .arg(element);
        if let Some(attributes) = attributes {
            let text = serde_json::to_string(&attributes)?;
            command.arg("SETATTR").arg(text);
        }
        // Whether it is new is left aside.
        let _: Value = command.query(self.0)?;
        Ok(())
    }

    /// The nearest elements, each with its similarity.
    pub fn similar(
        &mut self,
        key: &str,
        to: Similar<'_>,
        count: usize,
        filter: Option<&str>,
    ) -> RedisResult<Vec<(String, f64)>> {
        let mut command = cmd("VSIM");
        match to {
            Similar::Vector(vector) => command.arg(key).arg("FP32").arg(packed(vector)),
            Similar::Element(element) => command.arg(key).arg("ELE").arg(element),
        };
        command.arg("WITHSCORES").arg("COUNT").arg(count);
        if let Some(filter) = filter {
            command.arg("FILTER").arg(filter);
        }
        command.query(self.0)
    }

    /// An element's attributes; `None` without.
    pub fn attributes<T: DeserializeOwned>(
        &mut self,
        key: &str,
        element: &str,
    ) -> RedisResult<Option<T>> {
        parsed(cmd("VGETATTR").arg(key).arg(element).query(self.0)?)
    }

    /// Removes an element, and tells whether it was there.
    pub fn remove(&mut self, key: &str, element: &str) -> RedisResult<bool> {
        cmd("VREM").arg(key).arg(element).query(self.0)
    }
}

fn packed(vector: &[f32]) -> Vec<u8> {
    vector
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

fn parsed<T: DeserializeOwned>(text: Option<String>) -> RedisResult<Option<T>> {
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Places on the earth, by their longitudes and latitudes.
pub struct Geo<'a>(&'a mut Redlite);

impl Geo<'_> {
    /// Adds a place, or moves it.
    pub fn add(
        &mut self,
        key: &str,
        member: &str,
        longitude: f64,
        latitude: f64,
    ) -> RedisResult<()> {
        let mut command = cmd("GEOADD");
        command.arg(key).arg(longitude).arg(latitude).arg(member);
        // Whether it is new is left aside.
        let _: Value = command.query(self.0)?;
        Ok(())
    }

    /// A place's longitude and latitude; `None` without it.
    pub fn position(&mut self, key: &str, member: &str) -> RedisResult<Option<(f64, f64)>> {
        let mut places: Vec<Option<Vec<f64>>> = cmd("GEOPOS").arg(key).arg(member).query(self.0)?;
        Ok(match places.pop().flatten().as_deref() {
            Some(&[longitude, latitude]) => Some((longitude, latitude)),
            _ => None,
        })
    }

    /// How far two places are from each other; `None` if one is not there.
    pub fn distance(
        &mut self,
        key: &str,
        one: &str,
        other: &str,
        unit: &str,
    ) -> RedisResult<Option<f64>> {
        let mut command = cmd("GEODIST");
        command.arg(key).arg(one).arg(other).arg(unit).query(self.0)
    }

    /// The places within a circle, the nearest first.
    pub fn search(
        &mut self,
        key: &str,
        (longitude, latitude): (f64, f64),
        radius: f64,
        unit: &str,
    ) -> RedisResult<Vec<String>> {
        let mut command = cmd("GEOSEARCH");
        command
            .arg(key)
            .arg("FROMLONLAT")
            .arg(longitude)
            .arg(latitude);
        command.arg("BYRADIUS").arg(radius).arg(unit).arg("ASC");
        command.query(self.0)
    }
}

/// Documents, as values.
pub struct Json<'a>(&'a mut Redlite);

impl Json<'_> {
    /// Sets what is at a path.
    pub fn set(&mut self, key: &str, path: &str, value: &impl Serialize) -> RedisResult<()> {
        self.write("JSON.SET", key, path, value)
    }

    /// What is at a path: all that fits one from `$` on; `None` without the key.
    pub fn get<T: DeserializeOwned>(&mut self, key: &str, path: &str) -> RedisResult<Option<T>> {
        parsed(cmd("JSON.GET").arg(key).arg(path).query(self.0)?)
    }

    /// Merges a value into what is at a path.
    pub fn merge(&mut self, key: &str, path: &str, value: &impl Serialize) -> RedisResult<()> {
        self.write("JSON.MERGE", key, path, value)
    }

    /// Deletes what is at a path, and returns how many values that were.
    pub fn delete(&mut self, key: &str, path: &str) -> RedisResult<u64> {
        cmd("JSON.DEL").arg(key).arg(path).query(self.0)
    }

    fn write(
        &mut self,
        command: &str,
        key: &str,
        path: &str,
        value: &impl Serialize,
    ) -> RedisResult<()> {
        let text = serde_json::to_string(value)?;
        cmd(command).arg(key).arg(path).arg(text).query(self.0)
    }
}

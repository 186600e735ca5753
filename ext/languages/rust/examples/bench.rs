//! Prints how long opening takes, and how many operations a second there are, as a line of JSON.

use std::error::Error;
use std::time::Instant;

use redlite::redis::{cmd, pipe, Commands, RedisResult};

const COUNT: u32 = 3000;
const BATCHES: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("redlite-bench-{}", std::process::id()));
    std::fs::create_dir(&directory)?;
    let began = Instant::now();
    let mut db = redlite::open(directory.join("app.db"))?;
    cmd("PING").exec(&mut db)?;
    let open_ms = began.elapsed().as_secs_f64() * 1000.0;
    let set = rate(COUNT, || {
        (0..COUNT).try_for_each(|i| db.set(format!("key:{i}"), "value"))
    })?;
    let get = rate(COUNT, || {
        (0..COUNT).try_for_each(|i| db.get::<_, String>(format!("key:{i}")).map(drop))
    })?;
    let pipelined = rate(BATCHES * 1000, || {
        (0..BATCHES).try_for_each(|_| {
            let mut pipeline = pipe();
            for i in 0..1000 {
                pipeline.get(format!("key:{i}"));
            }
            pipeline.query::<Vec<String>>(&mut db).map(drop)
        })
    })?;
    drop(db);
    std::fs::remove_dir_all(&directory)?;
    println!(r#"{{"open_ms": {open_ms}, "set": {set}, "get": {get}, "pipelined": {pipelined}}}"#);
    Ok(())
}

fn rate(count: u32, work: impl FnOnce() -> RedisResult<()>) -> RedisResult<f64> {
    let began = Instant::now();
    work()?;
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

//! A queue, a leaderboard and the past of a key, in one file.

use std::error::Error;

use redlite::redis::{cmd, from_redis_value_ref, Commands};
use redlite::Keep;

fn main() -> Result<(), Box<dyn Error>> {
    let mut db = redlite::open("example.db")?;
    cmd("FLUSHALL").exec(&mut db)?;
    let _: usize = db.rpush("queue", &["first", "second"])?;
    let next: Option<String> = db.lpop("queue", None)?;
    println!("next: {next:?}");

    let _: usize = db.zadd_multiple("scores", &[(12, "ada"), (7, "bob")])?;
    let best: Vec<(String, f64)> = db.zrevrange_withscores("scores", 0, 0)?;
    println!("best: {best:?}");

    db.history().enable(Some("price"), Keep::All)?;
    let _: () = db.set("price", 10)?;
    let _: () = db.set("price", 12)?;
    for entry in db.history().get("price")? {
        println!("price: {}", from_redis_value_ref::<String>(&entry["data"])?);
    }

    let keys = db.sql(
        "SELECT key, type FROM redlite_keys ORDER BY key",
        redlite::NO_VALUES,
    )?;
    println!("keys: {keys:?}");
    Ok(())
}

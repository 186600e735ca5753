//! What the scenario does not say: sharing, ending, flags.

use redlite::redis::{cmd, Commands};
use redlite::{open, Error, Options};

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("redlite-rust-{name}-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn the_last_drop_ends_the_server_and_leaves_the_file_alone() {
    let folder = folder("last");
    let path = folder.join("app.db");
    let mut one = open(&path).unwrap();
    let mut two = open(&path).unwrap();
    assert_eq!(one.server_pid(), two.server_pid());
    let _: () = one.set("k", "v").unwrap();
    drop(one);
    assert_eq!(two.get::<_, String>("k").unwrap(), "v");
    let client = two.client().clone();
    drop(two);
    assert!(client.get_connection().is_err());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn other_flags_for_an_open_file_are_refused() {
    let folder = folder("flags");
    let path = folder.join("app.db");
    let mut db = Options::new().flag("cache", "8").open(&path).unwrap();
    let mut question = cmd("CONFIG");
    let cache: (String, String) = question.arg("GET").arg("cache-mb").query(&mut db).unwrap();
    assert_eq!(cache.1, "8");
    assert!(matches!(open(&path), Err(Error::Start(_))));
    drop(db);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_port_behind_a_password_where_there_are_no_unix_sockets() {
    let options = Options::new().flag("private", "tcp");
    let mut db = options.open(":memory:").unwrap();
    let _: () = db.set("k", "v").unwrap();
    assert_eq!(db.get::<_, String>("k").unwrap(), "v");
}

#[test]
fn memory_is_not_shared() {
    let mut one = open(":memory:").unwrap();
    let mut two = open(":memory:").unwrap();
    let _: () = one.set("k", "v").unwrap();
    assert!(!two.exists::<_, bool>("k").unwrap());
}

"""A queue, a leaderboard and the past of a key, in one file."""

import redlite

with redlite.open("example.db", decode_responses=True) as db:
    db.flushall()
    db.rpush("queue", "first", "second")
    print("next:", db.lpop("queue"))

    db.zadd("scores", {"ada": 12, "bob": 7})
    print("best:", db.zrevrange("scores", 0, 0, withscores=True))

    db.history.enable("price")
    db.set("price", 10)
    db.set("price", 12)
    print("prices:", [entry["data"] for entry in db.history.get("price")])

    print("keys:", db.sql("SELECT key, type FROM redlite_keys ORDER BY key"))

# A queue, a leaderboard and the past of a key, in one file.
alias Redlite.History

db = Redlite.open!("example.db")
Redlite.q(db, ["FLUSHALL"])
Redlite.q(db, ["RPUSH", "queue", "first", "second"])
IO.inspect(Redlite.q(db, ["LPOP", "queue"]), label: "next")

Redlite.q(db, ["ZADD", "scores", 12, "ada", 7, "bob"])
IO.inspect(Redlite.q(db, ["ZREVRANGE", "scores", 0, 0, "WITHSCORES"]), label: "best")

:ok = History.enable(db, "price")
Redlite.q(db, ["SET", "price", 10])
Redlite.q(db, ["SET", "price", 12])
{:ok, entries} = History.get(db, "price")
IO.inspect(Enum.map(entries, & &1["data"]), label: "prices")

{:ok, rows} = Redlite.sql(db, "SELECT key, type FROM redlite_keys ORDER BY key")
IO.inspect(rows, label: "keys")
Redlite.close(db)

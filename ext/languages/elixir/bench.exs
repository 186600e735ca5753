# Prints how long opening takes, and how many operations a second there are, as a line of JSON.
directory = Path.join(System.tmp_dir!(), "redlite-bench-#{System.pid()}")
File.mkdir!(directory)
count = 3000
batches = 20

rate = fn count, work ->
  {micros, _} = :timer.tc(work)
  count * 1_000_000 / micros
end

{micros, db} =
  :timer.tc(fn ->
    db = Redlite.open!(Path.join(directory, "app.db"))
    {:ok, "PONG"} = Redlite.q(db, ["PING"])
    db
  end)

set = rate.(count, fn -> for i <- 1..count, do: Redlite.q(db, ["SET", "key:#{i}", "value"]) end)
get = rate.(count, fn -> for i <- 1..count, do: Redlite.q(db, ["GET", "key:#{i}"]) end)

pipelined =
  rate.(batches * 1000, fn ->
    for _ <- 1..batches, do: Redlite.pipeline(db, for(i <- 1..1000, do: ["GET", "key:#{i}"]))
  end)

Redlite.close(db)
File.rm_rf!(directory)
figures = %{open_ms: micros / 1000, set: set, get: get, pipelined: pipelined}
IO.puts(:jiffy.encode(figures))

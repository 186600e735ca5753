# frozen_string_literal: true

# A queue, a leaderboard and the past of a key, in one file.

require "redlite"

Redlite.open("example.db") do |db|
  db.flushall
  db.rpush("queue", %w[first second])
  puts "next: #{db.lpop("queue")}"

  db.zadd("scores", [[12, "ada"], [7, "bob"]])
  puts "best: #{db.zrevrange("scores", 0, 0, with_scores: true)}"

  db.history.enable("price")
  db.set("price", 10)
  db.set("price", 12)
  puts "prices: #{db.history.get("price").map { _1["data"] }}"

  puts "keys: #{db.sql("SELECT key, type FROM redlite_keys ORDER BY key")}"
end

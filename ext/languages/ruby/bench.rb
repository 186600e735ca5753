# frozen_string_literal: true

# Prints how long opening takes, and how many operations a second there are, as a line of JSON.

require "json"
require "redlite"
require "tmpdir"

COUNT = 3000
BATCHES = 20

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

def rate(count)
  began = now
  yield
  count / (now - began)
end

Dir.mktmpdir("redlite-bench-") do |directory|
  began = now
  Redlite.open("#{directory}/app.db") do |db|
    db.ping
    figures = { open_ms: (now - began) * 1000 }
    figures[:set] = rate(COUNT) { COUNT.times { |i| db.set("key:#{i}", "value") } }
    figures[:get] = rate(COUNT) { COUNT.times { |i| db.get("key:#{i}") } }
    figures[:pipelined] = rate(BATCHES * 1000) do
      BATCHES.times do
        db.pipelined { |pipeline| 1000.times { |i| pipeline.get("key:#{i}") } }
      end
    end
    puts JSON.generate(figures)
  end
end

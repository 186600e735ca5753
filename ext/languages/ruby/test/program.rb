# frozen_string_literal: true

# A program that the scenario starts: opens a file, and answers each line of words with a line.

require "redlite"

$stdout.sync = true
begin
  Redlite.open(ARGV.fetch(0)) do |db|
    puts "ready #{db.server_pid}"
    while (line = $stdin.gets)
      puts db.call(*line.split)
    end
  end
rescue Redlite::Error => e
  abort "failed: #{e.message}"
end

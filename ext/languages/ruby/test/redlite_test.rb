# frozen_string_literal: true

require "minitest/autorun"
require "redlite"
require "tmpdir"
require_relative "programs"

# What the shared scenario does not say: finding the server, sharing it, and forks.
class RedliteTest < Minitest::Test
  def setup
    @directory = Dir.mktmpdir("redlite-ruby-")
    @environment = ENV.to_h
  end

  def teardown
    ENV.replace(@environment)
    FileUtils.remove_entry(@directory)
  end

  def program(name)
    path = "#{@directory}/#{name}"
    File.write(path, "#!/bin/sh\n", perm: 0o755)
    path
  end

  def test_a_program_wins_over_deno_and_what_is_named_over_what_is_found
    ENV.update("PATH" => @directory, "REDLITE_BIN" => "", "REDLITE_SERVER" => "")
    run = [program("deno"), "run", "-A", "--quiet"]
    assert_equal [*run, "--no-config", "jsr:@redlite/redlite/server"], Redlite::Server.command
    ENV["REDLITE_SERVER"] = "server.ts"
    assert_equal [*run, "server.ts"], Redlite::Server.command
    assert_equal [program("redlite")], Redlite::Server.command
    ENV["REDLITE_BIN"] = program("other")
    assert_equal [ENV.fetch("REDLITE_BIN")], Redlite::Server.command
  end

  def test_a_program_that_is_no_server_is_an_error_that_tells_its_code
    ENV["REDLITE_BIN"] = program("redlite")
    error = assert_raises(Redlite::Error) { Redlite.open("#{@directory}/app.db") }
    assert_match(/ended with code 0/, error.message)
  end

  def test_the_last_close_ends_the_server
    one, two = Array.new(2) { Redlite.open("#{@directory}/app.db") }
    assert_equal one.server_pid, two.server_pid
    one.set("k", "v")
    2.times { one.close }
    assert_equal "v", two.get("k")
    two.close
    refute Program.exists?(one.server_pid)
    assert_equal ["app.db"], Dir.children(@directory)
  end

  def test_other_flags_for_an_open_file_are_refused
    Redlite.open("#{@directory}/app.db", flags: { cache: "8" }) do |db|
      assert_equal({ "cache-mb" => "8" }, db.config(:get, "cache-mb"))
      assert_raises(ArgumentError) { Redlite.open("#{@directory}/app.db") }
    end
  end

  def test_a_port_behind_a_password_where_there_are_no_unix_sockets
    Redlite.open(":memory:", flags: { private: "tcp" }) do |db|
      assert_operator db.connection[:port], :>, 0
      db.set("k", "v")
      assert_equal "v", db.get("k")
    end
  end

  def test_memory_is_not_shared
    Redlite.open(":memory:") do |one|
      Redlite.open(":memory:") do |two|
        one.set("k", "v")
        assert_nil two.get("k")
      end
    end
  end

  def test_a_fork_has_a_server_of_its_own
    Redlite.open("#{@directory}/app.db") do |db|
      child = fork do
        Redlite.open("#{@directory}/app.db") { |other| other.set("pid", other.server_pid) }
        exit!(0)
      end
      Process.wait(child)
      pid = db.get("pid").to_i
      refute_equal db.server_pid, pid
      Program.wait_until { !Program.exists?(pid) }
    end
  end
end

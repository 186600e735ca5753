# frozen_string_literal: true

require "json"
require "minitest/autorun"
require "redlite"
require "tmpdir"
require_relative "forms"
require_relative "programs"

# The scenario that all bindings share.
class ScenarioTest < Minitest::Test
  DIRECTORY = Dir.mktmpdir("redlite-ruby-")
  DB = Redlite.open("#{DIRECTORY}/app.db")
  KINDS = %w[call method pipeline transaction subscribe wait moment start close in end kill].freeze

  Minitest.after_run do
    DB.close
    FileUtils.remove_entry(DIRECTORY)
  end

  JSON.parse(File.read(File.expand_path("../../scenario.json", __dir__)))["cases"].each do |example|
    define_method("test_#{example["name"]}") do
      DB.flushall
      example["steps"].each do |step|
        kind = KINDS.find { step.key?(_1) }
        send("run_#{kind}", step)
      end
    end
  end

  def setup
    @connections = {}
    @programs = {}
    @variables = {}
  end

  def teardown
    @programs.each_value(&:kill)
    @connections.each_value(&:close)
  end

  # A connection of a name: an open of the file.
  def connection(name)
    @connections[name] ||= Redlite.open("#{DIRECTORY}/app.db")
  end

  def words(words)
    words.map do |word|
      next word.gsub("{directory}", DIRECTORY) if word.is_a?(String)
      next word unless word.is_a?(Hash)
      next [word["hex"]].pack("H*") if word.key?("hex")

      word.key?("var") ? @variables.fetch(word["var"]) : word
    end
  end

  def attempt
    yield
  rescue Redis::BaseError => e
    e
  end

  def send_to(name, command)
    attempt { connection(name).call(*words(command)) }
  end

  def expect(reply, step)
    assert Forms.fits?(reply, step["reply"]), "#{reply.inspect} is not #{step["reply"]}"
  end

  def run_call(step)
    expect(send_to(step.fetch("on", ""), step["call"]), step)
  end

  def run_method(step)
    *groups, name = step["method"].split(".")
    object = groups.reduce(DB, :public_send)
    reply = attempt { object.public_send(name, *words(step["args"])) }
    expect(reply.is_a?(Hash) ? JSON.parse(JSON.generate(reply)) : reply, step)
  end

  def run_pipeline(step)
    replies = DB.pipelined do |pipeline|
      step["times"].times { step["pipeline"].each { pipeline.call(*words(_1)) } }
    end
    assert_equal step["times"] * step["pipeline"].size, replies.size
    assert Forms.fits?(replies.last, step["last"])
  end

  def run_transaction(step)
    replies = DB.multi do |transaction|
      step["transaction"].each { transaction.call(*words(_1)) }
    end
    expect(replies, step)
  end

  def run_subscribe(step)
    subscriber = connection("subscriber")
    messages = []
    subscribed = 0
    subscriber.subscribe(*step["subscribe"]) do |on|
      on.subscribe do
        subscribed += 1
        step["then"].each { send_to("", _1) } if subscribed == step["subscribe"].size
      end
      on.message do |*message|
        messages << message
        subscriber.unsubscribe if messages.size == step["messages"].size
      end
    end
    assert Forms.fits?(messages, step["messages"]), messages.inspect
  end

  def run_wait(step)
    waiter = connection("waiter").call("CLIENT", "ID")
    waiting = Thread.new { send_to("waiter", step["wait"]) }
    Program.wait_until { blocked == 1 }
    step.fetch("then", []).each { send_to("", _1) }
    if step["cancel"]
      DB.call("CLIENT", "UNBLOCK", waiter, "ERROR")
      assert_match(/^UNBLOCKED/, waiting.value.message)
      assert_equal 0, blocked
    else
      expect(waiting.value, step)
    end
  end

  def run_moment(step)
    moment = @variables[step["moment"]] = now
    Program.wait_until { now > moment }
  end

  def run_start(step)
    file = "#{DIRECTORY}/#{step.fetch("file", "app.db")}"
    program = Program.new(file, step.fetch("environment", {}))
    return assert_includes(program.failure, step["fails"]) if step.key?("fails")

    program.ready
    @programs[step["start"]] = program
  end

  def run_close(step) = @connections.delete(step["close"]).close

  def run_in(step)
    assert_equal step["prints"], @programs[step["in"]].ask(step["line"])
  end

  def run_end(step) = @programs.delete(step["end"]).end

  def run_kill(step) = @programs.delete(step["kill"]).kill

  def blocked
    DB.info("clients")["blocked_clients"].to_i
  end

  def now
    seconds, microseconds = DB.time
    (seconds * 1000) + (microseconds / 1000)
  end
end

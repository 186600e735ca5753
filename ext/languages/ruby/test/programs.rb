# frozen_string_literal: true

require "open3"
require "rbconfig"

# A program of its own that runs until its input ends, or it is killed.
class Program
  PROGRAM = File.expand_path("program.rb", __dir__)
  LIBRARY = File.expand_path("../lib", __dir__)

  # Whether there is a process.
  def self.exists?(pid)
    Process.kill(0, pid) == 1
  rescue Errno::ESRCH
    false
  end

  # Waits until something has happened, and not forever.
  def self.wait_until
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
    until yield
      raise "not in time" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

      sleep 0.005
    end
  end

  def initialize(path, environment)
    words = [RbConfig.ruby, "-I", LIBRARY, PROGRAM, path]
    @input, @output, @told, @thread = Open3.popen3(environment, *words)
  end

  # Waits until it has opened the file.
  def ready
    word, pid = @output.gets.to_s.split
    raise @told.read unless word == "ready"

    @server = pid.to_i
  end

  # Has it run a command.
  def ask(line)
    @input.puts(line)
    @output.gets.chomp
  end

  # Lets it end, and waits until its server has.
  def end
    @input.close
    raise @told.read unless @thread.value.success?

    Program.wait_until { !Program.exists?(@server) }
  end

  # Kills it, and waits until its server has ended.
  def kill
    Process.kill(:KILL, @thread.pid)
    @thread.join
    Program.wait_until { !Program.exists?(@server) }
  end

  # What it says when it cannot open the file.
  def failure
    told = @told.read
    raise told if @thread.value.success?

    told
  end
end

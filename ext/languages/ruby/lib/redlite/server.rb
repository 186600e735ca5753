# frozen_string_literal: true

require "json"
require "timeout"

# Redis in one SQLite file.
module Redlite
  # The server could not be found or started; the message says what to do.
  class Error < StandardError; end

  # The server of a database file: found, started, shared by all who open the file, and ended.
  class Server
    # What the server is run from where nothing else is named.
    PACKAGE = "jsr:@redlite/redlite/server"
    # Seconds a server gets to finish before it is killed.
    ENDS_WITHIN = 10
    INSTALL = "no Redlite server found: install Deno from https://deno.com, " \
              "or set REDLITE_BIN to a redlite program"

    @lock = Mutex.new
    @servers = {}
    @alone = []

    class << self
      # The words that start a server, by where it is found.
      def command
        named = variable("REDLITE_BIN")
        if named
          return [named] if program(named)

          raise Error, "REDLITE_BIN names #{named}, which is no program that can be run"
        end
        redlite = program("redlite")
        return [redlite] if redlite

        deno = program("deno") or raise Error, INSTALL
        source = variable("REDLITE_SERVER")
        [deno, "run", "-A", "--quiet", *(source ? [source] : ["--no-config", PACKAGE])]
      end

      # The server of a file, started if this program has none.
      def acquire(path, flags)
        @lock.synchronize do
          server = path == ":memory:" ? alone(flags) : shared(File.realdirpath(path), flags)
          server.users += 1
          server
        rescue Errno::ENOENT
          raise Error, "cannot open #{path}: there is no such directory"
        end
      end

      # Gives a server back; the last one to do so ends it.
      def release(server)
        @lock.synchronize do
          server.users -= 1
          next if server.users.positive?

          @servers.delete_if { |_, other| other.equal?(server) }
          @alone.delete(server)
          server.end
        end
      end

      # In a forked child, which has servers of its own: the pipes are its parent's to hold.
      def forget_all
        [*@servers.values, *@alone].each(&:forget)
        @lock = Mutex.new
        @servers.clear
        @alone.clear
      end

      private

      def alone(flags)
        server = new(":memory:", flags)
        @alone << server
        server
      end

      def shared(path, flags)
        server = (@servers[path] ||= new(path, flags))
        return server if server.flags == flags

        raise ArgumentError, "#{path} is open in this program with other flags: #{server.flags}"
      end

      def variable(name)
        value = ENV.fetch(name, "")
        value.empty? ? nil : value
      end

      def program(name)
        folders = name.include?(File::SEPARATOR) ? [""] : ENV.fetch("PATH", "").split(":")
        paths = folders.map { |folder| folder.empty? ? name : File.join(folder, name) }
        paths.find { |path| File.file?(path) && File.executable?(path) }
      end
    end

    attr_reader :flags, :handshake
    attr_accessor :users

    # Starts a server and waits until it is ready.
    def initialize(path, flags)
      @flags = flags
      @users = 0
      words = [*Server.command, "--db", path, "--private", "auto", "--handshake"]
      words.push("--parent", "stdin", Process.pid.to_s, "--loglevel", "warning")
      flags.each { |flag, value| words.push("--#{flag}", value.to_s) }
      line = start(words)
      @handshake = line&.start_with?("{") ? JSON.parse(line) : {}
      return if @handshake.key?("pid")

      forget
      _, status = Process.wait2(@pid)
      raise Error, @handshake.fetch("error", "the server ended with code #{status.exitstatus}")
    end

    # What redis-rb needs to connect.
    def connection
      return { path: @handshake["unix"] } if @handshake.key?("unix")

      @handshake.slice("host", "port", "password").transform_keys(&:to_sym)
    end

    # Ends the server, and returns when it is gone.
    def end
      forget
      Timeout.timeout(ENDS_WITHIN) { Process.wait(@pid) }
    rescue Timeout::Error
      Process.kill(:KILL, @pid)
      Process.wait(@pid)
    end

    # Closes this process's end of the pipe that holds the server.
    def forget
      @pipe.close
    end

    private

    # Runs the server, and returns its first line.
    def start(words)
      input, @pipe = IO.pipe
      output, out = IO.pipe
      environment = { "DENO_NO_UPDATE_CHECK" => "1", "DENO_NO_PACKAGE_JSON" => "1" }
      @pid = Process.spawn(environment, *words, in: input, out:)
      [input, out].each(&:close)
      output.gets
    rescue SystemCallError => e
      raise Error, "cannot run #{words.first}: #{e.message}"
    ensure
      output&.close
    end
  end

  # Tells servers of forks.
  module Forks
    def _fork
      pid = super
      Server.forget_all if pid.zero?
      pid
    end
  end

  Process.singleton_class.prepend(Forks)
end

# frozen_string_literal: true

require "redis"
require_relative "redlite/methods"
require_relative "redlite/server"
require_relative "redlite/version"

# Redis in one SQLite file: redis-rb connected to a private Redlite server.
#
#   Redlite.open("app.db") do |db|
#     db.set("greeting", "hello")
#   end
module Redlite
  # Flags of a server that are not said: a write is answered when it is committed.
  DEFAULTS = { "appendfsync" => "everysec" }.freeze

  # redis-rb's client of a database file, with what Redlite has beside it.
  class Client < Redis
    include Methods

    # See Redlite.open.
    def initialize(path, flags: {}, **options)
      @server = Server.acquire(path, DEFAULTS.merge(flags.transform_keys(&:to_s)))
      # What waits, and what takes long, is not cut off.
      super(**@server.connection, read_timeout: 0, **options)
    rescue StandardError
      Server.release(@server) if @server
      raise
    end

    # The process of the server.
    def server_pid
      @server.handshake["pid"]
    end

    # Closes the connection; the last to close a file ends its server.
    def close
      super
      return if @closed

      @closed = true
      Server.release(@server)
    end
  end

  # Opens a database file, or `:memory:`; with a block closes it after that.
  #
  # `flags` are the server's, as `{cache: 256}`, which opens of one file share; all else is
  # redis-rb's.
  def self.open(path, flags: {}, **options)
    db = Client.new(path, flags:, **options)
    return db unless block_given?

    begin
      yield db
    ensure
      db.close
    end
  end
end

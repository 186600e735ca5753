# frozen_string_literal: true

require "json"

module Redlite
  # What Redlite has beyond Redis, by the client's own `call`.
  module Methods
    # The past of keys.
    def history = History.new(self)

    # Indexes over hashes.
    def search = Search.new(self)

    # Vector sets.
    def vectors = Vectors.new(self)

    # Places on the earth.
    def geo = Geo.new(self)

    # JSON documents.
    def json = Json.new(self)

    # What is known of a key: type, times, version, length, bytes; nil without it.
    def keyinfo(key)
      Methods.map(call("KEYINFO", key))
    end

    # Rewrites the file without what was deleted, and returns its size before and after.
    def vacuum
      Methods.map(call("VACUUM"))
    end

    # Runs a query on the file, and returns its rows as hashes.
    def sql(statement, *values)
      result = Methods.map(call("SQL", statement, *values))
      result["rows"].map { |row| result["columns"].zip(row).to_h }
    end

    # Writes a copy of one moment into a file below the database's directory.
    def backup(path, replace: false)
      Methods.map(call("BACKUP", File.expand_path(path), *("REPLACE" if replace)))
    end

    # A map, which comes as names and values by turns.
    def self.map(reply)
      reply && Hash[*reply]
    end
  end

  # A client's methods of one kind.
  Group = Struct.new(:client) do
    private

    def run(...) = client.call(...)
  end
  private_constant :Group

  # The past of keys; a moment is a Unix time in milliseconds.
  class History < Group
    # Begins the history of a key, or of all, and says how much of it is kept.
    def enable(key = nil, count: nil, time_ms: nil)
      limits = ["RETENTION", "COUNT", count] if count
      limits ||= ["RETENTION", "TIME", time_ms] if time_ms
      run("HISTORY", "ENABLE", *scope(key), *limits)
    end

    # Ends the history of a key, or of all; what is known is kept.
    def disable(key = nil)
      run("HISTORY", "DISABLE", *scope(key))
    end

    # What happened to a key, the latest first, as hashes.
    def get(key, limit: nil)
      (run("HISTORY", "GET", key, *(["LIMIT", limit] if limit)) || []).map { Methods.map(_1) }
    end

    # What a key held at a moment.
    def get_at(key, moment)
      run("HISTORY", "GETAT", key, moment)
    end

    # The reply of a command that only reads, as of a moment.
    def at(moment, *command)
      run("HISTORY", "AT", moment, *command)
    end

    # What changed in a key between two moments.
    def diff(key, since, until_)
      run("HISTORY", "DIFF", key, since, until_)
    end

    # Gives a key what it held at a moment.
    def revert(key, moment)
      run("HISTORY", "REVERT", key, moment)
    end

    private

    def scope(key)
      key.nil? ? ["GLOBAL"] : ["KEY", key]
    end
  end

  # Indexes over hashes, and what is found in them.
  class Search < Group
    # Indexes the keys that begin with a prefix; a schema is fields and their types.
    def create(index, prefix, schema, on: "HASH")
      fields = schema.flat_map { |field, type| [field.to_s, *type.split] }
      run("FT.CREATE", index, "ON", on, "PREFIX", 1, prefix, "SCHEMA", *fields)
    end

    # What a query finds: `{total:, documents: [{key:, fields:}]}`.
    def query(index, query, *options)
      total, *found = run("FT.SEARCH", index, query, *options)
      documents = found.each_slice(2).map { |key, fields| { key:, fields: Methods.map(fields) } }
      { total:, documents: }
    end

    # Removes an index; the keys stay.
    def drop(index)
      run("FT.DROPINDEX", index)
    end
  end

  # Sets of elements that are found by how near their vectors are.
  class Vectors < Group
    # Adds an element, or gives it another vector.
    def add(key, element, vector, attributes = nil)
      extra = ["SETATTR", JSON.generate(attributes)] if attributes
      run("VADD", key, "FP32", vector.pack("e*"), element, *extra)
    end

    # The elements nearest to a vector or an element, each with its similarity.
    def similar(key, to, count = 10, filter = nil)
      near = to.is_a?(Array) ? ["FP32", to.pack("e*")] : ["ELE", to]
      extra = ["FILTER", filter] if filter
      reply = run("VSIM", key, *near, "WITHSCORES", "COUNT", count, *extra)
      reply.each_slice(2).map { |element, score| [element, score.to_f] }
    end

    # An element's attributes; nil without.
    def attributes(key, element)
      text = run("VGETATTR", key, element)
      text && JSON.parse(text)
    end

    # Removes an element.
    def remove(key, element)
      run("VREM", key, element)
    end
  end

  # Places on the earth, by their longitudes and latitudes.
  class Geo < Group
    # Adds a place, or moves it.
    def add(key, member, longitude, latitude)
      run("GEOADD", key, longitude, latitude, member)
    end

    # A place's longitude and latitude; nil without.
    def position(key, member)
      run("GEOPOS", key, member).first&.map(&:to_f)
    end

    # How far two places are from each other; nil if one is not there.
    def distance(key, one, other, unit = "m")
      run("GEODIST", key, one, other, unit)&.to_f
    end

    # The places within a circle, the nearest first.
    def search(key, longitude, latitude, radius, unit = "m")
      circle = ["FROMLONLAT", longitude, latitude, "BYRADIUS", radius, unit]
      run("GEOSEARCH", key, *circle, "ASC")
    end
  end

  # JSON documents, as values.
  class Json < Group
    # Sets what is at a path.
    def set(key, path, value)
      run("JSON.SET", key, path, JSON.generate(value))
    end

    # What is at a path: all that fits one from `$` on; nil without the key.
    def get(key, path = "$")
      text = run("JSON.GET", key, path)
      text && JSON.parse(text)
    end

    # Merges a value into what is at a path.
    def merge(key, path, value)
      run("JSON.MERGE", key, path, JSON.generate(value))
    end

    # Deletes what is at a path, and returns how many values that were.
    def delete(key, path = "$")
      run("JSON.DEL", key, path)
    end
  end
end

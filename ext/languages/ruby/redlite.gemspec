# frozen_string_literal: true

require_relative "lib/redlite/version"

Gem::Specification.new do |spec|
  spec.name = "redlite"
  spec.version = Redlite::VERSION
  spec.summary = "Redis in one SQLite file: redis-rb connected to a private Redlite server"
  spec.authors = ["The Redlite authors"]
  spec.license = "MIT"
  spec.files = Dir["lib/**/*.rb", "README.md"]
  spec.required_ruby_version = ">= 3.1"
  spec.add_dependency "redis", "~> 4.8"
  spec.metadata["rubygems_mfa_required"] = "true"
end

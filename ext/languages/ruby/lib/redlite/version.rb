# frozen_string_literal: true

module Redlite
  VERSION = "0.1.0"
end

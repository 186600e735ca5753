# frozen_string_literal: true

# Compares replies with what the scenario expects.
module Forms
  module_function

  # Whether a reply is what is expected.
  def fits?(reply, expected)
    case expected
    when Hash then form?(reply, *expected.first)
    when Array
      reply.is_a?(Array) && reply.size == expected.size &&
        reply.zip(expected).all? { |pair| fits?(*pair) }
    when nil then reply.nil?
    else !reply.nil? && !reply.is_a?(StandardError) && reply.to_s.b == expected.to_s.b
    end
  end

  def form?(reply, form, wanted)
    case form
    when "any" then !reply.is_a?(StandardError)
    when "error" then reply.is_a?(StandardError) && reply.message.start_with?(wanted)
    when "hex" then reply.b == [wanted].pack("H*")
    when "near" then (reply.to_f - wanted).abs < 0.001
    when "size" then reply.size == wanted
    when "unordered" then fits?(reply.sort, wanted.sort)
    when "has" then has?(map(reply), wanted)
    when "pairs" then map(reply).size == wanted.size && has?(map(reply), wanted)
    else raise ArgumentError, form
    end
  end

  def has?(map, wanted)
    wanted.all? { |name, item| map.key?(name) && fits?(map[name], item) }
  end

  def map(reply)
    (reply.is_a?(Hash) ? reply : Hash[*reply]).transform_keys(&:to_s)
  end
end

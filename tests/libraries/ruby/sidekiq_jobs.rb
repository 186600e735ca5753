# Jobs of a Sidekiq process. What a test has to wait for they push to lists.

require "sidekiq"

# A reply may take as long as it likes: the flows have limits of their own.
REDIS = { url: ENV.fetch("REDIS_URL"), timeout: 120 }.freeze

Sidekiq.configure_server do |config|
  config.redis = REDIS.dup
  # With an average of its own it does not wait ten seconds before it looks for scheduled jobs.
  (config.respond_to?(:options) ? config.options : config)[:poll_interval_average] = 1
end
Sidekiq.configure_client { |config| config.redis = REDIS.dup }

def seen = (Thread.current[:seen] ||= Redis.new(**REDIS, db: 2))

class Add
  include Sidekiq::Worker

  def perform(a, b) = seen.rpush("sums", a + b)
end

class SecondTime
  include Sidekiq::Worker

  def perform(name)
    raise "not yet" if seen.rpush("tries:#{name}", 1) < 2
    seen.rpush("tried:#{name}", 1)
  end
end

class Held
  include Sidekiq::Worker

  # Waits in its first run to be stopped, and ends at once in its second.
  def perform(name)
    first = seen.rpush("runs:#{name}", 1) == 1
    seen.rpush("started:#{name}", 1)
    sleep 600 if first
    seen.rpush("done:#{name}", 1)
  end
end

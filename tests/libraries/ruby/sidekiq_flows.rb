# What people do with Sidekiq, against the server in REDIS_URL: `sidekiq_flows.rb FLOW`.

require "sidekiq/api"
require_relative "sidekiq_jobs"

WITHIN = 150

# A Sidekiq process, gone afterwards. It waits longer for its jobs than an idle thread of it does for
# one (2 s), or that would take what the process gives back.
def worker(*args)
  command = ["sidekiq", "-r", File.join(__dir__, "sidekiq_jobs.rb"), "-c", "2", "-t", "5", *args]
  pid = Process.spawn(*command, out: :err, pgroup: true)
  yield pid
ensure
  stop(pid, "KILL")
end

def stop(pid, signal)
  Process.kill(signal, pid)
  Process.wait(pid)
rescue Errno::ESRCH, Errno::ECHILD
  # It has ended.
end

def check(what, holds) = holds || abort("#{what} does not hold")

def waited(list) = check("an item of #{list}", seen.blpop(list, timeout: WITHIN))

# Waits until something holds that Sidekiq tells of only when asked.
def eventually(what)
  deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + WITHIN
  until yield
    check(what, Process.clock_gettime(Process::CLOCK_MONOTONIC) < deadline)
    sleep 0.05
  end
end

def runs
  Add.perform_async(1, 2)
  Add.set(queue: "low").perform_async(3, 4)
  Sidekiq::Client.push_bulk("class" => Add, "args" => (1..20).map { |n| [n, n] })
  check("queues", Sidekiq::Queue.all.map { |queue| [queue.name, queue.size] }.sort ==
    [["default", 21], ["low", 1]])
  worker("-q", "default,2", "-q", "low") do
    sums = Array.new(22) { waited("sums")[1].to_i }
    check("sums", sums.sort == ([3, 7] + (1..20).map { |n| 2 * n }).sort)
    eventually("a heartbeat") { Sidekiq::ProcessSet.new.size == 1 }
    process = Sidekiq::ProcessSet.new.first
    check("queues of the process", process["queues"].sort.uniq == %w[default low])
  end
end

def scheduled
  Add.perform_in(1, 1, 2)
  Add.perform_in(3600, 3, 4)
  check("two scheduled", Sidekiq::ScheduledSet.new.size == 2)
  worker do
    check("the sum", waited("sums")[1] == "3")
    check("one scheduled", Sidekiq::ScheduledSet.new.size == 1)
  end
  check("deleted", Sidekiq::ScheduledSet.new.first.delete)
end

def retries
  SecondTime.perform_async("a")
  worker do
    waited("tries:a")
    eventually("a retry") { Sidekiq::RetrySet.new.size == 1 }
    job = Sidekiq::RetrySet.new.first
    check("why", job["error_message"] == "not yet")
    seen.rpush("tries:a", 1)
    job.retry
    waited("tried:a")
    eventually("counted") { Sidekiq::Stats.new.processed == 2 && Sidekiq::Stats.new.failed == 1 }
  end
end

def stopped
  Held.perform_async("a")
  worker do |pid|
    waited("started:a")
    eventually("at work") { Sidekiq::Workers.new.size == 1 }
    stop(pid, "TERM")
  end
  check("given back", Sidekiq::Queue.new.size == 1)
  worker { waited("done:a") }
  check("two runs", seen.llen("runs:a") == 2)
end

send(ARGV.fetch(0))

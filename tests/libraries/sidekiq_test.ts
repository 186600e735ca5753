/** Sidekiq as Debian or RubyGems have it: its processes, its poller of what is scheduled, and its API. */

import { named } from "../harness/lacking.ts";
import { noSidekiq, runFlow } from "../harness/programs.ts";
import { startRedlite } from "../harness/servers.ts";

const lacking = noSidekiq();

const FLOWS = {
  runs: "Sidekiq: jobs of several queues run, and the process tells of itself",
  scheduled: "Sidekiq: a job runs at its time, and others stay",
  retries: "Sidekiq: what failed is kept with its reason, retried and counted",
  stopped: "Sidekiq: a job whose process is stopped in its middle is given back and runs again",
};

for (const [flow, name] of Object.entries(FLOWS)) {
  Deno.test({
    ...named(name, lacking),
    async fn() {
      await using server = await startRedlite();
      await runFlow(server, "ruby", new URL("ruby/sidekiq_flows.rb", import.meta.url), flow);
    },
  });
}

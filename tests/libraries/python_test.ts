/** Celery, RQ, redis-py's Lock and upstash-redis as they come from PyPI, with workers that are processes of their own. */

import { named } from "../harness/lacking.ts";
import { noPython, noPythonRest, python, runFlow } from "../harness/programs.ts";
import { startRedlite } from "../harness/servers.ts";

const lacking = noPython();

/** Behaviours, each by the flow of a script in `python/` that shows it. */
const FLOWS: Record<string, Record<string, string>> = {
  celery_flows: {
    results: "Celery: results and failures come back, and are forgotten",
    times: "Celery: tasks run at their time, after a countdown, and again when they retry",
    canvas: "Celery: chains, groups and chords give what their parts gave",
    priorities: "Celery: priorities have queues of their own, and workers answer control messages",
    killed: "Celery: a task whose worker is killed in its middle runs again, acknowledged late",
  },
  rq_flows: {
    runs: "RQ: jobs run in their order and after those that they depend on",
    failures: "RQ: failed jobs are retried, kept, put back, and canceled ones do not run",
    scheduled: "RQ: a job runs at its time",
    killed: "RQ: a job whose worker is killed in its middle runs again",
  },
  lock_flows: {
    owners: "redis-py's Lock: one has it, only who has it releases it, and its scripts come back",
    times: "redis-py's Lock: it is extended and acquired again by who has it alone",
    waiting: "redis-py's Lock: whoever waits gets it in turn, or gives up in time",
  },
};

for (const [script, flows] of Object.entries(FLOWS)) {
  for (const [flow, name] of Object.entries(flows)) {
    Deno.test({
      ...named(name, lacking),
      async fn() {
        await using server = await startRedlite();
        await runFlow(server, python(), new URL(`python/${script}.py`, import.meta.url), flow);
      },
    });
  }
}

/** What the REST API's client shows, by the flow of `python/upstash_flows.py`. */
const REST_FLOWS: Readonly<Record<string, string>> = {
  commands: "upstash-redis: commands of every type give what they are to give",
  transactions: "upstash-redis: pipelines and transactions answer each command",
  asynchronous: "upstash-redis: its asyncio client does the same",
  refused: "upstash-redis: errors and wrong tokens are told",
};

const lackingRest = noPythonRest();
for (const [flow, name] of Object.entries(REST_FLOWS)) {
  Deno.test({
    ...named(name, lackingRest),
    async fn() {
      await using server = await startRedlite({ password: "secret", args: ["--http", "0"] });
      const script = new URL("python/upstash_flows.py", import.meta.url);
      await runFlow(server, python(), script, flow);
    },
  });
}

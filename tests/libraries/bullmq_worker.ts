/** A BullMQ worker that takes a job and never ends it: `bullmq_worker.ts PORT`, to be killed. */

import { Worker } from "bullmq";

new Worker("jobs", (job) => {
  console.log(`works on ${job.name}`);
  return new Promise(() => {});
}, {
  connection: { host: "127.0.0.1", port: Number(Deno.args[0]), maxRetriesPerRequest: null },
  lockDuration: 500,
  stalledInterval: 200,
});

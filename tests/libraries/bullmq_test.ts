/** BullMQ as it comes from npm: a hundred scripts, streams for events, blocking pops for workers. */

import { strict as assert } from "node:assert";
import { FlowProducer, type Job, Queue, QueueEvents, Worker } from "bullmq";
import { startRedlite, type TestServer } from "../harness/servers.ts";

const WITHIN_MS = 120_000;

/** A queue on a server of its own. */
class Bench implements AsyncDisposable {
  readonly connection: { host: string; port: number; maxRetriesPerRequest: null };
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly #server: TestServer;
  readonly #open: { close(): Promise<void> }[];

  constructor(server: TestServer) {
    this.#server = server;
    this.connection = { host: "127.0.0.1", port: server.port, maxRetriesPerRequest: null };
    this.queue = new Queue("jobs", { connection: this.connection });
    this.events = new QueueEvents("jobs", { connection: this.connection });
    this.#open = [this.queue, this.events];
  }

  static async start(): Promise<Bench> {
    const bench = new Bench(await startRedlite());
    await bench.events.waitUntilReady();
    return bench;
  }

  keep<T extends { close(): Promise<void> }>(closed: T): T {
    this.#open.unshift(closed);
    return closed;
  }

  worker(work: (job: Job) => Promise<unknown>): Worker {
    const { connection } = this;
    return this.keep(new Worker("jobs", work, { connection, stalledInterval: 200 }));
  }

  finished(job: Job): Promise<unknown> {
    return job.waitUntilFinished(this.events, WITHIN_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#open) await one.close();
    await this.#server[Symbol.asyncDispose]();
  }
}

const test = (name: string, fn: (bench: Bench) => Promise<void>) =>
  Deno.test({
    name: `BullMQ: ${name}`,
    // Its connections have timers that end after they are closed.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using bench = await Bench.start();
      await fn(bench);
    },
  });

test("jobs come by priority, after their delay, and again after they fail", async (bench) => {
  const { queue } = bench;
  const jobs = [
    await queue.add("low", { n: 1 }, { priority: 10 }),
    await queue.add("high", { n: 2 }, { priority: 1 }),
    await queue.add("again", { n: 3 }, { attempts: 3, backoff: { type: "fixed", delay: 10 } }),
    await queue.add("later", { n: 4 }, { delay: 50 }),
  ];
  const runs: string[] = [];
  bench.worker(async (job) => {
    runs.push(job.name);
    await job.updateProgress(50);
    if (job.name === "again" && job.attemptsMade < 2) throw new Error("again");
    return job.data.n * 2;
  });
  assert.deepEqual(await Promise.all(jobs.map((job) => bench.finished(job))), [2, 4, 6, 8]);
  assert.equal(runs.filter((name) => name === "again").length, 3);
  assert.ok(runs.indexOf("high") < runs.indexOf("low"));
  assert.equal((await queue.getJobCounts())["completed"], 4);
});

test("a parent runs when its children have", async (bench) => {
  const flows = bench.keep(new FlowProducer({ connection: bench.connection }));
  bench.worker(async (job) =>
    job.name === "child" ? job.data.n : Object.values(await job.getChildrenValues())
  );
  const child = (n: number) => ({ name: "child", queueName: "jobs", data: { n } });
  const { job } = await flows.add({
    name: "parent",
    queueName: "jobs",
    children: [child(1), child(2)],
  });
  assert.deepEqual([...await bench.finished(job) as number[]].sort(), [1, 2]);
});

test("a paused queue keeps its jobs, and a scheduler makes them", async (bench) => {
  const { queue } = bench;
  const ticks: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  bench.worker((job) => {
    if (job.name === "tick" && ticks.push(job.timestamp) === 3) resolve();
    return Promise.resolve(job.name);
  });
  await queue.pause();
  const held = await queue.add("held", {});
  assert.equal(await held.getState(), "waiting");
  await queue.resume();
  assert.equal(await bench.finished(held), "held");
  await queue.upsertJobScheduler("clock", { every: 20 }, { name: "tick" });
  await promise;
  assert.equal(await queue.removeJobScheduler("clock"), true);
});

test("a job whose worker is gone is taken by another", async (bench) => {
  const { connection, queue } = bench;
  await queue.add("lost", {});
  const gone = bench.keep(new Worker("jobs", undefined, { connection, lockDuration: 100 }));
  const job = await gone.getNextJob("token");
  assert.equal(job?.name, "lost");
  bench.worker((job) => Promise.resolve(`saved ${job.name}`));
  assert.equal(await bench.finished(job!), "saved lost");
});

test("a job whose worker is killed in its middle stalls, and runs again", async (bench) => {
  const { connection, queue, events } = bench;
  const job = await queue.add("held", {});
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/libraries/bullmq_worker.ts", String(connection.port)],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let told = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    told += text;
    if (told.includes("works on held")) break;
  }
  child.kill("SIGKILL");
  await child.status;
  assert.equal(await job.getState(), "active");
  const stalled = new Promise<string>((resolve) =>
    events.on("stalled", ({ jobId }) => resolve(jobId))
  );
  bench.worker((job) => Promise.resolve(`saved ${job.name}`));
  assert.equal(await bench.finished(job), "saved held");
  assert.equal(await stalled, job.id);
});

test("events tell of each step of a job, from the beginning of the stream too", async (bench) => {
  const { connection, queue } = bench;
  const seen: string[] = [];
  const events = bench.keep(new QueueEvents("jobs", { connection, lastEventId: "0-0" }));
  const done = Promise.withResolvers<void>();
  events.on("added", ({ name }) => seen.push(`added ${name}`));
  events.on("active", () => seen.push("active"));
  events.on("progress", ({ data }) => seen.push(`progress ${JSON.stringify(data)}`));
  events.on("failed", ({ failedReason }) => seen.push(`failed ${failedReason}`));
  events.on("completed", ({ returnvalue }) => {
    seen.push(`completed ${returnvalue}`);
    done.resolve();
  });
  bench.worker(async (job) => {
    if (job.name === "bad") throw new Error("no luck");
    await job.updateProgress({ at: 50 });
    return "result";
  });
  const bad = await queue.add("bad", {});
  await assert.rejects(bench.finished(bad), /no luck/);
  await queue.add("good", {});
  await done.promise;
  assert.deepEqual(seen, [
    "added bad",
    "active",
    "failed no luck",
    "added good",
    "active",
    'progress {"at":50}',
    "completed result",
  ]);
});

test("jobs that failed for good are kept, put back by hand, and removed", async (bench) => {
  const { queue } = bench;
  let holds = true;
  bench.worker(() => holds ? Promise.reject(new Error("no luck")) : Promise.resolve("done"));
  const jobs = await queue.addBulk([1, 2, 3].map((n) => ({ name: "job", data: { n } })));
  for (const job of jobs) await assert.rejects(bench.finished(job), /no luck/);
  assert.equal(await queue.getFailedCount(), 3);
  assert.deepEqual((await queue.getFailed()).map(({ attemptsMade }) => attemptsMade), [1, 1, 1]);
  holds = false;
  await jobs[0]!.retry();
  assert.equal(await bench.finished(jobs[0]!), "done");
  await jobs[1]!.remove();
  assert.equal(await queue.getJob(jobs[1]!.id!), undefined);
  assert.deepEqual(await queue.clean(0, 10, "failed"), [jobs[2]!.id]);
  assert.equal((await queue.getJobCounts())["failed"], 0);
});

test("a job is added once as long as it is deduplicated, and limits of rate hold", async (bench) => {
  const { connection, queue } = bench;
  const deduplication = { id: "one" };
  const first = await queue.add("job", { n: 1 }, { deduplication });
  assert.equal((await queue.add("job", { n: 2 }, { deduplication })).id, first.id);
  assert.equal(await queue.getWaitingCount(), 1);
  const times: number[] = [];
  bench.keep(
    new Worker("jobs", () => Promise.resolve(times.push(Date.now())), {
      connection,
      limiter: { max: 1, duration: 100 },
    }),
  );
  const others = await queue.addBulk([1, 2].map((n) => ({ name: "limited", data: { n } })));
  for (const job of [first, ...others]) await bench.finished(job);
  // Two spans lie between three jobs; when the worker notes one, its span has begun a little before.
  assert.ok(times[2]! - times[0]! >= 100, `${times}`);
});

/** How far what takes long has come. */

import { strict as assert } from "node:assert";
import { Jobs, type OnProgress, type Progress } from "../../src/engine/jobs.ts";
import { systemClock } from "../../src/engine/clock.ts";
import { DatabaseFile, put, testOnDrivers } from "../store/open.ts";

/** Takes note of what is told. */
function listener(): { told: Progress[]; onProgress: OnProgress; phases(): string[] } {
  const told: Progress[] = [];
  return {
    told,
    onProgress: (progress) => void told.push(progress),
    phases: () => told.map(({ phase }) => phase).filter((phase, i, all) => phase !== all[i - 1]),
  };
}

testOnDrivers("a backup tells its pages, and a copy of where it is", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 3000; i++) put(store, `key:${i}`, "x".repeat(4000));
  store.endTurn();
  const { told, onProgress, phases } = listener();
  const { backups } = store;
  assert.ok(backups !== undefined);
  const { pages } = await backups.backup(`${file.directory}/copy.db`, false, onProgress);
  assert.equal(told.at(-1)?.phase, "syncing");
  const copying = told.filter(({ phase }) => phase === "copying");
  if (file.connect().copyFrom !== undefined) {
    assert.deepEqual(phases(), ["copying", "checking", "syncing"]);
    assert.ok(copying.length > 1, "more than one slice");
    assert.deepEqual(copying.at(-1), {
      job: "backup",
      phase: "copying",
      done: pages,
      total: pages,
    });
    assert.ok(copying.every(({ done }, i) => i === 0 || done > copying[i - 1]!.done));
  }
  assert.equal(store.jobs.find("backup"), undefined);
});

testOnDrivers("an integrity check tells which of its checks runs", async (driver) => {
  await using file = new DatabaseFile(driver);
  const { told, onProgress } = listener();
  assert.deepEqual(await file.open().checkIntegrity("full", onProgress), []);
  assert.equal(told[0]?.phase, "pages");
  assert.deepEqual(told.map(({ done }) => done), told.map((_, i) => i));
  assert.ok(told.every(({ job, total }) => job === "integrity" && total === told.length));
});

testOnDrivers("a VACUUM tells its phases, and pages where it gives them back", async (driver) => {
  await using file = new DatabaseFile(driver);
  const store = file.open();
  for (let i = 0; i < 500; i++) put(store, `key:${i}`, "x".repeat(4000));
  store.endTurn();
  store.engine.write();
  store.keyspace.flush(0);
  store.endTurn();
  const vacuum = async (pages: number | undefined) => {
    const { told, onProgress, phases } = listener();
    const stop = store.jobs.listen(onProgress);
    let done = false;
    store.vacuum.start(pages, () => done = true);
    while (!done) {
      file.clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    stop();
    return { told, phases: phases() };
  };
  const some = await vacuum(100);
  const given = some.told.filter(({ phase }) => phase === "giving pages back");
  assert.deepEqual(given.at(-1), {
    job: "vacuum",
    phase: "giving pages back",
    done: 100,
    total: 100,
  });
  const all = await vacuum(undefined);
  assert.deepEqual(all.phases, [
    "deleting what is left over",
    "rewriting the file",
    "copying the log into the file",
  ]);
});

Deno.test("a callback that throws does not stop the job, and what fails is told to the watcher", async () => {
  const jobs = new Jobs(systemClock);
  const ended: unknown[] = [];
  jobs.watcher = { progressed: () => {}, ended: (_, failure) => void ended.push(failure) };
  const thrown = () => {
    throw new Error("of the caller");
  };
  assert.equal(
    await jobs.run("backup", thrown, (job) => {
      job.at("copying", 1, 2);
      assert.equal(jobs.find("backup")?.share, 0.5);
      return Promise.resolve("done");
    }),
    "done",
  );
  const failure = new Error("disk full");
  await assert.rejects(jobs.run("backup", undefined, () => Promise.reject(failure)), failure);
  assert.deepEqual(ended, [undefined, failure]);
  assert.equal(jobs.find("backup"), undefined);
});

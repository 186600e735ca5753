/**
 * Threads of one process on one file: prints how many locks the process has on it before and after another
 * thread has opened and closed it.
 */

import { strict as assert } from "node:assert";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Redlite } from "@redlite/redlite";

/** The locks that this process has on a database, by the kernel's list of all. */
function locksOn(path: string): number {
  const files = [path, `${path}-shm`].map((file) => statSync(file).ino);
  return readFileSync("/proc/locks", "utf8").split("\n").filter((line) => {
    const [, , , , pid, file = ""] = line.split(/\s+/);
    return pid === String(process.pid) && files.includes(Number(file.split(":")[2]));
  }).length;
}

if (isMainThread) {
  const [path = ""] = process.argv.slice(2);
  await using db = Redlite.open(path);
  db.set("main", "1");
  const before = locksOn(path);
  await new Promise((resolve, reject) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: path });
    worker.on("error", reject);
    worker.on("exit", resolve);
  });
  // A read holds a lock of its own until its turn is over.
  const after = locksOn(path);
  assert.equal(db.get("worker"), "1");
  console.log(`${before} before, ${after} after`);
} else {
  await using db = Redlite.open(workerData as string);
  assert.equal(db.get("main"), "1");
  db.set("worker", "1");
}

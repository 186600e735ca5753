/** What a program meets of the checkpoints that its database makes by itself. */

import { strict as assert } from "node:assert";
import { commandTable } from "../../src/commands/table/commands.ts";
import { toText } from "../../src/embedded/data.ts";
import { Core } from "../../src/embedded/running/core.ts";
import { DatabaseLockedError } from "../../src/embedded/errors.ts";
import { DatabaseFile, testOnDrivers } from "../store/open.ts";
import type { Holding } from "./lock_holder.ts";

testOnDrivers(
  "a write waits for a checkpoint of the program's own, however short it waits for others",
  async (driver) => {
    await using file = new DatabaseFile(driver);
    const store = file.open({ busyTimeoutMs: 0 });
    const core = new Core(store, commandTable(), { busyTimeoutMs: 0 });
    core.run(["SET", "k", "1"], toText);
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL("lock_holder.ts", import.meta.url), { type: "module" });
    const heard = () => new Promise((resolve) => worker.onmessage = resolve);
    const held = heard();
    worker.postMessage({ path: file.path, driver: driver.info.name, flag } satisfies Holding);
    await held;
    assert.throws(() => core.run(["INCR", "k"], toText), DatabaseLockedError);
    const letGo = heard();
    store.checkpointer.locks = true;
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    assert.equal(core.run(["INCR", "k"], toText), 2);
    store.checkpointer.locks = false;
    await letGo;
    worker.terminate();
    await core.close();
  },
);

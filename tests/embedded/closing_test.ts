import { strict as assert } from "node:assert";
import { temporaryDirectory } from "../harness/servers.ts";
import { testOnFile } from "./open.ts";

/** Uses what sets timers: writes, expiry, waiting, subscriptions, measurements. */
const USE = `
  db.set("k", "v", { ex: 100 });
  db.hset("h", { f: 1 });
  db.hexpire("h", 100, ["f"]);
  db.del("k");
  db.call("HOTKEYS", "START", "METRICS", "1", "CPU", "DURATION", "100");
  db.blpop("none", { timeout: 100 }).catch(() => {});
  db.subscribe("news");
  db.sql("SELECT 1");
  db.history.enable();
  db.set("k", "v");
`;

testOnFile("a database that was closed has no timers left", async (file) => {
  const pending = new Set<unknown>();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  globalThis.setTimeout = ((callback: () => void, ms?: number) => {
    const id = set(() => {
      pending.delete(id);
      callback();
    }, ms);
    pending.add(id);
    return id;
  }) as typeof globalThis.setTimeout;
  globalThis.clearTimeout = (id) => {
    pending.delete(id);
    clear(id);
  };
  try {
    const use = new Function("db", USE);
    const freed = file.open();
    use(freed);
    assert.ok(pending.size > 0);
    freed[Symbol.dispose]();
    assert.equal(pending.size, 0);
    const closed = file.open();
    use(closed);
    await closed.close();
    assert.equal(pending.size, 0);
  } finally {
    globalThis.setTimeout = set;
    globalThis.clearTimeout = clear;
  }
});

for (const driver of ["ffi", "builtin"] as const) {
  Deno.test(`a database freed by \`using\` is collected as soon as the garbage is (${driver})`, async () => {
    await using directory = await temporaryDirectory();
    const code = `
      import { Redlite } from "${new URL("../../mod.ts", import.meta.url)}";
      const collected = new Set();
      const registry = new FinalizationRegistry((name) => collected.add(name));
      (() => {
        using db = Redlite.open(Deno.args[0], { driver: "${driver}" });
        ${USE}
        registry.register(db, "database");
        registry.register(db.bytes, "bytes");
      })();
      for (let pass = 0; pass < 100 && collected.size < 2; pass++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        gc();
      }
      console.log(collected.size);
    `;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--v8-flags=--expose-gc", code, `${directory.path}/a.db`],
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "2", new TextDecoder().decode(stderr));
  });
}

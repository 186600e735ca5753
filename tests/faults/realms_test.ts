/** Two SQLite libraries on one file in one process, whichever of its realms has which. */

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { Redlite } from "../../mod.ts";
import { named, notLinux } from "../harness/lacking.ts";
import { temporaryDirectory } from "../harness/servers.ts";
import { DRIVERS } from "../store/open.ts";
import type { Order } from "./realms_worker.ts";

const lacking = DRIVERS.length === 2 ? undefined : "needs two drivers of SQLite";
const marks = (directory: string) =>
  [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => name.includes("-open."));

/** A Worker with a database. */
class Realm implements Disposable {
  readonly #worker = new Worker(new URL("realms_worker.ts", import.meta.url), { type: "module" });

  do(order: Order): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#worker.onmessage = ({ data }) => resolve(data);
    this.#worker.postMessage(order);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

Deno.test({
  ...named(
    "a Worker is refused the file that the main program has open through another library",
    lacking,
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    using realm = new Realm();
    {
      await using db = Redlite.open(path, { driver: "ffi" });
      db.set("k", "v");
      assert.match(
        await realm.do({ open: path, options: { driver: "builtin" } }),
        /^refused: .*app\.db is open in this process through the ffi driver/,
      );
      assert.equal(await realm.do({ open: path, options: { driver: "ffi" } }), "opened by ffi");
    }
    assert.throws(
      () => Redlite.open(path, { driver: "builtin" }),
      /is open in this process through the ffi driver/,
    );
    assert.equal(await realm.do("close"), "closed");
    await using db = Redlite.open(path, { driver: "builtin" });
    assert.equal(db.get("opened"), "1");
  },
});

Deno.test({
  ...named("a Worker that may not load a library is refused, not let in on another one", lacking),
  async fn() {
    await using directory = await temporaryDirectory();
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--unstable-worker-options",
        new URL("realms_main.ts", import.meta.url).pathname,
        directory.path,
      ],
    }).output();
    const text = new TextDecoder();
    assert.equal(code, 0, text.decode(stderr));
    assert.match(text.decode(stdout), /^ffi; refused: .* through the ffi driver/);
  },
});

Deno.test({
  ...named(
    "a file that node:sqlite has open in the program is refused to the native library",
    lacking ?? notLinux(),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    const own = new DatabaseSync(path);
    own.exec("CREATE TABLE orders(number)");
    assert.throws(
      () => Redlite.open(path, { driver: "ffi", adopt: true }),
      /app\.db is open in this process by something else than Redlite/,
    );
    await Redlite.open(path, { driver: "builtin", adopt: true }).close();
    own.close();
    await Redlite.open(path, { driver: "ffi" }).close();
  },
});

Deno.test("the mark of a database goes when it is closed, and a crashed process's with the next", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/app.db`;
  await Deno.writeTextFile(`${path}-open.1`, "the ffi driver (of one that is gone)");
  {
    await using _db = Redlite.open(path);
    assert.deepEqual(marks(directory.path), [`app.db-open.${Deno.pid}`]);
  }
  assert.deepEqual(marks(directory.path), []);
});

Deno.test({
  ...named("a mark of this process's number that nobody holds is nobody's", lacking),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/app.db`;
    await Deno.writeTextFile(`${path}-open.${Deno.pid}`, "the other driver (as it was)");
    await using db = Redlite.open(path);
    db.set("k", "v");
    assert.equal(db.get("k"), "v");
  },
});

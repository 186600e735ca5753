import { strict as assert } from "node:assert";
import { named } from "../../harness/lacking.ts";
import { join } from "node:path";
import type { DriverInfo } from "../../../src/sqlite/sqlite.ts";
import { claim } from "../../../src/store/place/open_files.ts";
import { Store } from "../../../src/store/store.ts";
import { DatabaseFile, DRIVERS } from "../open.ts";

const FFI: DriverInfo = { name: "ffi", library: "libsqlite3.so.0", version: "3.46.1" };
const OTHER: DriverInfo = { ...FFI, library: "/opt/libsqlite3.so" };
const BUILTIN: DriverInfo = { name: "builtin", library: "node:sqlite", version: "3.51.0" };

Deno.test("a file may be open twice through one library", () => {
  const releases = [claim("/nowhere/a.db", FFI), claim("/nowhere/a.db", FFI)];
  for (const release of releases) release();
});

Deno.test("a file is refused to a second driver, or a second library", () => {
  const release = claim("/nowhere/b.db", FFI);
  assert.throws(() => claim("/nowhere/b.db", BUILTIN), /b\.db is open .* through the ffi driver/);
  assert.throws(() => claim("/nowhere/b.db", OTHER));
  release();
});

Deno.test("a file is free for another driver once all who had it open closed it", () => {
  const first = claim("/nowhere/c.db", FFI), second = claim("/nowhere/c.db", FFI);
  first();
  assert.throws(() => claim("/nowhere/c.db", BUILTIN));
  second();
  claim("/nowhere/c.db", BUILTIN)();
});

Deno.test("a refused claim leaves no trace", () => {
  const release = claim("/nowhere/d.db", FFI);
  assert.throws(() => claim("/nowhere/d.db", BUILTIN));
  release();
  claim("/nowhere/d.db", BUILTIN)();
});

Deno.test("a file is the same by another name", async () => {
  const directory = await Deno.makeTempDir();
  const path = join(directory, "a.db"), link = join(directory, "b.db");
  await Deno.writeTextFile(path, "");
  await Deno.symlink(path, link);
  const release = claim(path, FFI);
  assert.throws(() => claim(link, BUILTIN));
  assert.throws(() =>
    claim(join(directory, "..", directory.split("/").at(-1) ?? "", "a.db"), BUILTIN)
  );
  release();
  await Deno.remove(directory, { recursive: true });
});

Deno.test({
  ...named(
    "a store refuses a file that is open through the other driver",
    DRIVERS.length < 2 ? "no native SQLite library" : undefined,
  ),
  async fn() {
    await using file = new DatabaseFile(DRIVERS[0]!);
    const store = file.open();
    assert.throws(() => new Store(DRIVERS[1]!, file.path), /another SQLite library/);
    await store.close();
    await new Store(DRIVERS[1]!, file.path).close();
  },
});

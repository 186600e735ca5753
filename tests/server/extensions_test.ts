/** Which extensions a server is started with. */

import { strict as assert } from "node:assert";
import type { Extension } from "../../src/embedded/extension.ts";
import { type BuiltInExtensions, ServerExtensions } from "../../src/server/extensions.ts";
import { ExtensionRefused } from "../../src/store/extensions/registration.ts";
import { chooseDriver } from "../../src/sqlite/drivers.ts";
import { Store } from "../../src/store/store.ts";

const made = (extension: Extension) => () => Promise.resolve({ default: () => extension });

/** One that is there, one whose library is not, one whose module is not. */
const builtIn: BuiltInExtensions = {
  here: made({ name: "here" }),
  library: made({
    name: "library",
    connect: () => {
      throw new Error("the driver builtin loads no libraries");
    },
  }),
  nowhere: () => Promise.reject(new Error("Module not found")),
};

const open = (extensions: readonly Extension[]) =>
  new Store(chooseDriver({ driver: "builtin" }), ":memory:", { extensions });

Deno.test("unasked, those are loaded that can be, with a line on each that cannot", async () => {
  const lines: string[] = [];
  const extensions = await ServerExtensions.load(undefined, builtIn, (line) => lines.push(line));
  extensions.open(open).closeNow();
  assert.equal(extensions.words, "here");
  assert.deepEqual(lines, [
    "the extension nowhere is not loaded: Module not found",
    "the extension library is not loaded: the driver builtin loads no libraries",
  ]);
});

Deno.test("one that is asked for and cannot be loaded is an error", async () => {
  const load = (words: string) => ServerExtensions.load(words, builtIn, () => {});
  await assert.rejects(
    load("here,nowhere"),
    new ExtensionRefused("the extension nowhere is not loaded: Module not found", "nowhere"),
  );
  const extensions = await load("library,here");
  assert.throws(() => extensions.open(open), /the driver builtin loads no libraries/);
  await assert.rejects(load("herr"), /there is no extension herr, but here, library, nowhere; one/);
});

Deno.test("none of them is loaded where none is asked for", async () => {
  for (const words of ["none", ""]) {
    const extensions = await ServerExtensions.load(words, builtIn, () => {});
    assert.deepEqual(extensions.all, []);
    assert.equal(extensions.words, "");
  }
});

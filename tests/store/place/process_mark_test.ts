import { strict as assert } from "node:assert";
import { Posix } from "../../../src/runtime/posix.ts";
import { ProcessMark } from "../../../src/store/place/process_mark.ts";
import { named, notLinux } from "../../harness/lacking.ts";
import { temporaryDirectory } from "../../harness/servers.ts";

/** A mark as another realm of this process would make it. */
function realmOf(path: string): ProcessMark {
  const mark = ProcessMark.make(path, "a library");
  assert.ok(mark);
  mark.show(Posix.load());
  return mark;
}

Deno.test({
  ...named(
    "each realm that comes is noticed at the next look, however many came before",
    notLinux() ?? (Posix.load() === undefined ? "no library of the system" : undefined),
  ),
  async fn() {
    await using directory = await temporaryDirectory();
    const path = `${await Deno.realPath(directory.path)}/app.db`;
    const own = realmOf(path);
    try {
      for (let i = 0; i < 3; i++) {
        assert.equal(own.others, false);
        assert.equal(own.others, false);
        const other = realmOf(path);
        const third = realmOf(path);
        assert.equal(own.others, true);
        assert.equal(other.others, true);
        third.remove();
        assert.equal(own.others, true);
        other.remove();
        // One that has come and gone between two looks is nobody.
        realmOf(path).remove();
      }
      assert.equal(own.others, false);
    } finally {
      own.remove();
    }
    assert.deepEqual([...Deno.readDirSync(directory.path)], []);
  },
});

/** Checks that payloads are refused. */

import { strict as assert } from "node:assert";
import { readDump } from "../../../src/store/rdb/reader.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { type Bytes, Recorder, sealed } from "./payloads.ts";

/** RESTORE's error for what is whole but not well formed. */
export const BAD_DATA = "ERR Bad data format";

/** Checks that a payload is refused, and before the visitor is told anything. */
export function assertRefused(payload: Uint8Array, message: string, what?: string): void {
  const recorder = new Recorder();
  assert.throws(
    () => readDump(new Slice(payload), recorder),
    { name: "CommandError", message },
    what,
  );
  assert.equal(recorder.contents, undefined, what);
}

/** Registers a test that each of the values, given with its type byte, is bad data. */
export function testRefused(name: string, values: Record<string, Bytes>): void {
  Deno.test(name, () => {
    for (const [what, value] of Object.entries(values)) {
      assertRefused(sealed(value, 12), BAD_DATA, what);
    }
  });
}

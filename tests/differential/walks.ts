/** HSCAN, SSCAN and ZSCAN as steps. */

import fc from "../harness/properties.ts";
import { iteration } from "./checks.ts";
import {
  both,
  command,
  junk,
  options,
  type Part,
  scanOptions,
  several,
  type Step,
  word,
} from "./pieces.ts";
import { key } from "./pools.ts";

/** Whole iterations, with options that the command takes, and calls that it refuses. @param more Options to refuse. */
export function walks(
  name: string,
  ...more: Part[]
): { weight: number; arbitrary: fc.Arbitrary<Step> }[] {
  return [
    {
      weight: 3,
      arbitrary: fc.tuple(key, several(fc.oneof(...scanOptions), 0, 3)).map(([key, options]) =>
        iteration([name, key], [options].flat())
      ),
    },
    {
      weight: 1,
      arbitrary: command(
        name,
        key,
        fc.constantFrom("abc", "-1", "", "1.5", "0"),
        options(
          both(word("COUNT"), fc.constantFrom("0", "-5", "abc", "7")),
          word("MATCH"),
          junk,
          ...more,
        ),
      ),
    },
  ];
}

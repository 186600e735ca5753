import { strict as assert } from "node:assert";
import { named } from "../../harness/lacking.ts";
import { float16Bits } from "../../../src/store/values/float16.ts";

/** What the runtime makes of a number. */
function expected(number: number): number {
  const view = new DataView(new ArrayBuffer(2));
  view.setFloat16(0, number);
  return view.getUint16(0);
}

const lacking = "setFloat16" in DataView.prototype ? undefined : "needs setFloat16";

Deno.test({ ...named("numbers in half precision are the runtime's", lacking), fn });

function fn() {
  const given = [0, -0, 1, -1, 65504, 65519.99, 65520, -65520, Infinity, -Infinity, 2 ** -24];
  given.push(2 ** -25, 2 ** -25 * 1.0001, 3 * 2 ** -25, 2 ** -14, 2 ** -14 - 2 ** -26, 1e-300);
  // Every half, and the ties between it and the next one.
  for (let bits = 0; bits < 0x7c00; bits++) {
    const view = new DataView(new ArrayBuffer(2));
    view.setUint16(0, bits);
    const half = view.getFloat16(0);
    view.setUint16(0, bits + 1);
    const tie = (half + view.getFloat16(0)) / 2;
    given.push(half, -half, tie, tie * (1 + Number.EPSILON), tie * (1 - Number.EPSILON));
  }
  for (let i = 0; i < 20_000; i++) {
    given.push((Math.random() - 0.5) * 2 ** (40 * Math.random() - 25));
  }
  for (const number of given) assert.equal(float16Bits(number), expected(number), String(number));
  assert.equal(float16Bits(NaN), 0x7e00);
}

import { strict as assert } from "node:assert";
import { EarlierRows } from "../../../src/store/keys/held/earlier_rows.ts";
import { HeldRow } from "../../../src/store/keys/held/held_row.ts";
import { bytesOf, text } from "../open.ts";

/** A row whose every field tells its number. */
function row(number: number): HeldRow {
  const row = new HeldRow(),
    key = bytesOf(`key:${number}`),
    value = bytesOf("v".repeat(number % 500));
  row.key.set(key, 0, key.length);
  row.value.set(value, 0, value.length);
  return Object.assign(row, {
    space: number % 7 - 3,
    encoding: number % 5,
    expiresAtMs: number * 1.5,
    changes: number,
    isNew: number % 2 === 0,
    expiryChanged: number % 3 === 0,
    createdAtMs: 2 ** 41 + number,
    updatedAtMs: -number,
  });
}

const told = ({ key, value, ...rest }: HeldRow) => {
  return { ...rest, key: text(key.view()), value: text(value.view()) };
};

Deno.test("rows are kept as they were until there is no room for more, again and again", () => {
  const earlier = new EarlierRows(), read = new HeldRow();
  const counts: number[] = [];
  for (const most of [300_000, 300_000, 8000, 70_000.5, 1 << 20]) {
    const places: number[] = [];
    for (let number = 0;; number++) {
      const at = earlier.keep(row(number), most);
      if (at === -1) break;
      places.push(at);
    }
    counts.push(places.length);
    for (const [number, at] of places.entries()) {
      earlier.read(at, read);
      assert.deepEqual(told(read), told(row(number)));
    }
    earlier.clear();
  }
  const [first, second, small, middle, large] = counts;
  assert.equal(first, second);
  assert.ok(small! > 50 && small! < middle! && middle! < first! && first! < large!, `${counts}`);
});

import { strict as assert } from "node:assert";
import fc from "../../harness/properties.ts";
import { FLAG, HeldEntries } from "../../../src/store/keys/held/held_entries.ts";
import { HeldRow } from "../../../src/store/keys/held/held_row.ts";

/** What an entry says. */
interface Told {
  way: number;
  digits: number;
  earlierAt: number;
  isNew: boolean;
  expiryChanged: boolean;
  changes: number;
  createdAtMs: number;
  updatedAtMs: number;
}

/** What is told of an entry. */
function told(entries: HeldEntries, entry: number): Told {
  const row = new HeldRow();
  entries.fill(entry, row);
  const { isNew, expiryChanged, changes, createdAtMs, updatedAtMs } = row;
  return {
    way: entries.ways[entry]!,
    digits: entries.digits[entry]!,
    earlierAt: entries.earlierAt[entry]!,
    isNew,
    expiryChanged,
    changes,
    createdAtMs,
    updatedAtMs,
  };
}

Deno.test("entries tell what was noted of them, whichever go", () => {
  const action = fc.record({
    kind: fc.nat(9),
    at: fc.nat(),
    ms: fc.oneof(fc.nat(5000), fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
  });
  fc.assert(fc.property(fc.array(action, { maxLength: 200 }), fc.boolean(), (actions, dated) => {
    const entries = new HeldEntries(dated);
    const model: Told[] = [];
    for (const { kind, at, ms } of actions) {
      const entry = model.length === 0 ? -1 : at % model.length;
      if (kind < 4 || entry === -1) {
        if (!entries.takesTime(ms)) continue;
        const isNew = kind % 2 === 0, added = entries.add(at, isNew, ms);
        assert.equal(added, model.length);
        entries.digits[added] = at;
        entries.changed(added, ms);
        const [changes, createdAtMs, updatedAtMs] = dated
          ? [1, ms, ms] as const
          : [0, 0, 0] as const;
        const digits = at >>> 0, told = { way: at | 0, digits, earlierAt: 0, isNew };
        model.push({ ...told, expiryChanged: false, changes, createdAtMs, updatedAtMs });
      } else if (kind < 6) {
        if (entries.takeOut(entry)) model[entry] = model.at(-1)!;
        model.pop();
      } else if (kind < 8) {
        if (!entries.takesTime(ms)) continue;
        entries.changed(entry, ms);
        entries.flags[entry]! |= FLAG.EXPIRY_CHANGED;
        const was = model[entry]!;
        model[entry] = { ...was, expiryChanged: true };
        if (dated) {
          Object.assign(model[entry], { changes: was.changes + 1, updatedAtMs: ms });
        }
      } else {
        entries.markAll(FLAG.APART, kind === 8);
        for (let i = 0; i < model.length; i++) assert.equal(entries.has(i, FLAG.APART), kind === 8);
      }
      assert.equal(entries.count, model.length);
      model.forEach((expected, i) => assert.deepEqual(told(entries, i), expected));
    }
  }));
});

Deno.test("entries that are joined with what they were are told of as one", () => {
  const entries = new HeldEntries(true), earlier = new HeldRow();
  const entry = entries.add(7, false, 1000);
  entries.changed(entry, 1500);
  Object.assign(earlier, { isNew: true, expiryChanged: true, changes: 3, createdAtMs: 900 });
  entries.joinEarlier(entry, earlier);
  assert.deepEqual(told(entries, entry), {
    way: 7,
    digits: 0,
    earlierAt: 0,
    isNew: true,
    expiryChanged: true,
    changes: 4,
    createdAtMs: 900,
    updatedAtMs: 1500,
  });
});

Deno.test("there is room for thousands of entries, and what they tell stays", () => {
  const entries = new HeldEntries(true);
  for (let i = 0; i < 5000; i++) {
    entries.changed(entries.add(i, i % 2 === 0, i), i + 1);
    entries.digits[i] = 3 * i;
  }
  for (let i = 0; i < 5000; i++) {
    const expected = { way: i, digits: 3 * i, earlierAt: 0, isNew: i % 2 === 0 };
    const times = { expiryChanged: false, changes: 1, createdAtMs: i, updatedAtMs: i + 1 };
    assert.deepEqual(told(entries, i), { ...expected, ...times });
  }
});

import { strict as assert } from "node:assert";
import { Slice } from "../../../src/store/slice.ts";
import { DumpWriter } from "../../../src/store/rdb/writer.ts";
import { bytesOf, littleEndian, read, sealed, slice, string } from "./payloads.ts";
import { INTEGERS, randomNumbers, SCORES, strings } from "./random.ts";

const VALUES = strings(randomNumbers(7));
const UNIQUE = [...new Set(VALUES)];

/** The payload a fresh writer makes, as an array of its own. */
function written(fill: (writer: DumpWriter) => void, compress = true): Uint8Array {
  const writer = new DumpWriter(compress);
  fill(writer);
  return writer.finish().copy();
}

for (const compress of [true, false]) {
  const how = compress ? "with compression" : "without compression";

  Deno.test(`every string comes back from its payload, ${how}`, () => {
    for (const value of VALUES) {
      const payload = written((writer) => {
        writer.begin("string");
        writer.string(slice(value));
      }, compress);
      assert.deepEqual(read(payload), { kind: "string", count: 1, items: [[value]] });
    }
  });

  Deno.test(`a list comes back in its order, ${how}`, () => {
    const payload = written((writer) => {
      writer.begin("list");
      for (const value of VALUES) writer.element(slice(value));
    }, compress);
    const items = VALUES.map((value) => [value]);
    assert.deepEqual(read(payload), { kind: "list", count: VALUES.length, items });
  });

  Deno.test(`a set comes back in its order, ${how}`, () => {
    const payload = written((writer) => {
      writer.begin("set");
      for (const value of UNIQUE) writer.member(slice(value));
    }, compress);
    const items = UNIQUE.map((value) => [value]);
    assert.deepEqual(read(payload), { kind: "set", count: UNIQUE.length, items });
  });

  for (const compact of [true, false]) {
    const form = `${compact ? "compact" : "plain"}, ${how}`;

    Deno.test(`a sorted set comes back with exact scores, ${form}`, () => {
      const items = UNIQUE.map((value, i) => [value, String(SCORES[i % SCORES.length])]);
      const payload = written((writer) => {
        writer.begin("zset", { compact });
        for (const [member, score] of items) writer.scored(slice(member), Number(score));
      }, compress);
      assert.deepEqual(read(payload), { kind: "zset", count: UNIQUE.length, items });
    });

    Deno.test(`a hash comes back in its order, ${form}`, () => {
      const items = UNIQUE.map((value, i) => [value, UNIQUE[UNIQUE.length - 1 - i], "0"]);
      const payload = written((writer) => {
        writer.begin("hash", { compact });
        for (const [field, value] of items) writer.field(slice(field), slice(value));
      }, compress);
      assert.deepEqual(read(payload), { kind: "hash", count: UNIQUE.length, items });
    });
  }

  Deno.test(`fields that expire keep their times, ${how}`, () => {
    const earliestExpiryMs = 1_700_000_000_000;
    const latest = 2 ** 48 - 1;
    const later = [0, 1, 62, 63, 64, 16382, 16383, 2 ** 32 - 2, 2 ** 32, latest - earliestExpiryMs];
    const times = [0, ...later.map((ms) => earliestExpiryMs + ms)];
    const items = UNIQUE.map((value, i) => [value, "v", String(times[i % times.length])]);
    const payload = written((writer) => {
      writer.begin("hash", { compact: true, earliestExpiryMs });
      for (const [field, value, time] of items) {
        writer.field(slice(field), slice(value), Number(time));
      }
    }, compress);
    assert.equal(payload[0], 24);
    assert.equal(payload[payload.length - 10], 12);
    assert.deepEqual(read(payload), { kind: "hash", count: UNIQUE.length, items });
  });
}

Deno.test("a compact set is sorted, in the width its widest integer needs", () => {
  const sets: [number, string[]][] = [
    [2, ["32767", "-32768", "0"]],
    [4, ["32768", "5"]],
    [4, ["-32769", "5"]],
    [4, ["2147483647", "-2147483648"]],
    [8, ["2147483648", "5"]],
    [8, ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0"]],
  ];
  for (const [width, members] of sets) {
    const payload = written((writer) => {
      writer.begin("set", { compact: true });
      for (const member of members) writer.member(slice(member));
    }, false);
    const sorted = members.toSorted((a, b) => BigInt(a) < BigInt(b) ? -1 : 1);
    assert.deepEqual(read(payload).items, sorted.map((member) => [member]));
    assert.equal(payload[2], width);
  }
});

Deno.test("a hash whose fields expire is laid out as Redis 8 reads it", () => {
  const payload = written((writer) => {
    writer.begin("hash", { earliestExpiryMs: 1_700_000_000_000 });
    writer.field(slice("f"), slice("v"), 1_700_000_001_000);
    writer.field(slice("g"), slice("w"));
    writer.field(slice("h"), slice("5"), 1_700_000_000_000);
  });
  const fields = [[0x43, 0xe9, string("f"), string("v")], [0, string("g"), string("w")]];
  const last = [1, string("h"), 0xc0, 5];
  const body = bytesOf(24, littleEndian(1_700_000_000_000, 8), 3, fields, last);
  assert.deepEqual(payload, sealed(body, 12));
});

Deno.test("list elements beyond 8 KiB are nodes of their own between packed ones", () => {
  const values = ["a", "x".repeat(8193), "b", "x".repeat(8192), "c"];
  const payload = written((writer) => {
    writer.begin("list");
    for (const value of values) writer.element(slice(value));
  }, false);
  assert.deepEqual(read(payload).items, values.map((value) => [value]));
  // Packed "a", plain, packed "b", packed by itself, packed "c".
  assert.deepEqual([...payload.subarray(0, 3)], [18, 5, 2]);
});

Deno.test("one writer makes payload after payload, each as a fresh one would", () => {
  const fills: ((writer: DumpWriter) => void)[] = [
    (writer) => {
      writer.begin("list");
      for (const value of VALUES) writer.element(slice(value));
    },
    (writer) => {
      writer.begin("set", { compact: true });
      for (const member of ["3", "1", "2"]) writer.member(slice(member));
    },
    (writer) => {
      writer.begin("string");
      writer.string(new Slice(new Uint8Array(1_100_000)));
    },
    (writer) => {
      writer.begin("zset", { compact: true });
      writer.scored(slice("m"), 1.5);
    },
    (writer) => {
      writer.begin("hash", { compact: true });
      writer.field(slice("f"), slice("v"));
    },
    (writer) => {
      writer.begin("hash", { earliestExpiryMs: 5 });
      writer.field(slice("f"), slice("v"), 5);
    },
    (writer) => {
      writer.begin("hash");
      writer.field(slice("f"), slice("v"));
    },
  ];
  const reused = new DumpWriter();
  for (const fill of [...fills, ...fills.toReversed()]) {
    fill(reused);
    assert.deepEqual(reused.finish().copy(), written(fill));
  }
});

Deno.test("a payload given up half way leaves no trace in the next", () => {
  const writer = new DumpWriter();
  writer.begin("list");
  writer.element(slice("left over"));
  writer.begin("hash", { compact: true });
  writer.field(slice("f"), slice("v"));
  assert.deepEqual(read(writer.finish().copy()).items, [["f", "v", "0"]]);
});

Deno.test("the writer refuses what it cannot write", () => {
  const writer = new DumpWriter();
  for (const kind of ["string", "list", "set", "zset", "hash"] as const) {
    for (const compact of [false, true]) {
      writer.begin(kind, { compact });
      assert.throws(() => writer.finish(), TypeError, `an empty ${kind}`);
    }
  }
  writer.begin("hash");
  assert.throws(() => writer.element(slice("a")), TypeError);
  assert.throws(() => writer.string(slice("a")), TypeError);
  writer.begin("set", { compact: true });
  for (const text of ["a", "", "007", "9223372036854775808"]) {
    assert.throws(() => writer.member(slice(text)), TypeError, text);
  }
  writer.begin("hash", { earliestExpiryMs: 10 });
  assert.throws(() => writer.field(slice("f"), slice("v"), 9), RangeError);
});

Deno.test("digits that are not canonical integers stay as they are", () => {
  for (const text of INTEGERS) {
    const payload = written((writer) => {
      writer.begin("hash", { compact: true });
      writer.field(slice(text), slice(text));
    });
    assert.deepEqual(read(payload).items, [[text, text, "0"]]);
  }
});

import { strict as assert } from "node:assert";
import { narrow } from "../../../src/store/values/integers.ts";
import { Slice } from "../../../src/store/values/slice.ts";
import { DumpWriter } from "../../../src/store/rdb/writer.ts";
import { bytesOf, length64, littleEndian, read, sealed, slice, string } from "./payloads.ts";
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
        for (const [member, score] of items) writer.scored(slice(member!), Number(score));
      }, compress);
      assert.deepEqual(read(payload), { kind: "zset", count: UNIQUE.length, items });
    });

    Deno.test(`a hash comes back in its order, ${form}`, () => {
      const items = UNIQUE.map((value, i) => [value, UNIQUE[UNIQUE.length - 1 - i], "0"]);
      const payload = written((writer) => {
        writer.begin("hash", { compact });
        for (const [field, value] of items) writer.field(slice(field!), slice(value!));
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
        writer.field(slice(field!), slice(value!), Number(time));
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

Deno.test("an array comes back with its indexes and what was written last", () => {
  const limits = [63n, 2n ** 14n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 2n];
  const edges = limits.flatMap((limit) => [limit - 1n, limit]);
  const others = VALUES.slice(edges.length).map((_, i) => 2n ** 40n + BigInt(i));
  const indexes = [...edges, ...others].sort((a, b) => a < b ? -1 : 1);
  const items = indexes.map((index, i) => [String(index), VALUES[i]]);
  for (const lastInserted of [undefined, 0, 64, 2 ** 53 - 1, 1n << 53n, (1n << 64n) - 2n]) {
    for (const compress of [false, true]) {
      const payload = written((writer) => {
        writer.begin("array", { lastInserted });
        for (const [i, index] of indexes.entries()) {
          writer.indexed(narrow(index), slice(VALUES[i]!));
        }
      }, compress);
      const { lastInserted: cursor, ...contents } = read(payload);
      assert.deepEqual(contents, { kind: "array", count: VALUES.length, items });
      assert.equal(cursor, lastInserted);
    }
  }
});

Deno.test("an array is laid out as Redis 8.8 reads it", () => {
  const payload = written((writer) => {
    writer.begin("array", { lastInserted: 2 ** 40 });
    writer.indexed(0, slice("-5"));
    writer.indexed(100, slice("small"));
    writer.indexed(1n << 63n, slice("not small"));
    writer.indexed((1n << 63n) + 1n, slice(""));
    writer.indexed((1n << 63n) + 2n, slice("1.5"));
  }, false);
  const body = bytesOf(28, 5, 1, length64(2 ** 40), [
    [0, 1, littleEndian(-5, 8)],
    [0x40, 100, 3, string("small")],
    [length64(1n << 63n), 0, string("not small")],
    [length64((1n << 63n) + 1n), 3, string("")],
    // Left to Redis to make a double of.
    [length64((1n << 63n) + 2n), 0, string("1.5")],
  ]);
  assert.deepEqual(payload, sealed(body, 14));
});

Deno.test("integers of an array are written as such if they have 62 bits", () => {
  const least = -(1n << 61n), greatest = (1n << 61n) - 1n;
  for (const integer of [0n, -1n, least, greatest, least - 1n, greatest + 1n]) {
    const payload = written((writer) => {
      writer.begin("array");
      writer.indexed(0, slice(String(integer)));
    });
    const element = integer >= least && integer <= greatest
      ? [1, littleEndian(integer, 8)]
      : [0, string(String(integer))];
    assert.deepEqual(payload, sealed(bytesOf(28, 1, 0, 0, element), 14), String(integer));
  }
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
    (writer) => {
      writer.begin("array", { lastInserted: 1n << 62n });
      writer.indexed(7, slice("v"));
    },
    (writer) => {
      writer.begin("array");
      writer.indexed(7, slice("v"));
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
  for (const kind of ["string", "list", "set", "zset", "hash", "array"] as const) {
    for (const compact of [false, true]) {
      writer.begin(kind, { compact });
      assert.throws(() => writer.finish(), TypeError, `an empty ${kind}`);
    }
  }
  writer.begin("hash");
  assert.throws(() => writer.element(slice("a")), TypeError);
  assert.throws(() => writer.string(slice("a")), TypeError);
  assert.throws(() => writer.indexed(0, slice("a")), TypeError);
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

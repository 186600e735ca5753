import { strict as assert } from "node:assert";
import { bytes, testInMemory } from "../open.ts";

testInMemory("setbit, getbit and bitcount", (db) => {
  assert.equal(db.setbit("k", 7, 1), 0);
  assert.equal(db.setbit("k", 7, 0), 1);
  assert.equal(db.setbit(bytes("k"), 9, 1), 0);
  assert.deepEqual(db.bytes.get("k"), Uint8Array.of(0, 0x40));
  assert.equal(db.getbit("k", 9), 1);
  assert.equal(db.bytes.getbit("k", 4_000_000_000), 0);
  assert.equal(db.bitcount("k"), 1);
  assert.equal(db.bitcount("k", { start: 0, end: 0 }), 0);
  assert.equal(db.bitcount("k", { start: 9, end: -1, unit: "bit" }), 1);
});

testInMemory("bitpos takes a start, an end and a unit", (db) => {
  db.bytes.set("k", Uint8Array.of(0, 0xff, 0xf0));
  assert.equal(db.bitpos("k", 1), 8);
  assert.equal(db.bitpos("k", 1, { start: 2 }), 16);
  assert.equal(db.bitpos("k", 0, { start: 1, end: 1 }), -1);
  assert.equal(db.bitpos("k", 0, { end: 1 }), 0);
  assert.equal(db.bitpos("k", 1, { start: 10, unit: "bit" }), 10);
  assert.equal(db.bitpos("k", 1, { start: 0, end: 7, unit: "bit" }), -1);
});

testInMemory("bitop combines into a destination", (db) => {
  db.bytes.set("a", Uint8Array.of(0xf0));
  db.bytes.set("b", Uint8Array.of(0x3c, 0x01));
  const result = (operation: Parameters<typeof db.bitop>[0], ...keys: string[]) => {
    assert.equal(db.bitop(operation, "d", ...keys), operation === "not" ? 1 : 2);
    return [...db.bytes.get("d") ?? []];
  };
  assert.deepEqual(result("and", "a", "b"), [0x30, 0]);
  assert.deepEqual(result("or", "a", "b"), [0xfc, 1]);
  assert.deepEqual(result("xor", "a", "b"), [0xcc, 1]);
  assert.deepEqual(result("not", "a"), [0x0f]);
  assert.deepEqual(result("diff", "a", "b"), [0xc0, 0]);
  assert.deepEqual(result("diff1", "a", "b"), [0x0c, 1]);
  assert.deepEqual(result("andor", "a", "b"), [0x30, 0]);
  assert.deepEqual(result("one", "a", "b"), [0xcc, 1]);
});

testInMemory("bitfield takes operations as objects", (db) => {
  assert.deepEqual(
    db.bitfield(
      "k",
      { set: "u8", offset: 0, value: 200 },
      { incrby: "u8", offset: "#0", increment: 100 },
      { incrby: "u8", offset: 0, increment: 300, overflow: "sat" },
      { incrby: "u8", offset: 0, increment: 1, overflow: "fail" },
      { set: "i64", offset: "#1", value: -9223372036854775808n },
      { get: "i64", offset: 64 },
    ),
    [0, 44, 255, null, 0, -9223372036854775808n],
  );
  assert.deepEqual(db.bitfield_ro("k", { get: "u4", offset: 4 }, { get: "u1", offset: 64 }), [
    15,
    1,
  ]);
  assert.deepEqual(db.bitfield("absent"), []);
});

testInMemory("pfadd, pfcount and pfmerge", (db) => {
  assert.equal(db.pfadd("a", "x", bytes("y"), "z"), true);
  assert.equal(db.pfadd("a", bytes("x")), false);
  assert.equal(db.pfadd("b"), true);
  assert.equal(db.pfcount("a"), 3);
  db.pfadd("b", "z", "w");
  assert.equal(db.pfcount("a", "b", "absent"), 4);
  assert.equal(db.pfmerge("d", "a", "b"), undefined);
  assert.equal(db.pfcount("d"), 4);
  db.set("s", "text");
  assert.throws(() => db.pfcount("s"), {
    code: "WRONGTYPE",
    message: "Key is not a valid HyperLogLog string value.",
  });
});

testInMemory("pfdebug shows a representation, pfselftest passes", (db) => {
  db.pfadd("k");
  assert.equal(db.pfdebug("encoding", "k"), "sparse");
  assert.equal(db.bytes.pfdebug("decode", "k"), "Z:16384");
  assert.equal(db.pfdebug("todense", "k"), 1);
  assert.equal(db.pfdebug("encoding", "k"), "dense");
  db.pfadd("k", "a");
  assert.deepEqual(db.pfdebug("getreg", "k").filter((value) => value > 0), [2]);
  assert.equal(db.pfselftest(), undefined);
});

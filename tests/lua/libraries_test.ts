/** The libraries of scripts, on random values, against those of real servers. */

import { strict as assert } from "node:assert";
import fc from "fast-check";
import { named } from "../harness/lacking.ts";
import { type Command, format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { REAL_SERVERS } from "../scripting/real_servers.ts";

/** A Lua expression. */
type Expression = string;

const byteText = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 }).map((bytes) =>
  `"${bytes.map((byte) => `\\${String(byte).padStart(3, "0")}`).join("")}"`
);
const number: fc.Arbitrary<Expression> = fc.oneof(
  fc.integer({ min: -70000, max: 70000 }).map(String),
  fc.integer({ min: -(2 ** 53), max: 2 ** 53 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value)),
);
const scalar: fc.Arbitrary<Expression> = fc.oneof(
  byteText,
  number,
  fc.constantFrom("true", "false", "nil", "cjson.null"),
);
/** Beyond 64 bits C leaves open what comes. */
const whole = fc.integer({ min: -(2 ** 53), max: 2 ** 53 }).map(String);
/** Tables of one entry beside their items, for the order of more is the order of hashes. */
const value: fc.Arbitrary<Expression> =
  fc.letrec<{ value: Expression; table: Expression }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, scalar, tie("table")),
    table: fc.oneof(
      fc.array(tie("value"), { maxLength: 6 }).map((items) => `{${items.join(",")}}`),
      fc.tuple(byteText, tie("value")).map(([key, item]) => `{[${key}]=${item}}`),
      fc.tuple(fc.integer({ min: -3, max: 30 }), tie("value")).map(([key, item]) =>
        `{[${key}]=${item}}`
      ),
    ),
  })).value;

const json: fc.Arbitrary<string> = fc.oneof(
  fc.json(),
  fc.json().map((text) => text.slice(0, -1)),
  fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789.eE+-tfnull\\u00e9 ') }),
);

const format1 = fc.constantFrom(..."bBhHlLfdsI").chain((letter) =>
  fc.constantFrom("", "<", ">", "=").map((order) => `${order}${letter}`)
);

const quoted = (text: string) =>
  `"${[...new TextEncoder().encode(text)].map((b) => `\\${String(b).padStart(3, "0")}`).join("")}"`;

/** Writes a value with its fields in order, for the order in which `pairs` has them is each server's own. */
const SHOW = `local function show(v)
  if v ~= v then return 'nan' end
  if type(v) == 'number' then return string.format('%.17g', v) end
  if type(v) ~= 'table' then return type(v) .. tostring(v) end
  local parts = {}
  for key, item in pairs(v) do parts[#parts + 1] = show(key) .. '=' .. show(item) end
  table.sort(parts)
  return '{' .. table.concat(parts, ',') .. '}'
end`;

const CASES: Record<string, fc.Arbitrary<string>> = {
  "cjson.encode": value.map((lua) => `return {pcall(cjson.encode, ${lua})}`),
  "cjson.decode": json.map((text) =>
    `${SHOW} local ok, v = pcall(cjson.decode, ${quoted(text)})
     return {tostring(ok), show(v)}`
  ),
  "cmsgpack, there and back": value.map((lua) =>
    `local ok, packed = pcall(cmsgpack.pack, ${lua})
     if not ok then return packed end
     return {packed, cmsgpack.pack(cmsgpack.unpack(packed))}`
  ),
  "cmsgpack.unpack": byteText.map((bytes) =>
    `${SHOW} local r = {pcall(cmsgpack.unpack, ${bytes})}
     return {tostring(r[1]), #r, show(r[2]), #r > 2 and show(r[3])}`
  ),
  "struct": fc.tuple(format1, whole, byteText).map(([letter, given, bytes]) =>
    `local v = ${letter.endsWith("s") ? bytes : given}
     local ok, packed = pcall(struct.pack, "${letter}", v)
     if not ok then return packed end
     local u, at = struct.unpack("${letter}", packed)
     return {packed, tostring(u), at, struct.size("${letter.replace("s", "i")}")}`
  ),
  "bit": fc.tuple(
    fc.constantFrom("band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror"),
    number,
    number,
  ).map(([name, a, b]) => `return tostring(bit.${name}(${a}, ${b}))`),
  "bit of one": fc.tuple(fc.constantFrom("tobit", "bnot", "bswap", "tohex"), number).map((
    [name, a],
  ) => `return tostring(bit.${name}(${a}))`),
  "tostring and string.format": number.map((a) =>
    `return {tostring(${a}), string.format("%g %d %x %5.2f %q", ${a}, ${a} % 2^60, -(${a} % 2^60), ${a} % 1000, tostring(${a}))}`
  ),
};

for (const { name: server, lacking, start, plain } of REAL_SERVERS) {
  for (const [name, scripts] of Object.entries(CASES)) {
    Deno.test({
      ...named(`${name} on random values is as in ${server}`, lacking),
      async fn() {
        await using redlite = await startRedlite();
        await using redis = await start();
        await using ours = await redlite.connect();
        await using theirs = await redis.connect();
        // As bytes: the scripts are of ASCII, their literals escape the rest.
        const run = fc.asyncProperty(
          fc.array(scripts, { minLength: 20, maxLength: 20 }),
          async (all) => {
            const commands: Command[] = all.map((script) => ["EVAL", script, "0"]);
            const [answers, wanted] = await Promise.all([
              ours.pipeline(commands),
              theirs.pipeline(commands),
            ]);
            for (const [i, script] of all.entries()) {
              assert.equal(plain(format(answers[i]!)), plain(format(wanted[i]!)), script);
            }
          },
        );
        await fc.assert(run, { numRuns: 15 });
      },
    });
  }
}

/** The libraries of scripts, on random values, against those of real servers. */

import { strict as assert } from "node:assert";
import fc from "../harness/properties.ts";
import { named } from "../harness/lacking.ts";
import { type Command, format } from "../harness/resp_client.ts";
import { startRedlite } from "../harness/servers.ts";
import { shareServer } from "../harness/shared_servers.ts";
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

/** Numbers as text, of which some are none. */
const numeral = fc.oneof(
  fc.constantFrom(
    ...[
      "1e400",
      "-1e400",
      "1e-400",
      "0x1F",
      "0X1p4",
      "01",
      "-01",
      "-0",
      "+1",
      ".5",
      "5.",
      "1e",
      "1e+",
    ],
    ...[
      "NaN",
      "nan",
      "-nan",
      "Infinity",
      "-Infinity",
      "inf",
      "-inf",
      "INF",
      "infinit",
      "--1",
      "1_0",
      "0b1",
    ],
    ...[
      "9007199254740993",
      "18446744073709551616",
      "123456789012345678901234567890",
      "1E5",
      "1.5e3",
    ],
  ),
  fc.bigInt().map(String),
  fc.double().map(String),
  fc.tuple(fc.nat(), fc.integer({ min: -330, max: 330 })).map(([a, b]) => `${a}e${b}`),
);
/** What may stand between quotes, and what may not. */
const jsonString = fc.array(
  fc.constantFrom(
    ...["a", "\\n", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\ude00", "\\ud83d\\u0041"],
    ...[
      "\\u0000",
      "\\u12",
      "\\x41",
      "\\/",
      "\\b\\f\\r\\t",
      "\\",
      "\u0001",
      "\t",
      "é",
      "\u{1f600}",
      "\u007f",
    ],
  ),
  { maxLength: 5 },
).map((parts) => `"${parts.join("")}"`);
const depth = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.constantFrom(127, 128, 129, 999, 1000, 1001, 1002, 5000),
);
/** Items with gaps between them. */
const sparse = fc.uniqueArray(fc.integer({ min: -1, max: 60 }), { maxLength: 8 }).map((indexes) =>
  `{${indexes.map((index) => `[${index}]=${index}`).join(",")}}`
);
/** One setting of cjson, with values that it takes and others. */
const setting = fc.oneof(
  fc.tuple(
    fc.constantFrom("true", "false", "'on'", "'off'", "nil", "1"),
    fc.constantFrom(0, 1, 2, 10, -1),
    fc.constantFrom(0, 1, 3, 20, -1),
  ).map(([convert, ratio, safe]) => `cjson.encode_sparse_array(${convert}, ${ratio}, ${safe})`),
  fc.tuple(
    fc.constantFrom("encode_max_depth", "decode_max_depth"),
    fc.constantFrom("0", "1", "3", "20", "2147483648", "'5'", "'x'", ""),
  ).map(([name, value]) => `cjson.${name}(${value})`),
  fc.constantFrom("0", "1", "5", "14", "15", "16", "17", "'3'", "")
    .map((value) => `cjson.encode_number_precision(${value})`),
  fc.tuple(
    fc.constantFrom("encode_invalid_numbers", "decode_invalid_numbers", "encode_keep_buffer"),
    fc.constantFrom("true", "false", "'on'", "'off'", "'null'", "'x'", ""),
  ).map(([name, value]) => `cjson.${name}(${value})`),
);
/** As it is at first, for what a script sets the next one finds. */
const RESET = `cjson.encode_sparse_array(false, 2, 10) cjson.encode_max_depth(1000)
  cjson.decode_max_depth(1000) cjson.encode_number_precision(14)
  cjson.encode_invalid_numbers(false) cjson.decode_invalid_numbers(true) cjson.encode_keep_buffer(true)`;
/** Sizes on both sides of where MessagePack's formats change. */
const size = fc.constantFrom(0, 1, 15, 16, 31, 32, 33, 255, 256, 257, 65535, 65536, 65537);

const CASES: Record<string, fc.Arbitrary<string>> = {
  "cjson's settings": fc.tuple(
    setting,
    fc.oneof(value, sparse, fc.constantFrom("0/0", "1/0")),
    json,
  )
    .map(([setting, lua, text]) =>
      `${SHOW} ${RESET}
       local answers = {pcall(function() return ${setting} end)}
       for i = 1, 4 do answers[i] = tostring(answers[i]) end
       local encoded = {pcall(cjson.encode, ${lua})}
       local ok, decoded = pcall(cjson.decode, ${quoted(text)})
       ${RESET}
       return {answers, tostring(encoded[1]), encoded[2], tostring(ok), show(decoded)}`
    ),
  "cjson.encode of wide gaps": fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 5 })
    .map((indexes) =>
      `${RESET} cjson.encode_sparse_array(true, 0, 0)
       local r = {pcall(cjson.encode, {${indexes.map((index) => `[${index}] = {${index}}`)}})}
       ${RESET} return {tostring(r[1]), r[2]}`
    ),
  "cjson.encode of gaps": sparse.map((lua) => `return {pcall(cjson.encode, ${lua})}`),
  "cjson, however deep": fc.tuple(depth, fc.boolean()).map(([depth, closed]) =>
    `local v = 1
     for i = 1, ${depth} do v = i % 2 == 0 and {v} or {a = v} end
     local encoded = {pcall(cjson.encode, v)}
     local text = string.rep('[', ${depth}) .. ${closed ? `string.rep(']', ${depth})` : "''"}
     local ok, decoded = pcall(cjson.decode, text)
     local d = 0
     while ok and type(decoded) == 'table' do d, decoded = d + 1, decoded[1] end
     return {tostring(encoded[1]), encoded[2], tostring(ok), d, tostring(decoded)}`
  ),
  "cjson.decode of numbers": numeral.map((text) =>
    `local ok, v = pcall(cjson.decode, '[' .. ${quoted(text)} .. ']')
     return {tostring(ok), ok and string.format('%.17g', v[1]) or v}`
  ),
  "cjson.decode of strings": fc.tuple(jsonString, jsonString).map(([a, b]) =>
    `${SHOW} local r = {pcall(cjson.decode, ${quoted(`{${a}:${b}}`)})}
     return {tostring(r[1]), show(r[2])}`
  ),
  "cmsgpack of sizes": fc.tuple(size, size).map(([bytes, items]) =>
    `local t, m = {}, {}
     for i = 1, ${items} do t[i] = i % 100 end
     for i = 1, math.min(${items}, 300) do m['k' .. i] = i end
     local packed = cmsgpack.pack(string.rep('x', ${bytes}), t)
     local s, u = cmsgpack.unpack(packed)
     local back = cmsgpack.unpack(cmsgpack.pack(m))
     local n = 0
     for k, v in pairs(back) do n = n + (m[k] == v and 1 or 0) end
     return {redis.sha1hex(packed), #packed, #s, #u, n}`
  ),
  "cmsgpack.unpack of each kind of number": fc.tuple(
    fc.integer({ min: 0xca, max: 0xd3 }),
    fc.uint8Array({ minLength: 8, maxLength: 8 }),
  ).map(([kind, bytes]) =>
    `local _, v = cmsgpack.unpack_one("${
      [kind, ...bytes].map((byte) => `\\${String(byte).padStart(3, "0")}`).join("")
    }")
     return {string.format('%.17g', v), v == v and cmsgpack.pack(v) or 'the bits of a NaN are left open'}`
  ),
  "cmsgpack of several values, by offset and limit": fc.tuple(
    fc.array(scalar, { maxLength: 5 }),
    fc.integer({ min: -2, max: 8 }),
    fc.integer({ min: -2, max: 40 }),
  ).map(([values, limit, offset]) =>
    `local ok, packed = pcall(cmsgpack.pack, ${values.join(",")})
     if not ok then return packed end
     local answers = {packed}
     for _, of in ipairs({{cmsgpack.unpack_one, ${offset}}, {cmsgpack.unpack_limit, ${limit}, ${offset}}}) do
       local got = {pcall(of[1], packed, of[2], of[3])}
       local shown = {tostring(got[1])}
       for i = 2, 8 do shown[i] = got[i] == cjson.null and 'null' or tostring(got[i]) end
       answers[#answers + 1] = shown
     end
     return answers`
  ),
  "cmsgpack, however deep": fc.tuple(fc.integer({ min: 0, max: 40 }), fc.boolean()).map((
    [depth, map],
  ) =>
    `local v = 1
     for i = 1, ${depth} do v = ${map ? "{a = v}" : "{v}"} end
     local packed = cmsgpack.pack(v)
     return {packed, cmsgpack.pack(cmsgpack.unpack(packed))}`
  ),
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

const shared = shareServer("redlite", startRedlite);

for (const { name: server, lacking, start, plain } of REAL_SERVERS) {
  const real = lacking === undefined ? shareServer(server, start) : start;
  for (const [name, scripts] of Object.entries(CASES)) {
    Deno.test({
      ...named(`${name} on random values is as in ${server}`, lacking),
      async fn() {
        await using ours = await (await shared()).connect();
        await using theirs = await (await real()).connect();
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

Deno.test("a NaN out of JSON or bytes keeps its sign, however often it is read", async () => {
  await using redlite = await startRedlite();
  await using client = await redlite.connect();
  const script = `
    for i = 1, 5000 do
      local signs = {
        tostring(cjson.decode('[-nan]')[1]),
        tostring(cjson.decode('[nan]')[1]),
        tostring((struct.unpack('>d', '\\255\\248\\0\\0\\0\\0\\0\\0'))),
        tostring((struct.unpack('<f', '\\0\\0\\192\\127'))),
        tostring((cmsgpack.unpack('\\203\\255\\248\\0\\0\\0\\0\\0\\0'))),
        tostring((cmsgpack.unpack('\\202\\127\\192\\0\\0'))),
      }
      if table.concat(signs, ' ') ~= '-nan nan -nan nan -nan nan' then return signs end
    end
    return 'kept'`;
  assert.equal(format((await client.pipeline([["EVAL", script, "0"]]))[0]!), '"kept"');
});

/** Compares replies with what the scenario expects. */

/** Whether a reply is what is expected. Replies are buffers, numbers, arrays, objects, null or errors. */
export function fits(reply, expected) {
  if (
    expected !== null && typeof expected === "object" &&
    !Array.isArray(expected)
  ) {
    const [[form, wanted]] = Object.entries(expected);
    return FORMS[form](reply, wanted);
  }
  if (Array.isArray(expected)) {
    return Array.isArray(reply) && reply.length === expected.length &&
      expected.every((item, i) => fits(reply[i], item));
  }
  if (reply === null || expected === null) return reply === expected;
  return typeof reply !== "object" || Buffer.isBuffer(reply)
    ? String(reply) === String(expected)
    : false;
}

function mapOf(reply) {
  if (!Array.isArray(reply)) return new Map(Object.entries(reply));
  const map = new Map();
  for (let i = 0; i < reply.length; i += 2) {
    map.set(String(reply[i]), reply[i + 1]);
  }
  return map;
}

function has(reply, wanted) {
  const map = mapOf(reply);
  return Object.entries(wanted).every(([name, item]) => map.has(name) && fits(map.get(name), item));
}

const byText = (a, b) => String(a) < String(b) ? -1 : 1;

const FORMS = {
  any: (reply) => !(reply instanceof Error),
  error: (reply, code) => reply instanceof Error && reply.message.startsWith(code),
  has,
  hex: (reply, hex) => Buffer.from(hex, "hex").equals(Buffer.from(reply)),
  near: (reply, number) => Math.abs(Number(reply) - number) < 0.001,
  pairs: (reply, wanted) => mapOf(reply).size === Object.keys(wanted).length && has(reply, wanted),
  size: (reply, size) => reply.length === size,
  unordered: (reply, wanted) => fits([...reply].sort(byText), [...wanted].sort(byText)),
};

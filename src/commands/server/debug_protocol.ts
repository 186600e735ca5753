/** DEBUG PROTOCOL: one reply of each type the protocol has, for tests of clients. */

import { err } from "../../store/values/errors.ts";
import type { Reply } from "../../resp/reply.ts";
import type { Context } from "../table/command.ts";

function integers(reply: Reply): void {
  for (let i = 0; i < 3; i++) reply.integer(i);
}

const REPLIES: Readonly<Record<string, (reply: Reply) => void>> = {
  string: (reply) => reply.text("Hello World"),
  integer: (reply) => reply.integer(12345),
  double: (reply) => reply.double(3.141),
  bignum: (reply) => reply.bigNumber("1234567999999999999999999999999999999"),
  null: (reply) => reply.null(),
  array(reply) {
    reply.array(3);
    integers(reply);
  },
  set(reply) {
    reply.set(3);
    integers(reply);
  },
  map(reply) {
    reply.map(3);
    for (let i = 0; i < 3; i++) {
      reply.integer(i);
      reply.boolean(i === 1);
    }
  },
  attrib(reply) {
    if (reply.attribute(1)) {
      reply.text("key-popularity");
      reply.array(2);
      reply.text("key:123");
      reply.integer(90);
    }
    reply.text("Some real reply following the attribute");
  },
  push(reply) {
    if (reply.protocol === 2) throw err("RESP2 is not supported by this command");
    reply.push(2);
    reply.text("server-cpu-usage");
    reply.integer(42);
    // The push is no answer; this is.
    reply.text("Some real reply following the push reply");
  },
  verbatim: (reply) => reply.verbatim("txt", "This is a verbatim\nstring"),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
};

/** DEBUG PROTOCOL type. */
export function debugProtocol({ args, reply }: Context): void {
  const type = args.text(2).toLowerCase();
  const write = Object.hasOwn(REPLIES, type) ? REPLIES[type] : undefined;
  if (write === undefined) {
    throw err(
      "Wrong protocol type name. Please use one of the following: " +
        Object.keys(REPLIES).join("|"),
    );
  }
  write(reply);
}

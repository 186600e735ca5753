/** What `redis-cli` shows, as the README's sessions have it. */

import type { Reply } from "./resp_client.ts";

const decoder = new TextDecoder();

/** A reply as `redis-cli` prints it. */
export function shown(reply: Reply): string {
  switch (reply.type) {
    case "simple":
      return reply.value;
    case "integer":
      return `(integer) ${reply.value}`;
    case "bulk":
      return JSON.stringify(decoder.decode(reply.value));
    case "null-bulk":
      return "(nil)";
    case "array":
      return reply.items.map((item, i) => {
        const mark = `${i + 1}) `;
        return mark + shown(item).replaceAll("\n", `\n${" ".repeat(mark.length)}`);
      }).join("\n");
    default:
      throw new TypeError(`a reply of the type ${reply.type}`);
  }
}

/** Replies as text. */

import { line } from "../data/bytes.ts";
import { type Reply, ServerError } from "../data/resp.ts";

/** Elements that a line shows. */
const MOST = 20;

/** A reply as one line. */
export function replyLine(reply: Reply, most = 300): string {
  if (reply === null) return "nil";
  if (reply instanceof Uint8Array) return line(reply, most);
  if (reply instanceof ServerError) return reply.message;
  if (reply instanceof Array) {
    const shown = reply.slice(0, MOST).map((element) => replyLine(element, 60)).join(", ");
    return reply.length > MOST ? `${shown}, … ${reply.length} in all` : shown;
  }
  return String(reply);
}

/** A reply as the command line shows it: an element a line, and texts in quotes. */
export function replyText(reply: Reply, indent = ""): string {
  if (reply === null) return "(nil)";
  if (reply instanceof Uint8Array) return quoted(reply);
  if (reply instanceof ServerError) return `(error) ${reply.message}`;
  if (reply instanceof Array) {
    if (reply.length === 0) return "(empty)";
    const width = String(reply.length).length;
    return reply.map((element, i) => {
      const number = `${String(i + 1).padStart(width)}) `;
      const text = replyText(element, indent + " ".repeat(number.length));
      return (i === 0 ? "" : indent) + number + text;
    }).join("\n");
  }
  return `(integer) ${reply}`;
}

/** Characters of a text that are shown. */
const LONGEST = 20_000;

const quoted = (bytes: Uint8Array) => `"${line(bytes, LONGEST).replace(/"/g, '\\"')}"`;

/** In which form replies are answered: JSON with texts, JSON with base64, or RESP2 as it is. */

import type { Exchange } from "../exchange.ts";
import { JsonReplies, type TextForm } from "../json_replies.ts";
import { badRequest } from "../refusal.ts";

/** The form of an answer. */
export type Format = TextForm | "resp2";

const MINUS = 0x2d;

/** The form that a request asks for. @throws {HttpRefusal} If there is no such form. */
export function formatOf({ request: { headers } }: Exchange): Format {
  const encoding = headers.get("upstash-encoding");
  const format = headers.get("upstash-response-format");
  const base64 = encoding?.toLowerCase() === "base64";
  switch (format?.toLowerCase() ?? "json") {
    case "json":
      return base64 ? "base64" : "text";
    case "resp2":
      if (base64) throw badRequest("Upstash-Encoding base64 is of JSON, and not of resp2");
      return "resp2";
  }
  throw badRequest(`Upstash-Response-Format is json or resp2, not ${JSON.stringify(format)}`);
}

/**
 * Answers with replies.
 *
 * @param many Whether there is one, whose status is the answer's, or a list of them.
 */
export function respond(
  exchange: Exchange,
  format: Format,
  replies: Uint8Array,
  many: "one" | "each",
): Response {
  const status = many === "one" && replies[0] === MINUS ? 400 : 200;
  if (format === "resp2") {
    return exchange.answer(status, replies.slice(), "application/octet-stream");
  }
  const json = new JsonReplies(replies, format);
  if (many === "one") json.next();
  else json.all();
  return exchange.json(status, json.json);
}

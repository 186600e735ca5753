/** The JSON commands that tell of values without replying with all of them. */

import type { Reply } from "../../resp/reply.ts";
import { noDocument, noPath, noPathOr, wrongValue } from "../../store/json/errors.ts";
import { memoryOf } from "../../store/json/memory.ts";
import { compilePath } from "../../store/json/path/compile.ts";
import { valuesAt } from "../../store/json/path/evaluate.ts";
import { byteLength } from "../../store/json/text.ts";
import {
  asDouble,
  isInteger,
  isNumber,
  isSame,
  JsonArray,
  JsonObject,
  type JsonValue,
  typeName,
} from "../../store/json/values.ts";
import { err, wrongArity } from "../../store/values/errors.ts";
import type { Command, Context } from "../table/command.ts";
import { commandsOf } from "../table/define.ts";
import {
  documentToRead,
  isLegacy,
  jsonIntegerAt,
  pathTextAt,
  replyEach,
  strictJson,
  textAt,
} from "./arguments.ts";
import { replyNumber } from "./getting.ts";

const command = commandsOf("json");

function type(context: Context): void {
  const { args, reply } = context;
  const text = pathTextAt(args, 2);
  const document = documentToRead(context);
  // A map, so that an array in RESP3 is written only where the path can be read.
  const path = document && (isLegacy(text) ? legacyPath(text) : compilePath(text));
  if (reply.protocol === 3) reply.array(1);
  if (document === undefined || path === undefined) return reply.null();
  const values = valuesAt(path, document.root);
  if (!path.legacy) return replyEach(reply, values, (value) => reply.text(typeName(value)));
  const [value] = values;
  if (value === undefined) reply.null();
  else reply.text(typeName(value));
}

/** A legacy path; what cannot be read as one leads nowhere. */
function legacyPath(text: string) {
  try {
    return compilePath(text);
  } catch {
    return undefined;
  }
}

/** A length of what a path leads to, as JSON.ARRLEN and its kin tell it. */
function length(
  measure: (value: JsonValue) => number | undefined,
  refusals: {
    /** Without a document, by a path that is no legacy one. */
    readonly noDocument: (path: string) => Error;
    /** Where a legacy path leads nowhere; undefined for null. */
    readonly noPath?: (path: string, original: string) => Error;
    /** Where a legacy path leads to something else. */
    readonly other: (path: string, original: string, found: JsonValue) => Error;
  },
): (context: Context) => void {
  return (context) => {
    const { args, reply } = context;
    const text = pathTextAt(args, 2);
    const document = documentToRead(context);
    if (document === undefined) {
      if (isLegacy(text)) return reply.null();
      throw refusals.noDocument(text);
    }
    const path = compilePath(text);
    const values = valuesAt(path, document.root);
    if (!path.legacy) return replyEach(reply, values.map(measure), (size) => reply.integer(size));
    const [value] = values;
    if (value === undefined) {
      if (refusals.noPath === undefined) return reply.null();
      throw refusals.noPath(path.text, text);
    }
    const size = measure(value);
    if (size === undefined) throw refusals.other(path.text, text, value);
    reply.integer(size);
  };
}

const arrlen = length((value) => value instanceof JsonArray ? value.items.length : undefined, {
  noDocument,
  noPath: (_, original) => noPath(original),
  other: (_, original) => noPathOr(original, "not an array"),
});

const objlen = length((value) => value instanceof JsonObject ? value.keys.length : undefined, {
  noDocument: (path) => noPathOr(path, "not an object"),
  other: (_path, _original, found) => wrongValue("object", found),
});

const strlen = length((value) => typeof value === "string" ? byteLength(value) : undefined, {
  noDocument,
  noPath: (path) => noPath(path),
  other: (_path, _original, found) => wrongValue("string", found),
});

function objkeys(context: Context): void {
  const { args, reply } = context;
  const text = pathTextAt(args, 2);
  const document = documentToRead(context);
  if (document === undefined) {
    if (isLegacy(text)) return reply.null();
    throw noDocument();
  }
  const path = compilePath(text);
  const values = valuesAt(path, document.root);
  const replyKeys = ({ keys }: JsonObject) => replyEach(reply, keys, (key) => reply.text(key));
  if (!path.legacy) {
    const objects = values.map((value) => value instanceof JsonObject ? value : undefined);
    return replyEach(reply, objects, replyKeys);
  }
  const [value] = values;
  if (value === undefined) return reply.null();
  if (!(value instanceof JsonObject)) throw noPathOr(path.text, "not an object");
  replyKeys(value);
}

function arrindex(context: Context): void {
  const { args, reply } = context;
  const text = textAt(args, 2);
  const wanted = strictJson(textAt(args, 3));
  const start = args.count > 4 ? jsonIntegerAt(args, 4) : 0;
  const stop = args.count > 5 ? jsonIntegerAt(args, 5) : 0;
  if (args.count > 6) throw wrongArity("json.arrindex");
  const document = documentToRead(context);
  if (document === undefined) throw noPath(text);
  const path = compilePath(text);
  const values = valuesAt(path, document.root);
  if (!path.legacy) {
    const found = values.map((value) =>
      value instanceof JsonArray ? indexIn(value, wanted, start, stop) : undefined
    );
    return replyEach(reply, found, (index) => reply.integer(index));
  }
  const [value] = values;
  if (value === undefined) throw noPath(path.text);
  if (!(value instanceof JsonArray)) throw wrongValue("array", value);
  reply.integer(indexIn(value, wanted, start, stop));
}

/** Where a value is from one index up to another, where 0 is the end; -1 if it is not. */
function indexIn({ items }: JsonArray, wanted: JsonValue, start: number, stop: number): number {
  const { length } = items;
  const from = start < 0 ? Math.max(0, length + start) : Math.min(start, length - 1);
  const to = stop === 0 ? length : stop < 0 ? Math.max(0, length + stop) : Math.min(stop, length);
  for (let i = Math.max(0, from); i < to; i++) if (isSame(items[i]!, wanted, true)) return i;
  return -1;
}

function resp(context: Context): void {
  const { args, reply } = context;
  const text = pathTextAt(args, 2);
  const document = documentToRead(context);
  if (document === undefined) return reply.null();
  const path = compilePath(text);
  const values = valuesAt(path, document.root);
  if (!path.legacy) {
    return replyEach(
      reply,
      values.map((value) => ({ value })),
      ({ value }) => replyResp(reply, value),
    );
  }
  const [value] = values;
  if (value === undefined) throw noPath(path.text);
  replyResp(reply, value);
}

function replyResp(reply: Reply, value: JsonValue): void {
  if (value === null) return reply.null();
  if (typeof value === "boolean") return reply.status(String(value));
  if (typeof value === "string") return reply.text(value);
  if (isNumber(value)) {
    return isInteger(value) ? replyNumber(reply, value) : reply.double(asDouble(value));
  }
  if (value instanceof JsonArray) {
    reply.array(1 + value.items.length);
    reply.status("[");
    for (const item of value.items) replyResp(reply, item);
    return;
  }
  reply.array(1 + 2 * value.keys.length);
  reply.status("{");
  for (const [i, key] of value.keys.entries()) {
    reply.text(key);
    replyResp(reply, value.items[i]!);
  }
}

const HELP = [
  "MEMORY <key> [path] - reports memory usage",
  "HELP                - this message",
];

function debugMemory(context: Context): void {
  const { args, reply } = context;
  const text = pathTextAt(args, 3);
  const document = documentToRead(context, 2);
  if (document === undefined) return isLegacy(text) ? reply.integer(0) : reply.array(0);
  const path = compilePath(text);
  const values = valuesAt(path, document.root);
  if (!path.legacy) {
    return replyEach(reply, values.map(memoryOf), (bytes) => reply.integer(bytes));
  }
  const [value] = values;
  if (value === undefined) throw noPath(path.text);
  reply.integer(memoryOf(value));
}

function debugHelp({ reply }: Context): void {
  reply.array(HELP.length);
  for (const line of HELP) reply.text(line);
}

function debug(): void {
  throw err("unknown subcommand - try `JSON.DEBUG HELP`");
}

const reading = { since: "1.0.0", flags: "readonly", acl: "json", keys: ["1 RO access"] } as const;
const LINEAR =
  "O(1) for one value; O(N) in the size of the document where the path leads to several";

/** The commands that tell of values. */
export const inspectingCommands: readonly Command[] = [
  command("JSON.ARRINDEX key path value [start [stop]]", {
    ...reading,
    arity: -4,
    complexity: "O(N) in the size of the arrays",
    summary: "Returns the index of the first element that is a value.",
  }, arrindex),
  command("JSON.ARRLEN key [path]", {
    ...reading,
    arity: -2,
    complexity: LINEAR,
    summary: "Returns the number of elements of arrays.",
  }, arrlen),
  command(
    "JSON.DEBUG",
    {
      since: "1.0.0",
      arity: -2,
      summary: "Tells how values are held.",
    },
    debug,
    [
      command("JSON.DEBUG HELP", {
        since: "1.0.0",
        arity: -2,
        summary: "Lists the subcommands.",
      }, debugHelp),
      command("JSON.DEBUG MEMORY key [path]", {
        ...reading,
        arity: -3,
        keys: ["2 RO access"],
        complexity: "O(N) in the size of the values",
        summary: "Returns how many bytes values would take in RedisJSON.",
      }, debugMemory),
    ],
  ),
  command("JSON.OBJKEYS key [path]", {
    ...reading,
    arity: -2,
    complexity: "O(N) in the number of names",
    summary: "Returns the names in objects.",
  }, objkeys),
  command("JSON.OBJLEN key [path]", {
    ...reading,
    arity: -2,
    complexity: LINEAR,
    summary: "Returns the number of members of objects.",
  }, objlen),
  command("JSON.RESP key [path]", {
    ...reading,
    arity: -2,
    complexity: "O(N) in the size of the values",
    summary: "Returns values as replies of their own kinds.",
  }, resp),
  command("JSON.STRLEN key [path]", {
    ...reading,
    arity: -2,
    complexity: LINEAR,
    summary: "Returns the length of strings in bytes.",
  }, strlen),
  command("JSON.TYPE key [path]", {
    ...reading,
    arity: -2,
    complexity: LINEAR,
    summary: "Returns the types of values.",
  }, type),
];

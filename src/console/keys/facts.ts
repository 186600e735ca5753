/** What is known of the keys that are in sight: types, times to live, sizes. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Console, useConsole } from "../app/console.ts";
import { bytesOf, type ByteString } from "../data/bytes.ts";
import { fields, number, text } from "../data/replies.ts";
import { type Reply, ServerError } from "../data/resp.ts";

/** What is known of a key. */
export interface KeyFacts {
  readonly type: string;
  /** Milliseconds that it has left; undefined if it stays. */
  readonly ttlMs: number | undefined;
  readonly bytes: number | undefined;
  readonly length: number | undefined;
  readonly encoding: string;
  /** What is recorded of it: `off`, or the level that says so. */
  readonly history: string;
}

/** Milliseconds that the rows must stand still for. */
const STILL_MS = 60;

function factsOf(reply: Reply | undefined): KeyFacts | undefined {
  if (reply === null || reply === undefined || reply instanceof ServerError) return undefined;
  const told = fields(reply);
  const optional = (name: string) => {
    const value = told.get(name);
    return value === null ? undefined : number(value);
  };
  return {
    type: text(told.get("type")),
    ttlMs: optional("ttl"),
    bytes: optional("bytes"),
    length: optional("length"),
    encoding: text(told.get("encoding")),
    history: text(told.get("history")),
  };
}

/** What KEYINFO tells of keys; nothing of those that are gone or not for this user. */
export async function keyFacts(
  console: Console,
  keys: readonly ByteString[],
  signal?: AbortSignal,
): Promise<(KeyFacts | undefined)[]> {
  const replies = await console.run(keys.map((key) => ["KEYINFO", bytesOf(key)]), signal);
  return replies.map(factsOf);
}

/** Facts of keys as they come in sight. @param round What they are of: another one begins anew. */
export function useFacts(round: unknown) {
  const console = useConsole();
  const known = useRef(new Map<ByteString, KeyFacts | undefined>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [, setChange] = useState(0);
  useEffect(() => {
    known.current = new Map();
    return () => clearTimeout(timer.current);
  }, [round]);
  const want = useCallback((keys: readonly ByteString[]) => {
    const map = known.current;
    const unknown = keys.filter((key) => !map.has(key));
    if (unknown.length === 0) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(async () => {
      const facts = await keyFacts(console, unknown).catch(() => undefined);
      facts?.forEach((fact, i) => map.set(unknown[i]!, fact));
      setChange((change) => change + 1);
    }, STILL_MS);
  }, [console]);
  return { of: (key: ByteString) => known.current.get(key), want };
}

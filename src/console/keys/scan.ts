/** Finds keys by SCAN, a piece at a time: no command takes long, and a look can be broken off. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { type ByteString, byteString } from "../data/bytes.ts";
import { NotSignedIn } from "../data/connection.ts";
import { bytes, page } from "../data/replies.ts";
import { messageOf } from "../ui/loaded.tsx";

/** Keys that one command looks at. */
const PIECE = 5000;
/** Keys after which what was found is shown, once the first of them are. */
const SHOWN = 4 * PIECE;
/** Keys that are looked at before the user is asked whether to go on. */
const AT_FIRST = 50_000;

/** What is looked for. */
export interface Sought {
  readonly pattern: string;
  /** A type; empty for all. */
  readonly type: string;
}

/** How far a look has come. */
export interface Scan {
  /** What was found, in the order of bytes. */
  readonly keys: readonly ByteString[];
  /** Keys that were looked at. */
  readonly looked: number;
  readonly isRunning: boolean;
  readonly isComplete: boolean;
  readonly error: string | undefined;
}

const NOTHING: Scan = { keys: [], looked: 0, isRunning: true, isComplete: false, error: undefined };

/** The walk behind a {@linkcode Scan}. */
interface Walk {
  cursor: string;
  looked: number;
  readonly keys: ByteString[];
  readonly abort: AbortController;
}

/** Looks for keys. */
export function useScan({ pattern, type }: Sought, round: number) {
  const console = useConsole();
  const [scan, setScan] = useState(NOTHING);
  const walk = useRef<Walk | undefined>(undefined);

  const run = useCallback(async (walk: Walk, until: number) => {
    const options = [
      ...pattern === "" ? [] : ["MATCH", pattern],
      ...type === "" ? [] : ["TYPE", type],
    ];
    const { signal } = walk.abort;
    const show = (isRunning: boolean, error?: string) => {
      if (signal.aborted) return;
      const { keys, looked, cursor } = walk;
      setScan({
        keys: [...keys],
        looked,
        isRunning,
        isComplete: cursor === "0" && looked > 0,
        error,
      });
    };
    try {
      do {
        const reply = await console.one(
          ["SCAN", walk.cursor, "COUNT", PIECE, ...options],
          signal,
        );
        const { cursor, found } = page(reply);
        walk.cursor = cursor;
        walk.looked += PIECE;
        for (const key of found) walk.keys.push(byteString(bytes(key)));
        if (walk.looked === PIECE || walk.looked % SHOWN === 0) show(true);
      } while (walk.cursor !== "0" && walk.looked < until && !signal.aborted);
      show(false);
    } catch (error) {
      if (!(error instanceof NotSignedIn)) show(false, messageOf(error));
    }
  }, [console, pattern, type]);

  useEffect(() => {
    const begun: Walk = { cursor: "0", looked: 0, keys: [], abort: new AbortController() };
    walk.current = begun;
    setScan(NOTHING);
    void run(begun, AT_FIRST);
    return () => begun.abort.abort();
  }, [run, round]);

  /** Goes on: with as many keys again, or to the end. */
  const goOn = (toTheEnd: boolean) => {
    const { current } = walk;
    if (current === undefined || scan.isRunning || scan.isComplete) return;
    setScan((scan) => ({ ...scan, isRunning: true }));
    void run(current, toTheEnd ? Infinity : current.looked + AT_FIRST);
  };
  /** Breaks it off; it can go on later. */
  const stop = () => {
    const { current } = walk;
    if (current === undefined) return;
    current.abort.abort();
    walk.current = { ...current, abort: new AbortController() };
    setScan((scan) => ({ ...scan, isRunning: false }));
  };
  return { ...scan, goOn, stop };
}

/** What is fetched: while it comes, when it has come, and when it has not. */

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { NotSignedIn } from "../data/connection.ts";

/** Something that is fetched. */
export interface Loaded<Value> {
  /** What came last. */
  readonly value: Value | undefined;
  readonly error: string | undefined;
  /** Whether it is being fetched. */
  readonly isLoading: boolean;
  /** Fetches it anew. */
  readonly again: () => void;
}

/** The words of what was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Fetches something, and anew whenever what it hangs on changes.
 *
 * @param on What it hangs on. What is there is kept meanwhile if only the last of it changes.
 */
export function useLoaded<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  on: readonly unknown[],
): Loaded<Value> {
  const [state, setState] = useState<Omit<Loaded<Value>, "again">>({
    value: undefined,
    error: undefined,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const abort = new AbortController();
    setState(({ value }) => ({ value, error: undefined, isLoading: true }));
    latest.current(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setState({ value, error: undefined, isLoading: false });
      },
      (error) => {
        if (abort.signal.aborted || error instanceof NotSignedIn) return;
        setState({ value: undefined, error: messageOf(error), isLoading: false });
      },
    );
    return () => abort.abort();
  }, [...on, round]);
  return { ...state, again: useCallback(() => setRound((round) => round + 1), []) };
}

/** Fetches something now and every so often, while it is looked at. */
export function usePolled<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  everyMs: number,
  on: readonly unknown[] = [],
): Loaded<Value> {
  const loaded = useLoaded(load, on);
  const { isLoading, again } = loaded;
  useEffect(() => {
    if (isLoading) return;
    const timer = setTimeout(again, everyMs);
    return () => clearTimeout(timer);
  }, [isLoading, again, everyMs]);
  return loaded;
}

/** Shows what has been fetched, or what there is instead. */
export function Show<Value>({ of, children }: {
  readonly of: Loaded<Value>;
  readonly children: (value: Value) => ComponentChildren;
}) {
  if (of.error !== undefined) return <p class="error" role="alert">{of.error}</p>;
  if (of.value === undefined) return <p class="quiet loading" role="status">Loading…</p>;
  return <>{children(of.value)}</>;
}

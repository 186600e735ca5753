/** The history of a key: a timeline, what it held at any moment of it, and the way back. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { ConsoleContext, useConsole } from "../app/console.ts";
import { bytesOf, type ByteString } from "../data/bytes.ts";
import { ServerError } from "../data/resp.ts";
import { count, moment } from "../data/units.ts";
import { keyFacts } from "../keys/facts.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { ValueView } from "../values/value_view.tsx";
import { Changes } from "./changes.tsx";
import { DifferenceView } from "./difference.tsx";
import { type Change, changesOf, consoleAt, differenceOf, MOST } from "./timeline.ts";

/** Milliseconds that the slider must stand still for. */
const STILL_MS = 90;

/** @param onReverted Is called when the key has been given what it held before. */
export function HistoryView({ name, onReverted }: {
  readonly name: ByteString;
  readonly onReverted: () => void;
}) {
  const console = useConsole();
  const changes = useLoaded((signal) => changesOf(console, name, signal), [name]);
  const enable = async () => {
    if (await console.change(["HISTORY", "ENABLE", "KEY", bytesOf(name)])) {
      console.tell("What happens to this key is recorded from now on.");
    }
  };
  return (
    <Show of={changes}>
      {(changes) =>
        changes.length === 0
          ? (
            <div class="actions">
              <p class="quiet">Nothing is recorded of this key.</p>
              {console.may("history|enable") && (
                <button type="button" onClick={enable}>Record it from now on</button>
              )}
            </div>
          )
          : <Timeline key={changes.length} name={name} changes={changes} onReverted={onReverted} />}
    </Show>
  );
}

function Timeline({ name, changes, onReverted }: {
  readonly name: ByteString;
  readonly changes: readonly Change[];
  readonly onReverted: () => void;
}) {
  const console = useConsole();
  const first = changes[0]!, last = changes.at(-1)!;
  const [slider, setSlider] = useState(last.atMs);
  const [atMs, setAtMs] = useState(last.atMs);
  useEffect(() => {
    const timer = setTimeout(() => setAtMs(slider), STILL_MS);
    return () => clearTimeout(timer);
  }, [slider]);
  const index = changes.findLastIndex((change) => change.atMs <= slider);
  const goTo = (change: Change | undefined) => change && setSlider(change.atMs);
  const revert = async () => {
    const sure = await console.ask({
      title: "Bring this back?",
      text: `The key gets what it held at ${moment(slider)}. That is a change like any other, ` +
        "so it can be taken back the same way if the key is recorded.",
      action: "Bring back",
    });
    if (sure && await console.change(["HISTORY", "REVERT", bytesOf(name), slider])) onReverted();
  };
  const span = Math.max(1, last.atMs - first.atMs);
  return (
    <>
      <div class="timeline card">
        <svg class="ticks" viewBox="0 0 1000 18" preserveAspectRatio="none" aria-hidden="true">
          {changes.map(({ atMs, version }, i) => (
            <rect
              key={version}
              class={i === index ? "tick now" : "tick"}
              x={(atMs - first.atMs) / span * 994}
              y="2"
              width={i === index ? 6 : 3}
              height="14"
            />
          ))}
        </svg>
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={moment(slider)}
          min={first.atMs}
          max={last.atMs}
          step="1"
          value={slider}
          onInput={({ currentTarget }) => setSlider(currentTarget.valueAsNumber)}
        />
        <div class="actions">
          <button
            type="button"
            class="small"
            disabled={index <= 0}
            onClick={() => goTo(changes[index - 1])}
          >
            ← Change before
          </button>
          <button
            type="button"
            class="small"
            disabled={index >= changes.length - 1}
            onClick={() => goTo(changes[index + 1])}
          >
            Change after →
          </button>
          <strong class="number">{moment(slider)}</strong>
          <span class="quiet">
            change {count(index + 1)} of {count(changes.length)}
            {changes.length === MOST && ", the latest"}
          </span>
          {console.may("history|revert") && (
            <button type="button" class="small primary" onClick={revert}>Bring back</button>
          )}
        </div>
      </div>
      <Then key={atMs} name={name} atMs={atMs} changes={changes} />
      <details>
        <summary>All changes</summary>
        <Changes changes={changes} current={index} onChosen={goTo} />
      </details>
    </>
  );
}

/** What it held then, and what the change did. */
function Then({ name, atMs, changes }: {
  readonly name: ByteString;
  readonly atMs: number;
  readonly changes: readonly Change[];
}) {
  const now = useConsole();
  const then = useMemo(() => consoleAt(now, atMs), [now, atMs]);
  const facts = useLoaded(async (signal) => ({
    known: (await keyFacts(then, [name], signal))[0],
  }), [name, atMs]);
  const index = changes.findLastIndex((change) => change.atMs <= atMs);
  const before = changes.findLast((change) => change.atMs < (changes[index]?.atMs ?? 0));
  const [against, setAgainst] = useState<"before" | "now">("before");
  const difference = useLoaded(async (signal) => {
    if (against === "now") {
      return { found: await differenceOf(now, name, atMs, Date.now(), signal) };
    }
    const fromMs = before?.atMs ?? (changes[index]?.atMs ?? atMs) - 1;
    const found = await differenceOf(now, name, fromMs, atMs, signal).catch((error) => {
      // The past may begin with this change.
      if (before !== undefined || !(error instanceof ServerError)) throw error;
    });
    return { found };
  }, [name, atMs, against]);
  return (
    <div class="then">
      <section aria-label="What it held">
        <h2>It held</h2>
        <Show of={facts}>
          {({ known }) =>
            known === undefined
              ? <p class="quiet">Nothing: there was no such key.</p>
              : (
                <ConsoleContext.Provider value={then}>
                  <ValueView name={name} facts={known} onChanged={() => {}} />
                </ConsoleContext.Provider>
              )}
        </Show>
      </section>
      <section aria-label="Differences">
        <h2>
          Differences{" "}
          <select
            aria-label="Against"
            value={against}
            onChange={({ currentTarget: { value } }) =>
              setAgainst(value === "now" ? "now" : "before")}
          >
            <option value="before">from the change before</option>
            <option value="now">to what it holds now</option>
          </select>
        </h2>
        <Show of={difference}>
          {({ found }) =>
            found === undefined
              ? <p class="quiet">Nothing is known of the time before.</p>
              : <DifferenceView difference={found} />}
        </Show>
      </section>
    </div>
  );
}

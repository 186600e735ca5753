/** Filters and sketches: what they say of themselves, and what they say when asked. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes, groups, list, number } from "../data/replies.ts";
import type { Argument, Command } from "../data/resp.ts";
import { Chart } from "../ui/chart.tsx";
import { messageOf, Show, useLoaded } from "../ui/loaded.tsx";
import { replyLine } from "../ui/reply_text.ts";
import { AddElement } from "./add_element.tsx";
import { InfoTable } from "./info_table.tsx";
import type { ValueProps } from "./value_props.ts";

interface Kind {
  readonly info: string;
  /** Asks about an item. */
  readonly query: (key: Argument, item: string) => Command;
  /** Takes one in. */
  readonly add: (key: Argument, item: string) => Command;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "MBbloom--": {
    info: "BF.INFO",
    query: (key, item) => ["BF.EXISTS", key, item],
    add: (key, item) => ["BF.ADD", key, item],
  },
  "MBbloomCF": {
    info: "CF.INFO",
    query: (key, item) => ["CF.COUNT", key, item],
    add: (key, item) => ["CF.ADD", key, item],
  },
  "CMSk-TYPE": {
    info: "CMS.INFO",
    query: (key, item) => ["CMS.QUERY", key, item],
    add: (key, item) => ["CMS.INCRBY", key, item, 1],
  },
  "TopK-TYPE": {
    info: "TOPK.INFO",
    query: (key, item) => ["TOPK.QUERY", key, item],
    add: (key, item) => ["TOPK.ADD", key, item],
  },
  "TDIS-TYPE": {
    info: "TDIGEST.INFO",
    query: (key, item) => ["TDIGEST.RANK", key, item],
    add: (key, item) => ["TDIGEST.ADD", key, item],
  },
};

/** The view. */
export function SketchView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const kind = KINDS[facts.type];
  const [item, setItem] = useState("");
  const [answer, setAnswer] = useState("");
  if (kind === undefined) return null;
  const addName = String(kind.add(key, "")[0]).toLowerCase();
  return (
    <>
      <form
        class="tools"
        onSubmit={async (event) => {
          event.preventDefault();
          const command = kind.query(key, item);
          setAnswer(
            await console.one(command).then(
              (reply) => `${command[0]}: ${replyLine(reply)}`,
              messageOf,
            ),
          );
        }}
      >
        <input
          aria-label="Item"
          placeholder="Ask about an item"
          value={item}
          onInput={({ currentTarget }) => setItem(currentTarget.value)}
        />
        <button type="submit">Ask</button>
        <output>{answer}</output>
      </form>
      {console.may(addName) && (
        <AddElement
          labels={["New item"]}
          command={(item) => kind.add(key, item!)}
          onAdded={onChanged}
        />
      )}
      {facts.type === "TopK-TYPE" && <TopItems name={name} facts={facts} />}
      {facts.type === "TDIS-TYPE" && <Quantiles name={name} facts={facts} />}
      <InfoTable name={name} command={kind.info} on={facts} />
    </>
  );
}

type Shown = Pick<ValueProps, "name" | "facts">;

function TopItems({ name, facts }: Shown) {
  const console = useConsole();
  const loaded = useLoaded(
    async (signal) =>
      groups(await console.one(["TOPK.LIST", bytesOf(name), "WITHCOUNT"], signal), 2),
    [name, facts],
  );
  return (
    <Show of={loaded}>
      {(items) => (
        <ol class="card top-items">
          {items.map(([item, times], i) => (
            <li key={i}>
              <bdi>{replyLine(bytes(item))}</bdi> <span class="quiet">{number(times)}</span>
            </li>
          ))}
        </ol>
      )}
    </Show>
  );
}

const STEPS = Array.from({ length: 101 }, (_, i) => i / 100);

function Quantiles({ name, facts }: Shown) {
  const console = useConsole();
  const loaded = useLoaded(
    async (signal) =>
      list(await console.one(["TDIGEST.QUANTILE", bytesOf(name), ...STEPS], signal)).map(number),
    [name, facts],
  );
  return (
    <Show of={loaded}>
      {(values) => (
        <Chart
          label="Quantiles"
          isTime={false}
          xs={STEPS}
          series={[{
            label: "value",
            values: values.map((value) => Number.isFinite(value) ? value : null),
          }]}
        />
      )}
    </Show>
  );
}

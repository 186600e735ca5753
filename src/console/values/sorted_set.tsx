/** Sorted sets: members with their scores. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf, roughText } from "../data/bytes.ts";
import { bytes, groups, page, text } from "../data/replies.ts";
import type { Reply } from "../data/resp.ts";
import { AddElement } from "./add_element.tsx";
import { ElementTable } from "./element_table.tsx";
import { Filter } from "./filter.tsx";
import { GeoMap } from "./geo_map.tsx";
import { PAGE, type Pages, SOUGHT, useCursors, usePositions } from "./pages.ts";
import type { ValueProps } from "./value_props.ts";

interface Row {
  readonly member: Uint8Array;
  readonly score: Uint8Array;
}

const rowsOf = (reply: Reply | undefined): Row[] =>
  groups(reply, 2).map(([member, score]) => ({
    member: bytes(member),
    score: new TextEncoder().encode(text(score)),
  }));

/** The view. */
export function SortedSetView({ name, facts, onChanged }: ValueProps) {
  const [pattern, setPattern] = useState("");
  const [reversed, setReversed] = useState(false);
  const [isMap, setMap] = useState(false);
  if (isMap) {
    return (
      <>
        <MapSwitch isMap onSwitch={() => setMap(false)} />
        <GeoMap name={name} facts={facts} onChanged={onChanged} />
      </>
    );
  }
  return (
    <>
      <MapSwitch isMap={false} onSwitch={() => setMap(true)} />
      {(facts.length ?? 0) > PAGE && <Filter label="Find members" onChange={setPattern} />}
      {pattern === ""
        ? (
          <ByRank
            key={String(reversed)}
            name={name}
            facts={facts}
            reversed={reversed}
            onReverse={() => setReversed(!reversed)}
            onChanged={onChanged}
          />
        )
        : <ByPattern name={name} facts={facts} pattern={pattern} onChanged={onChanged} />}
    </>
  );
}

function MapSwitch({ isMap, onSwitch }: {
  readonly isMap: boolean;
  readonly onSwitch: () => void;
}) {
  return (
    <div class="forms" role="group" aria-label="Scores as">
      <button type="button" class="small" aria-pressed={!isMap} onClick={() => isMap && onSwitch()}>
        Scores
      </button>
      <button type="button" class="small" aria-pressed={isMap} onClick={() => isMap || onSwitch()}>
        Map
      </button>
    </div>
  );
}

function ByRank({ reversed, onReverse, ...props }: ValueProps & {
  readonly reversed: boolean;
  readonly onReverse: () => void;
}) {
  const console = useConsole();
  const { name, facts } = props;
  const total = facts.length ?? 0;
  const pages = usePositions<Row>(total, async (from, to, signal) =>
    rowsOf(
      await console.one(
        ["ZRANGE", bytesOf(name), from, to, ...reversed ? ["REV"] : [], "WITHSCORES"],
        signal,
      ),
    ), [name, total, reversed]);
  return (
    <>
      <Members {...props} pages={pages} order={{ reversed, onReverse }} />
    </>
  );
}

function ByPattern({ pattern, ...props }: ValueProps & { readonly pattern: string }) {
  const console = useConsole();
  const pages = useCursors<Row>(async (cursor, signal) => {
    const reply = await console.one(
      ["ZSCAN", bytesOf(props.name), cursor, "COUNT", SOUGHT, "MATCH", pattern],
      signal,
    );
    const { cursor: next, found } = page(reply);
    return { cursor: next, rows: rowsOf(found) };
  }, [props.name, pattern]);
  return <Members {...props} pages={pages} />;
}

interface Order {
  readonly reversed: boolean;
  readonly onReverse: () => void;
}

function Members({ name, facts, onChanged, pages, order }: ValueProps & {
  readonly pages: Pages<Row>;
  readonly order?: Order;
}) {
  const console = useConsole();
  const key = bytesOf(name);
  const mayChange = console.may("zadd");
  return (
    <>
      <div class="tool-row">
        {order && (
          <button type="button" onClick={order.onReverse}>
            {order.reversed ? "Highest first" : "Lowest first"}
          </button>
        )}
        {mayChange && (
          <AddElement
            labels={["Member", "Score"]}
            command={(member, score) => ["ZADD", key, score || "0", member!]}
            action="Set"
            onAdded={() => {
              pages.loaded.again();
              onChanged();
            }}
          />
        )}
      </div>
      <ElementTable<Row>
        label="Members"
        pages={pages}
        total={facts.length}
        columns={[
          { title: "Member", of: ({ member }) => member },
          {
            title: "Score",
            of: ({ score }) => score,
            save: mayChange
              ? ({ member }, score) =>
                console.change(["ZADD", key, roughText(score).trim(), member])
              : undefined,
          },
        ]}
        remove={console.may("zrem")
          ? ({ member }) => console.change(["ZREM", key, member])
          : undefined}
        onChanged={onChanged}
      />
    </>
  );
}

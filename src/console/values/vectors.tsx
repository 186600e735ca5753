/** Vector sets: elements with attributes, and the neighbours of each. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf, byteString, line, textOf } from "../data/bytes.ts";
import { bytes, groups, list, number } from "../data/replies.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { ElementTable } from "./element_table.tsx";
import { InfoTable } from "./info_table.tsx";
import { PAGE, useCursors } from "./pages.ts";
import type { ValueProps } from "./value_props.ts";

/** Neighbours that are looked for. */
const NEIGHBOURS = 20;

interface Row {
  readonly element: Uint8Array;
  readonly attributes: Uint8Array;
}

const NONE = new Uint8Array();

/** The view. */
export function VectorsView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const [chosen, setChosen] = useState<Uint8Array | undefined>();
  const pages = useCursors<Row>(async (cursor, signal) => {
    const start = cursor === "0"
      ? "-"
      : Uint8Array.from([0x28, ...bytesOf(cursor as ValueProps["name"])]);
    const elements = list(await console.one(["VRANGE", key, start, "+", PAGE], signal)).map(bytes);
    const attributes = await console.run(
      elements.map((element) => ["VGETATTR", key, element]),
      signal,
    );
    const rows = elements.map((element, i) => {
      const found = attributes[i];
      return { element, attributes: found instanceof Uint8Array ? found : NONE };
    });
    const last = elements.at(-1);
    const next = elements.length < PAGE || last === undefined ? "0" : byteString(last);
    return { cursor: next, rows };
  }, [name]);
  return (
    <>
      <ElementTable<Row>
        label="Elements"
        pages={pages}
        columns={[
          { title: "Element", of: ({ element }) => element },
          {
            title: "Attributes",
            of: ({ attributes }) => attributes,
            save: console.may("vsetattr")
              ? ({ element }, attributes) => console.change(["VSETATTR", key, element, attributes])
              : undefined,
          },
        ]}
        actions={({ element }) => (
          <button
            type="button"
            class="small"
            onClick={() => setChosen(element)}
          >
            Neighbours
          </button>
        )}
        remove={console.may("vrem")
          ? ({ element }) => console.change(["VREM", key, element])
          : undefined}
        onChanged={onChanged}
      />
      {chosen && <Neighbours key={line(chosen)} name={name} of={chosen} onChosen={setChosen} />}
      <InfoTable name={name} command="VINFO" on={facts} />
    </>
  );
}

function Neighbours({ name, of, onChosen }: {
  readonly name: ValueProps["name"];
  readonly of: Uint8Array;
  readonly onChosen: (element: Uint8Array) => void;
}) {
  const console = useConsole();
  const [typed, setTyped] = useState("");
  const [filter, setFilter] = useState("");
  const loaded = useLoaded(async (signal) => {
    const [found, vector] = await console.run([
      [
        ...["VSIM", bytesOf(name), "ELE", of, "WITHSCORES", "WITHATTRIBS", "COUNT", NEIGHBOURS],
        ...filter === "" ? [] : ["FILTER", filter],
      ],
      ["VEMB", bytesOf(name), of],
    ], signal);
    return {
      neighbours: groups(found, 3).map(([element, score, attributes]) => ({
        element: bytes(element),
        score: number(score),
        attributes: attributes instanceof Uint8Array ? attributes : NONE,
      })),
      vector: list(vector).map(number),
    };
  }, [name, line(of), filter]);
  return (
    <section class="fields" aria-label="Neighbours">
      <h2>Neighbours of {line(of, 60)}</h2>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          setFilter(typed);
        }}
      >
        <input
          aria-label="Condition on attributes"
          placeholder="Condition on attributes, such as .rank > 2"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <button type="submit">Filter</button>
      </form>
      <Show of={loaded}>
        {({ neighbours, vector }) => (
          <>
            <div class="table-box" tabIndex={0} role="region" aria-label="Neighbours">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Element</th>
                    <th scope="col">Similarity</th>
                    <th scope="col">Attributes</th>
                  </tr>
                </thead>
                <tbody>
                  {neighbours.map(({ element, score, attributes }) => (
                    <tr key={line(element)}>
                      <td>
                        <button type="button" class="cell" onClick={() => onChosen(element)}>
                          <bdi>{line(element)}</bdi>
                        </button>
                      </td>
                      <td>
                        <meter
                          min={0}
                          max={1}
                          value={score}
                          aria-label={`Similarity of ${line(element, 60)}`}
                        />{" "}
                        <span class="number">{score.toFixed(4)}</span>
                      </td>
                      <td class="code">
                        <bdi>{textOf(attributes) ?? line(attributes)}</bdi>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <p class="code quiet vector">
              [{vector.slice(0, 64).map((part) => part.toFixed(3)).join(", ")}
              {vector.length > 64 && ", …"}]
            </p>
          </>
        )}
      </Show>
    </section>
  );
}

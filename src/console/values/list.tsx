/** Lists: elements at their indexes. */

import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes, list } from "../data/replies.ts";
import { AddElement } from "./add_element.tsx";
import { ElementTable } from "./element_table.tsx";
import { usePositions } from "./pages.ts";
import type { ValueProps } from "./value_props.ts";

interface Row {
  readonly index: number;
  readonly element: Uint8Array;
}

/** The view. */
export function ListView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const total = facts.length ?? 0;
  const pages = usePositions<Row>(total, async (from, to, signal) => {
    const elements = list(await console.one(["LRANGE", key, from, to], signal));
    return elements.map((element, i) => ({ index: from + i, element: bytes(element) }));
  }, [name, total]);
  const changed = () => {
    pages.loaded.again();
    onChanged();
  };
  return (
    <>
      {console.may("lpush", "rpush") && (
        <div class="tool-row">
          <AddElement
            labels={["First element"]}
            action="Put before"
            command={(element) => ["LPUSH", key, element!]}
            onAdded={changed}
          />
          <AddElement
            labels={["Last element"]}
            action="Put behind"
            command={(element) => ["RPUSH", key, element!]}
            onAdded={changed}
          />
        </div>
      )}
      <ElementTable<Row>
        label="Elements"
        pages={pages}
        total={total}
        columns={[
          { title: "Index", of: ({ index }) => index },
          {
            title: "Element",
            of: ({ element }) => element,
            save: console.may("lset")
              ? ({ index }, element) => console.change(["LSET", key, index, element])
              : undefined,
          },
        ]}
        onChanged={onChanged}
      />
    </>
  );
}

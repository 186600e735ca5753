/** Arrays: what is at the indexes that have something. */

import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes, list, text } from "../data/replies.ts";
import { AddElement } from "./add_element.tsx";
import { ElementTable } from "./element_table.tsx";
import { PAGE, useCursors } from "./pages.ts";
import type { ValueProps } from "./value_props.ts";

/** The greatest index. */
const LAST = "18446744073709551614";

interface Row {
  readonly index: string;
  readonly value: Uint8Array;
}

/** The view. */
export function ArrayView({ name, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const pages = useCursors<Row>(async (cursor, signal) => {
    const found = list(await console.one(["ARSCAN", key, cursor, LAST, "LIMIT", PAGE], signal));
    const rows = found.map((element) => {
      const [index, value] = list(element);
      return { index: text(index), value: bytes(value) };
    });
    const last = rows.at(-1);
    const next = rows.length < PAGE || last === undefined ? "0" : String(BigInt(last.index) + 1n);
    return { cursor: next, rows };
  }, [name]);
  return (
    <>
      {console.may("arset") && (
        <AddElement
          labels={["Index", "Value"]}
          command={(index, value) => ["ARSET", key, index!, value!]}
          action="Set"
          onAdded={() => {
            pages.loaded.again();
            onChanged();
          }}
        />
      )}
      <ElementTable<Row>
        label="Elements"
        pages={pages}
        columns={[
          { title: "Index", of: ({ index }) => index },
          {
            title: "Value",
            of: ({ value }) => value,
            save: console.may("arset")
              ? ({ index }, value) => console.change(["ARSET", key, index, value])
              : undefined,
          },
        ]}
        remove={console.may("ardel")
          ? ({ index }) => console.change(["ARDEL", key, index])
          : undefined}
        onChanged={onChanged}
      />
    </>
  );
}

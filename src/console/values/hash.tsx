/** Hashes: fields and values. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf } from "../data/bytes.ts";
import { bytes, groups, page } from "../data/replies.ts";
import { AddElement } from "./add_element.tsx";
import { ElementTable } from "./element_table.tsx";
import { Filter } from "./filter.tsx";
import { PAGE, SOUGHT, useCursors } from "./pages.ts";
import type { ValueProps } from "./value_props.ts";

interface Row {
  readonly field: Uint8Array;
  readonly value: Uint8Array;
}

/** The view. */
export function HashView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const [pattern, setPattern] = useState("");
  const pages = useCursors<Row>(async (cursor, signal) => {
    const options = pattern === "" ? [PAGE] : [SOUGHT, "MATCH", pattern];
    const reply = await console.one(["HSCAN", key, cursor, "COUNT", ...options], signal);
    const { cursor: next, found } = page(reply);
    const rows = groups(found, 2).map(([field, value]) => ({
      field: bytes(field),
      value: bytes(value),
    }));
    return { cursor: next, rows };
  }, [name, pattern]);
  const changed = () => {
    pages.loaded.again();
    onChanged();
  };
  const mayChange = console.may("hset");
  return (
    <>
      <div class="tool-row">
        {(facts.length ?? 0) > PAGE && <Filter label="Find fields" onChange={setPattern} />}
        {mayChange && (
          <AddElement
            labels={["Field", "Value"]}
            command={(field, value) => ["HSET", key, field!, value!]}
            action="Set"
            onAdded={changed}
          />
        )}
      </div>
      <ElementTable<Row>
        label="Fields"
        pages={pages}
        columns={[
          { title: "Field", of: ({ field }) => field },
          {
            title: "Value",
            of: ({ value }) => value,
            save: mayChange
              ? ({ field }, value) => console.change(["HSET", key, field, value])
              : undefined,
          },
        ]}
        remove={console.may("hdel")
          ? ({ field }) => console.change(["HDEL", key, field])
          : undefined}
        onChanged={onChanged}
      />
    </>
  );
}

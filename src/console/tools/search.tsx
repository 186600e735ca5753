/** Search indexes: what they are, and a box for queries. */

import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { byteString, line } from "../data/bytes.ts";
import { bytes, fields, groups, list, number, text } from "../data/replies.ts";
import type { Reply } from "../data/resp.ts";
import { count } from "../data/units.ts";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { replyLine } from "../ui/reply_text.ts";

/** Documents of a page. */
const PAGE = 20;

/** The view. */
export function SearchView() {
  const console = useConsole();
  const indexes = useLoaded(
    async (signal) => list(await console.one(["FT._LIST"], signal)).map((name) => text(name)),
    [],
  );
  const [chosen, setChosen] = useState<string | undefined>();
  const index = chosen ?? indexes.value?.[0];
  return (
    <div class="view">
      <div class="view-head">
        <h1>Search</h1>
        {indexes.value && indexes.value.length > 0 && (
          <select
            aria-label="Index"
            value={index}
            onChange={({ currentTarget }) => setChosen(currentTarget.value)}
          >
            {indexes.value.map((name) => <option key={name}>{name}</option>)}
          </select>
        )}
      </div>
      <Show of={indexes}>
        {() =>
          index === undefined
            ? <p class="quiet">There is no index: FT.CREATE makes one.</p>
            : <Index key={index} name={index} />}
      </Show>
    </div>
  );
}

function Index({ name }: { readonly name: string }) {
  const console = useConsole();
  const [typed, setTyped] = useState("*");
  const [query, setQuery] = useState("*");
  const [from, setFrom] = useState(0);
  useEffect(() => setFrom(0), [query]);
  const info = useLoaded(async (signal) => {
    const told = fields(await console.one(["FT.INFO", name], signal));
    return {
      documents: number(told.get("num_docs")),
      terms: number(told.get("num_terms")),
      attributes: list(told.get("attributes")).map(attributeOf),
    };
  }, [name]);
  const found = useLoaded(async (signal) => {
    const reply = list(await console.one(["FT.SEARCH", name, query, "LIMIT", from, PAGE], signal));
    return {
      total: number(reply[0]),
      documents: groups(reply.slice(1), 2).map(([key, value]) => ({
        key: bytes(key),
        fields: value instanceof Array ? groups(value, 2) : [],
      })),
    };
  }, [name, query, from]);
  return (
    <>
      <Show of={info}>
        {({ documents, terms, attributes }) => (
          <p class="quiet">
            {count(documents)} documents, {count(terms)} terms; {attributes.join(", ")}
          </p>
        )}
      </Show>
      <form
        class="tools"
        onSubmit={(event) => {
          event.preventDefault();
          setQuery(typed);
        }}
      >
        <input
          type="search"
          class="code"
          aria-label="Query"
          placeholder="A query, such as @title:(red chair) @price:[10 20]"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <button type="submit" class="primary">Search</button>
      </form>
      <Show of={found}>
        {({ total, documents }) => (
          <>
            <div class="pager">
              <button
                type="button"
                class="small"
                disabled={from === 0}
                onClick={() => setFrom(from - PAGE)}
              >
                ← Previous
              </button>
              <button
                type="button"
                class="small"
                disabled={from + PAGE >= total}
                onClick={() => setFrom(from + PAGE)}
              >
                Next →
              </button>
              <span class="quiet" role="status">{count(total)} found</span>
            </div>
            <Documents documents={documents} />
          </>
        )}
      </Show>
    </>
  );
}

/** `title TEXT`: what an attribute is told to be. */
function attributeOf(reply: Reply): string {
  const words = list(reply).map((word) => replyLine(word));
  const after = (name: string) => words[words.indexOf(name) + 1] ?? "";
  return `${after("attribute")} ${after("type")}`;
}

function Documents({ documents }: {
  readonly documents: readonly {
    readonly key: Uint8Array;
    readonly fields: readonly (readonly Reply[])[];
  }[];
}) {
  const console = useConsole();
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Documents">
      <table>
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Fields</th>
          </tr>
        </thead>
        <tbody>
          {documents.map(({ key, fields }) => (
            <tr key={byteString(key)}>
              <td>
                <button type="button" class="cell" onClick={() => console.open(byteString(key))}>
                  <bdi>{line(key)}</bdi>
                </button>
              </td>
              <td class="code">
                {fields.map(([name, value], i) => (
                  <div key={i}>
                    <span class="quiet">{replyLine(name ?? null, 60)}</span>{" "}
                    <bdi>{replyLine(value ?? null)}</bdi>
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

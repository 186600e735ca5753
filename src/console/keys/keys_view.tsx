/** Keys: found on the one side, shown and edited on the other. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { goTo, type Place } from "../app/place.ts";
import { byteStringOf, encoded, line } from "../data/bytes.ts";
import { number } from "../data/replies.ts";
import { count } from "../data/units.ts";
import { useLoaded } from "../ui/loaded.tsx";
import { KeyPage } from "./key_page.tsx";
import { NewKey } from "./new_key.tsx";
import { type Sought, useScan } from "./scan.ts";
import { Tree } from "./tree.tsx";
import { TYPES } from "./type_mark.tsx";

/** Milliseconds that a pattern must stand still for. */
const STILL_MS = 250;

/** What a pattern finds: one without any wildcard is looked for anywhere in keys. */
const globOf = (pattern: string) =>
  pattern === "" || /[*?[\\]/.test(pattern) ? pattern : `*${pattern}*`;

const isTypedInto = (element: HTMLElement) => /^(?:INPUT|SELECT|TEXTAREA)$/.test(element.tagName);

/** The view. */
export function KeysView({ place }: { readonly place: Place }) {
  const console = useConsole();
  const { db, key } = place;
  const [typed, setTyped] = useState("");
  const [sought, setSought] = useState<Sought>({ pattern: "", type: "" });
  const [separator, setSeparator] = useState(":");
  const [round, setRound] = useState(0);
  const [isAdding, setAdding] = useState(false);
  useEffect(() => {
    const timer = setTimeout(
      () => setSought((sought) => ({ ...sought, pattern: globOf(typed) })),
      STILL_MS,
    );
    return () => clearTimeout(timer);
  }, [typed]);
  const find = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLElement && isTypedInto(event.target)) {
        return;
      }
      event.preventDefault();
      find.current?.focus();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
  const refresh = () => setRound((round) => round + 1);
  return (
    <div class={key === undefined ? "split" : "split with-detail"}>
      <section class="side" aria-label="Keys">
        {key === undefined && <h1 class="unseen">Keys</h1>}
        {console.may("scan")
          ? (
            <>
              <form class="tools" onSubmit={(event) => event.preventDefault()}>
                <input
                  ref={find}
                  type="search"
                  aria-label="Pattern"
                  placeholder="Find keys (/)"
                  value={typed}
                  onInput={({ currentTarget }) => setTyped(currentTarget.value)}
                />
                <select
                  aria-label="Type"
                  value={sought.type}
                  onChange={({ currentTarget: { value } }) =>
                    setSought((sought) => ({ ...sought, type: value }))}
                >
                  <option value="">any type</option>
                  {Object.keys(TYPES).map((type) => <option key={type} value={type}>{type}
                  </option>)}
                </select>
                <input
                  class="separator"
                  aria-label="Separator"
                  title="What parts of keys are separated by"
                  value={separator}
                  maxLength={4}
                  onInput={({ currentTarget }) => setSeparator(currentTarget.value)}
                />
                <button
                  type="button"
                  class="plain"
                  aria-label="Look again"
                  title="Look again"
                  onClick={refresh}
                >
                  ↻
                </button>
                {console.may("set") && (
                  <button
                    type="button"
                    class="plain"
                    aria-label="New key"
                    title="New key"
                    onClick={() => setAdding(true)}
                  >
                    +
                  </button>
                )}
              </form>
              <Found
                typed={typed}
                sought={sought}
                separator={separator}
                round={round}
                place={place}
              />
            </>
          )
          : <OpenByName place={place} />}
      </section>
      <section class="detail" aria-label="Key">
        {key === undefined ? <p class="quiet empty">Choose a key.</p> : (
          <KeyPage
            key={key}
            name={key}
            onGone={() => {
              refresh();
              goTo({ ...place, key: undefined });
            }}
          />
        )}
      </section>
      {isAdding && (
        <NewKey
          onClose={(made) => {
            setAdding(false);
            if (made === undefined) return;
            refresh();
            goTo({ view: "keys", db, key: made });
          }}
        />
      )}
    </div>
  );
}

/** What a look for keys finds. */
function Found({ typed, sought, separator, round, place }: {
  readonly typed: string;
  readonly sought: Sought;
  readonly separator: string;
  readonly round: number;
  readonly place: Place;
}) {
  const console = useConsole();
  const scan = useScan(sought, round);
  const total = useLoaded(async () => number(await console.one(["DBSIZE"])), [round]).value;
  const looked = Math.min(scan.looked, total ?? scan.looked);
  return (
    <>
      {scan.error !== undefined && <p class="error" role="alert">{scan.error}</p>}
      {scan.isComplete && scan.keys.length === 0 && typed !== "" && (
        <p>
          <button
            type="button"
            class="small"
            title="A key that is gone may have a history"
            onClick={() => console.open(byteStringOf(typed))}
          >
            Open <bdi>{line(encoded(typed), 60)}</bdi>
          </button>
        </p>
      )}
      <Tree
        keys={scan.keys}
        separator={separator}
        selected={place.key}
        round={`${round}/${sought.pattern}/${sought.type}`}
        onOpen={console.open}
      />
      <footer class="found">
        <span role="status">
          {count(scan.keys.length)} {scan.keys.length === 1 ? "key" : "keys"}
          {!scan.isComplete && total !== undefined &&
            ` · looked at ${count(looked)} of ${count(total)}`}
        </span>
        {scan.isRunning
          ? <button type="button" class="small" onClick={scan.stop}>Stop</button>
          : !scan.isComplete && (
            <>
              <button type="button" class="small" onClick={() => scan.goOn(false)}>More</button>
              <button type="button" class="small" onClick={() => scan.goOn(true)}>All</button>
            </>
          )}
      </footer>
    </>
  );
}

/** For who may read keys, but not list them. */
function OpenByName({ place }: { readonly place: Place }) {
  const [name, setName] = useState("");
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        goTo({ ...place, key: byteStringOf(name) });
      }}
    >
      <input
        aria-label="Key"
        placeholder="Name of a key"
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
      />
      <button type="submit">Open</button>
      <p class="quiet">This user may not list keys.</p>
    </form>
  );
}

/** One key: what it is, what it holds, and what it held. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { goTo } from "../app/place.ts";
import { bytesOf, type ByteString, byteStringOf, keyLine, textOf } from "../data/bytes.ts";
import { count, moment, size, span } from "../data/units.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { ValueView } from "../values/value_view.tsx";
import { HistoryView } from "../past/history_view.tsx";
import { type KeyFacts, keyFacts } from "./facts.ts";
import { TypeMark } from "./type_mark.tsx";

/** @param onGone Is called when the key is not there any more under this name. */
export function KeyPage({ name, onGone }: {
  readonly name: ByteString;
  readonly onGone: () => void;
}) {
  const console = useConsole();
  const [tab, setTab] = useState<"value" | "history">("value");
  const facts = useLoaded(async (signal) => {
    const [known] = await keyFacts(console, [name], signal);
    // A user who may not ask learns why.
    if (known === undefined) await console.one(["KEYINFO", bytesOf(name)], signal);
    return { known };
  }, [name]);
  return (
    <>
      <button
        type="button"
        class="back small"
        onClick={() => goTo({ view: "keys", db: console.db, key: undefined })}
      >
        ← Keys
      </button>
      <h1 class="key-name">
        <bdi>{keyLine(name, 2000)}</bdi>
      </h1>
      <Show of={facts}>
        {({ known }) => (
          <>
            {known && <Summary name={name} facts={known} onChanged={facts.again} onGone={onGone} />}
            {console.may("history|get", "history|at") && (
              <div class="forms" role="group" aria-label="Shown">
                {(["value", "history"] as const).map((one) => (
                  <button
                    key={one}
                    type="button"
                    class="small"
                    aria-pressed={tab === one}
                    onClick={() => setTab(one)}
                  >
                    {one === "value" ? "Value" : "History"}
                  </button>
                ))}
              </div>
            )}
            {tab === "history"
              ? (
                <HistoryView
                  key={String(known?.length)}
                  name={name}
                  onReverted={() => {
                    setTab("value");
                    facts.again();
                  }}
                />
              )
              : known
              ? <ValueView name={name} facts={known} onChanged={facts.again} />
              : <p class="quiet">There is no such key now.</p>}
          </>
        )}
      </Show>
    </>
  );
}

function Summary({ name, facts, onChanged, onGone }: {
  readonly name: ByteString;
  readonly facts: KeyFacts;
  readonly onChanged: () => void;
  readonly onGone: () => void;
}) {
  const console = useConsole();
  const [dialog, setDialog] = useState<"name" | "ttl" | undefined>();
  const remove = async () => {
    const sure = await console.ask({
      title: "Delete the key?",
      text: keyLine(name),
      action: "Delete",
    });
    if (sure && await console.change(["UNLINK", bytesOf(name)])) onGone();
  };
  const { ttlMs } = facts;
  return (
    <div class="summary">
      <TypeMark type={facts.type} />
      <span>{facts.type}</span>
      {facts.length !== undefined && <span>length {count(facts.length)}</span>}
      {facts.bytes !== undefined && <span>{size(facts.bytes)}</span>}
      <span>{facts.encoding}</span>
      <span title={ttlMs === undefined ? "" : moment(Date.now() + ttlMs)}>
        {ttlMs === undefined ? "no expiry" : `expires in ${span(ttlMs)}`}
      </span>
      <span class="actions">
        <button type="button" class="small" onClick={onChanged}>Reload</button>
        {console.may("pexpire", "persist") && (
          <button
            type="button"
            class="small"
            onClick={() => setDialog("ttl")}
          >
            Expiry
          </button>
        )}
        {console.may("renamenx") && (
          <button
            type="button"
            class="small"
            onClick={() => setDialog("name")}
          >
            Rename
          </button>
        )}
        {console.may("unlink") && (
          <button type="button" class="small danger" onClick={remove}>Delete</button>
        )}
      </span>
      {dialog === "ttl" && (
        <Expiry
          name={name}
          ttlMs={ttlMs}
          onClose={() => {
            setDialog(undefined);
            onChanged();
          }}
        />
      )}
      {dialog === "name" && (
        <Rename
          name={name}
          onClose={() => setDialog(undefined)}
          onRenamed={(to) => {
            onGone();
            console.open(to);
          }}
        />
      )}
    </div>
  );
}

function Expiry({ name, ttlMs, onClose }: {
  readonly name: ByteString;
  readonly ttlMs: number | undefined;
  readonly onClose: () => void;
}) {
  const console = useConsole();
  const [seconds, setSeconds] = useState(ttlMs === undefined ? "" : String(ttlMs / 1000));
  const save = async () => {
    const key = bytesOf(name);
    const ms = Math.round(Number(seconds) * 1000);
    const done = seconds.trim() === ""
      ? await console.change(["PERSIST", key])
      : await console.change(["PEXPIRE", key, ms]);
    if (done) onClose();
  };
  return (
    <Dialog title="Expiry" onClose={onClose}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label>
          Seconds until it expires; empty for never
          <input
            type="number"
            min="0.001"
            step="any"
            value={seconds}
            onInput={({ currentTarget }) => setSeconds(currentTarget.value)}
          />
        </label>
        <footer>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary">Save</button>
        </footer>
      </form>
    </Dialog>
  );
}

function Rename({ name, onClose, onRenamed }: {
  readonly name: ByteString;
  readonly onClose: () => void;
  readonly onRenamed: (to: ByteString) => void;
}) {
  const console = useConsole();
  const [to, setTo] = useState(textOf(bytesOf(name)) ?? "");
  const rename = async () => {
    try {
      const done = await console.one(["RENAMENX", bytesOf(name), to]);
      if (done === 1) onRenamed(byteStringOf(to));
      else console.tell("There is a key of this name.", true);
    } catch (error) {
      console.tell(String(error), true);
    }
  };
  return (
    <Dialog title="Rename" onClose={onClose}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void rename();
        }}
      >
        <label>
          New name
          <input required value={to} onInput={({ currentTarget }) => setTo(currentTarget.value)} />
        </label>
        <footer>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary">Rename</button>
        </footer>
      </form>
    </Dialog>
  );
}

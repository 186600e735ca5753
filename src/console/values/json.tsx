/** JSON documents as a tree, whose leaves are edited in place. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { bytesOf, encoded, line, roughText } from "../data/bytes.ts";
import { bytes } from "../data/replies.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Show, useLoaded } from "../ui/loaded.tsx";
import { BytesEditor } from "./bytes_editor.tsx";
import { Digits, type Json, parseJson, pathOf } from "./json_text.ts";
import type { ValueProps } from "./value_props.ts";

/** Members of an object or array that are shown before one asks for more. */
const MOST = 100;

interface Actions {
  readonly edit: ((path: string) => void) | undefined;
  readonly remove: ((path: string) => void) | undefined;
}

/** The view. */
export function JsonView({ name, facts, onChanged }: ValueProps) {
  const console = useConsole();
  const key = bytesOf(name);
  const [edited, setEdited] = useState<{ path: string; text: Uint8Array } | undefined>();
  const loaded = useLoaded(
    async (signal) => parseJson(roughText(bytes(await console.one(["JSON.GET", key], signal)))),
    [name, facts],
  );
  const edit = async (path: string) => {
    // Of what a path finds there is an array: its one element is what is edited.
    const found = roughText(bytes(await console.one(["JSON.GET", key, path])));
    setEdited({ path, text: encoded(found.slice(1, -1)) });
  };
  const remove = async (path: string) => {
    const sure = await console.ask({ title: "Delete this part?", text: path, action: "Delete" });
    if (sure && await console.change(["JSON.DEL", key, path])) onChanged();
  };
  const actions: Actions = {
    edit: console.may("json.set") ? edit : undefined,
    remove: console.may("json.del") ? remove : undefined,
  };
  return (
    <>
      <Show of={loaded}>
        {(document) => (
          <div class="json card code">
            <Node label="" value={document} path="$" isOpen actions={actions} />
          </div>
        )}
      </Show>
      {edited && (
        <Dialog title={edited.path} wide onClose={() => setEdited(undefined)}>
          <BytesEditor
            bytes={edited.text}
            label={edited.path}
            onSave={async (text) => {
              const done = await console.change(["JSON.SET", key, edited.path, text]);
              if (done) {
                setEdited(undefined);
                onChanged();
              }
              return done;
            }}
          />
        </Dialog>
      )}
    </>
  );
}

function Node({ label, value, path, actions, isOpen = false }: {
  readonly label: string;
  readonly value: Json;
  readonly path: string;
  readonly actions: Actions;
  readonly isOpen?: boolean;
}) {
  const [open, setOpen] = useState(isOpen);
  const [most, setMost] = useState(MOST);
  const members = membersOf(value);
  const head = (
    <>
      {label !== "" && <span class="json-name">{line(encoded(label))}:</span>}{" "}
      {members === undefined ? <Leaf value={value} /> : (
        <span class="quiet">
          {value instanceof Array ? `[${members.length}]` : `{${members.length}}`}
        </span>
      )}
    </>
  );
  return (
    <div class="json-node">
      <div class="json-line">
        {members === undefined ? <span class="json-head">{head}</span> : (
          <button
            type="button"
            class="json-head"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <span class="arrow" aria-hidden="true">{open ? "▾" : "▸"}</span>
            {head}
          </button>
        )}
        {actions.edit && (
          <button
            type="button"
            class="plain json-action"
            aria-label={`Edit ${path}`}
            title="Edit"
            onClick={() => actions.edit?.(path)}
          >
            ✎
          </button>
        )}
        {actions.remove && path !== "$" && (
          <button
            type="button"
            class="plain json-action"
            aria-label={`Delete ${path}`}
            title="Delete"
            onClick={() => actions.remove?.(path)}
          >
            ✕
          </button>
        )}
      </div>
      {open && members && (
        <div class="json-children">
          {members.slice(0, most).map(([part, child]) => (
            <Node
              key={part}
              label={String(part)}
              value={child}
              path={pathOf(path, part)}
              actions={actions}
            />
          ))}
          {members.length > most && (
            <button
              type="button"
              class="small"
              onClick={() => setMost(10 * most)}
            >
              {members.length - most} more
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function membersOf(value: Json): readonly (readonly [string | number, Json])[] | undefined {
  if (value instanceof Array) return value.map((element, i) => [i, element]);
  if (value === null || value instanceof Digits || typeof value !== "object") return undefined;
  return Object.entries(value);
}

function Leaf({ value }: { readonly value: Json }) {
  if (value instanceof Digits) return <span class="json-number">{value.text}</span>;
  if (typeof value === "string") {
    return <bdi class="json-string">"{line(encoded(value), 1000)}"</bdi>;
  }
  return <span class="json-word">{String(value)}</span>;
}

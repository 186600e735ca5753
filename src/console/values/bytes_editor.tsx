/** Shows bytes as text, as JSON or in hexadecimal, and takes them so. */

import { useEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { encoded, fromHex, same, textOf, toHex } from "../data/bytes.ts";
import { size } from "../data/units.ts";

/** A form that bytes have for people. */
interface Form {
  readonly name: string;
  /** Undefined where bytes have no such form. */
  readonly show: (bytes: Uint8Array) => string | undefined;
  /** The bytes again; undefined if it is not written so. */
  readonly read: (text: string) => Uint8Array | undefined;
}

const FORMS: readonly Form[] = [
  // What a text area would show as nothing or change is left to the others.
  {
    name: "Text",
    show: (bytes) => {
      const text = textOf(bytes);
      return text === undefined || /[\0\r]/.test(text) ? undefined : text;
    },
    read: encoded,
  },
  {
    name: "JSON",
    show: (bytes) => {
      const text = textOf(bytes);
      try {
        return text === undefined ? undefined : JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        return undefined;
      }
    },
    read: (text) => {
      try {
        return encoded(JSON.stringify(JSON.parse(text)));
      } catch {
        return undefined;
      }
    },
  },
  { name: "Hex", show: toHex, read: fromHex },
];

/** Bytes that are saved through the console at most. */
const MOST = 16 * 1024 * 1024;

/**
 * What is typed stays until other bytes come, and beyond those that were saved.
 *
 * @param onSave Takes what it was changed to, and says whether that went well; without it, it is shown only.
 */
export function BytesEditor({ bytes, label, onSave }: {
  readonly bytes: Uint8Array;
  readonly label: string;
  readonly onSave?: ((bytes: Uint8Array) => Promise<boolean>) | undefined;
}) {
  const console = useConsole();
  const possible = FORMS.filter(({ show }) => show(bytes) !== undefined);
  const [chosen, setForm] = useState(possible[0]!);
  const form = possible.includes(chosen) ? chosen : possible[0]!;
  const [draft, setDraft] = useState<string | undefined>();
  const [isSaving, setSaving] = useState(false);
  const saved = useRef<string | undefined>(undefined);
  useEffect(() => {
    const was = saved.current;
    setDraft((typed) => was === undefined || typed === was ? undefined : typed);
    saved.current = undefined;
    setSaving(false);
  }, [bytes]);
  const shown = draft ?? form.show(bytes) ?? "";
  const choose = (chosen: Form) => {
    setDraft(undefined);
    setForm(chosen);
  };
  const save = async () => {
    const changed = form.read(shown);
    if (changed === undefined) return console.tell(`This is no ${form.name}.`, true);
    if (changed.length > MOST) return console.tell(`This is more than ${size(MOST)}.`, true);
    if (same(changed, bytes)) return setDraft(undefined);
    setSaving(true);
    saved.current = shown;
    if (await onSave?.(changed)) return;
    saved.current = undefined;
    setSaving(false);
  };
  return (
    <div class="bytes">
      <div class="forms" role="group" aria-label="Shown as">
        {possible.map((one) => (
          <button
            key={one.name}
            type="button"
            class="small"
            aria-pressed={one === form}
            onClick={() => choose(one)}
          >
            {one.name}
          </button>
        ))}
        <span class="quiet">{size(bytes.length)}</span>
      </div>
      <textarea
        class="code"
        dir="auto"
        aria-label={label}
        spellcheck={false}
        readOnly={onSave === undefined}
        rows={Math.min(24, Math.max(4, shown.split("\n", 24).length + 1))}
        value={shown}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
      />
      {onSave !== undefined && draft !== undefined && !isSaving && (
        <div class="actions">
          <button type="button" onClick={() => setDraft(undefined)}>Undo</button>
          <button type="button" class="primary" onClick={save}>Save</button>
        </div>
      )}
    </div>
  );
}

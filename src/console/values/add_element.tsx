/** Adds an element: a line of fields above the table. */

import { useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import type { Command } from "../data/resp.ts";

/** @param labels What the parts of an element are called. */
export function AddElement({ labels, command, onAdded, action = "Add" }: {
  readonly labels: readonly string[];
  readonly command: (...parts: string[]) => Command;
  readonly onAdded: () => void;
  readonly action?: string;
}) {
  const console = useConsole();
  const [parts, setParts] = useState<readonly string[]>(labels.map(() => ""));
  const add = async () => {
    if (!await console.change(command(...parts))) return;
    setParts(labels.map(() => ""));
    onAdded();
  };
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      {labels.map((label, i) => (
        <input
          key={label}
          aria-label={label}
          placeholder={label}
          value={parts[i]}
          onInput={({ currentTarget: { value } }) =>
            setParts(parts.map((part, j) => i === j ? value : part))}
        />
      ))}
      <button type="submit">{action}</button>
    </form>
  );
}

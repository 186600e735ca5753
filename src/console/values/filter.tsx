/** A pattern that elements are looked for by. */

import { useState } from "preact/hooks";

/** @param onChange Gets the pattern; empty for everything. */
export function Filter({ label, onChange }: {
  readonly label: string;
  readonly onChange: (pattern: string) => void;
}) {
  const [text, setText] = useState("");
  return (
    <form
      class="tools"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text === "" || /[*?[\\]/.test(text) ? text : `*${text}*`);
      }}
    >
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onInput={({ currentTarget: { value } }) => {
          setText(value);
          if (value === "") onChange("");
        }}
      />
      <button type="submit">Find</button>
    </form>
  );
}

/** Dialogs: modal, closed by Escape, and given the focus. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** @param onClose Is called when the user wants it closed. */
export function Dialog({ title, onClose, children, wide = false }: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : ""}
      aria-label={title}
      onClose={onClose}
    >
      <header>
        <h2>{title}</h2>
        <button type="button" class="plain" aria-label="Close" onClick={onClose}>✕</button>
      </header>
      {children}
    </dialog>
  );
}

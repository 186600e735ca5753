/** The editor as a component. */

import { useEffect, useRef } from "preact/hooks";
import type { CodeEditor, EditorOptions } from "./code_editor.ts";

/**
 * @param text What is in it at first, and when the revision is another: what is typed is told, and comes
 * back too late to be put in.
 * @param isFocused Whether it takes the focus when it is there.
 */
export function Editor({ text, revision = 0, isFocused = false, ...options }: EditorOptions & {
  readonly text: string;
  readonly revision?: number;
  readonly isFocused?: boolean;
}) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | undefined>(undefined);
  const latest = useRef({ text, options });
  latest.current = { text, options };
  useEffect(() => {
    let isGone = false;
    void import("./code_editor.ts").then(({ CodeEditor }) => {
      if (isGone || host.current === null) return;
      const { text, options } = latest.current;
      editor.current = new CodeEditor(host.current, text, {
        ...options,
        onChange: (text) => latest.current.options.onChange(text),
        onRun: () => latest.current.options.onRun(),
        onOlder: (by) => latest.current.options.onOlder?.(by),
        complete: options.complete && ((before) => latest.current.options.complete?.(before)),
      });
      if (isFocused) editor.current.focus();
    });
    return () => {
      isGone = true;
      editor.current?.destroy();
    };
  }, [options.tables]);
  useEffect(() => {
    if (editor.current !== undefined) editor.current.text = latest.current.text;
  }, [revision]);
  return <div class="editor" ref={host} />;
}

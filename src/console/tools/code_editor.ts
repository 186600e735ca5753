/**
 * An editor of code, in a part of the page of its own: so its styles need no exception from the
 * content security policy. It is loaded when it is first used.
 *
 * @module
 */

import {
  autocompletion,
  type Completion,
  completionKeymap,
  type CompletionSource,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql, SQLite } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** What an editor is made with. */
export interface EditorOptions {
  readonly label: string;
  readonly placeholder: string;
  /** Names of tables with their columns, for SQL; without it, it is no SQL. */
  readonly tables?: Readonly<Record<string, readonly string[]>> | undefined;
  /** What may come next, for what is no SQL. */
  readonly complete?: ((before: string) => Completions | undefined) | undefined;
  readonly onChange: (text: string) => void;
  /** Enter, or with SQL Ctrl and Enter. */
  readonly onRun: () => void;
  /** The arrows up and down, where there is one line. @returns What takes its place. */
  readonly onOlder?: ((by: 1 | -1) => string | undefined) | undefined;
}

/** What may come next. */
export interface Completions {
  /** Where what is completed begins. */
  readonly from: number;
  readonly options: readonly Completion[];
}

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--purple)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--green)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--blue)" },
  { tag: tags.comment, color: "var(--faint)" },
]);

const THEME = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--ink)", backgroundColor: "var(--surface)" },
  ".cm-content": {
    fontFamily: "ui-monospace, 'SF Mono', 'DejaVu Sans Mono', monospace",
    caretColor: "var(--ink)",
  },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-placeholder": { color: "var(--faint)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": {
    backgroundColor: "var(--chosen) !important",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    border: "1px solid var(--edge)",
    color: "var(--ink)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--chosen)",
    color: "var(--ink)",
  },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal" },
  ".cm-completionInfo": { maxWidth: "380px" },
});

function sourceOf(complete: (before: string) => Completions | undefined): CompletionSource {
  return ({ state, pos }) => {
    const found = complete(state.sliceDoc(0, pos));
    return found === undefined
      ? null
      : { from: found.from, options: found.options, validFor: /^[\w.|-]*$/ };
  };
}

/** An editor in an element. */
export class CodeEditor {
  readonly #view: EditorView;

  constructor(host: HTMLElement, text: string, options: EditorOptions) {
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const isLine = options.tables === undefined;
    const run = () => {
      options.onRun();
      return true;
    };
    const older = (by: 1 | -1) => (view: EditorView) => {
      const text = options.onOlder?.(by);
      if (text === undefined) return false;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: text.length },
      });
      return true;
    };
    const ofKind: Extension = isLine
      ? [
        autocompletion(options.complete ? { override: [sourceOf(options.complete)] } : {}),
        keymap.of([
          { key: "Enter", run },
          { key: "ArrowUp", run: older(1) },
          { key: "ArrowDown", run: older(-1) },
        ]),
        // One line: whatever is pasted.
        EditorState.transactionFilter.of((transaction) =>
          transaction.newDoc.lines > 1 ? [] : transaction
        ),
      ]
      : [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
        sql({
          dialect: SQLite,
          schema: { ...options.tables } as Record<string, string[]>,
          upperCaseKeywords: true,
        }),
        autocompletion(),
      ];
    this.#view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        extensions: [
          history(),
          keymap.of(completionKeymap),
          ofKind,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          placeholder(options.placeholder),
          syntaxHighlighting(COLORS),
          THEME,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false" }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) options.onChange(state.doc.toString());
          }),
        ],
      }),
    });
  }

  /** What is in it. */
  set text(text: string) {
    const { state } = this.#view;
    if (state.doc.toString() === text) return;
    this.#view.dispatch({
      changes: { from: 0, to: state.doc.length, insert: text },
      selection: { anchor: text.length },
    });
  }

  /** Gives it the focus. */
  focus(): void {
    this.#view.focus();
  }

  /** Takes it away. */
  destroy(): void {
    this.#view.destroy();
  }
}

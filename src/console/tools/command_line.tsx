/** A command line. */

import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { useConsole } from "../app/console.ts";
import { roughText } from "../data/bytes.ts";
import { type Reply, ServerError } from "../data/resp.ts";
import { messageOf, useLoaded } from "../ui/loaded.tsx";
import { replyText } from "../ui/reply_text.ts";
import { type CommandDoc, commandDocs } from "./command_docs.ts";
import { dangerOf } from "./dangers.ts";
import { Editor } from "./editor.tsx";
import { wordsOf } from "./words.ts";

/** Commands that are kept in sight. */
const KEPT = 200;

interface Done {
  readonly id: number;
  readonly line: string;
  readonly reply: Reply;
  readonly ms: number;
}

/** What the reader may be typing: the words before the last, and where that begins. */
function completed(docs: readonly CommandDoc[], before: string) {
  const typed = before.trimStart().toUpperCase();
  const start = before.length - before.trimStart().length;
  if (typed === "") return undefined;
  // Names may have two words: both are completed at once.
  const options = docs.filter(({ name }) => name.startsWith(typed)).map((
    { name, summary, syntax, group },
  ) => ({
    label: name,
    apply: `${name} `,
    detail: syntax.length > 46 ? `${syntax.slice(0, 45)}…` : syntax,
    info: summary,
    type: group,
  }));
  return options.length === 0 ? undefined : { from: start, options };
}

/** The command that a line begins with. */
function docOf(docs: readonly CommandDoc[], line: string): CommandDoc | undefined {
  const words = line.trimStart().toUpperCase().split(/\s+/);
  const named = (name: string) => docs.find((doc) => doc.name === name);
  return named(words.slice(0, 2).join(" ")) ?? named(words[0] ?? "");
}

/** The view. */
export function CommandLineView() {
  const console = useConsole();
  const docs = useLoaded(() => commandDocs(console), []).value;
  const [line, setLine] = useState("");
  const [revision, setRevision] = useState(0);
  const [done, setDone] = useState<readonly Done[]>([]);
  const lines = useRef<string[]>([]);
  const older = useRef(0);
  const output = useRef<HTMLDivElement>(null);
  const complete = useCallback((before: string) => completed(docs ?? [], before), [docs]);
  const doc = useMemo(() => docOf(docs ?? [], line), [docs, line]);

  const run = async () => {
    const words = wordsOf(line);
    if (words === undefined) return console.tell("The quotes do not match.", true);
    if (words.length === 0) return;
    const danger = dangerOf(words.slice(0, 2).map(roughText));
    if (danger !== undefined) {
      const sure = await console.ask({
        title: "Run this?",
        text: `${line.trim()} — ${danger}`,
        action: "Run",
      });
      if (!sure) return;
    }
    lines.current.push(line);
    older.current = 0;
    setLine("");
    setRevision((revision) => revision + 1);
    const startMs = performance.now();
    const reply = await console.one(words).catch((error) =>
      error instanceof ServerError ? error : new ServerError(messageOf(error))
    );
    const ms = performance.now() - startMs;
    setDone((
      done,
    ) => [...done.slice(1 - KEPT), { id: (done.at(-1)?.id ?? 0) + 1, line, reply, ms }]);
    requestAnimationFrame(() => output.current?.scrollTo(0, output.current.scrollHeight));
  };
  const onOlder = (by: 1 | -1) => {
    const at = Math.max(0, Math.min(lines.current.length, older.current + by));
    if (at === older.current) return undefined;
    older.current = at;
    return at === 0 ? "" : lines.current.at(-at);
  };
  return (
    <div class="command-line">
      <h1 class="unseen">Command line</h1>
      <div class="output code" ref={output} role="log" aria-label="Replies" tabIndex={0}>
        {done.length === 0 && (
          <p class="quiet">
            Commands run in database{" "}
            {console.db}. Enter runs, the arrow up brings back what ran before.
          </p>
        )}
        {done.map(({ id, line, reply, ms }) => (
          <div key={id} class="done">
            <div class="asked">
              <span class="quiet">{console.db}&gt;</span> <bdi>{line}</bdi>
              <span class="quiet took">{ms.toFixed(1)} ms</span>
            </div>
            <pre
              class={reply instanceof ServerError ? "error" : ""}
              dir="auto"
            >{replyText(reply)}</pre>
          </div>
        ))}
      </div>
      <div class="prompt">
        <p class="hint code">
          {doc === undefined
            ? <span class="quiet">{docs === undefined ? "Loading commands…" : "\u00a0"}</span>
            : (
              <>
                <strong>{doc.name}</strong> {doc.syntax} <span class="quiet">{doc.summary}</span>
              </>
            )}
        </p>
        <div class="prompt-line">
          <Editor
            text={line}
            revision={revision}
            label="Command"
            placeholder="A command, such as INFO server"
            isFocused
            complete={complete}
            onChange={setLine}
            onRun={run}
            onOlder={onOlder}
          />
          <button type="button" class="primary" onClick={run}>Run</button>
        </div>
      </div>
    </div>
  );
}

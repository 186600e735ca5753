/** What differs between two moments, shown. */

import { line, textOf } from "../data/bytes.ts";
import { groups } from "../data/replies.ts";
import type { Reply } from "../data/resp.ts";
import { replyLine } from "../ui/reply_text.ts";
import type { Difference } from "./timeline.ts";

/** Elements of a kind that are shown. */
const MOST = 200;

/** Replies that make one element of a type where it is added or removed, and where it is changed. */
const PARTS: Readonly<Record<string, readonly [number, number]>> = {
  hash: [2, 3],
  zset: [2, 3],
  array: [2, 3],
  stream: [2, 2],
};

/** Types that differ as a whole. */
const WHOLE: ReadonlySet<string> = new Set(["string", "ReJSON-RL"]);

/** The view. */
export function DifferenceView({ difference }: { readonly difference: Difference }) {
  const { types: [before, after], added, removed, changed } = difference;
  if (before !== after) {
    return (
      <>
        <p class="quiet">
          {before === "none" ? `It was made: ${after}.` : `It was ${before}, and is ${after}.`}
        </p>
        <Kind title="Removed" mark="−" kind="removed" elements={elementsOf(removed, before, 0)} />
        <Kind title="Added" mark="+" kind="added" elements={elementsOf(added, after, 0)} />
      </>
    );
  }
  if (added.length + removed.length + changed.length === 0) return <p class="quiet">None.</p>;
  if (WHOLE.has(after)) return <Texts from={changed[0] ?? null} to={changed[1] ?? null} />;
  return (
    <>
      <Kind title="Removed" mark="−" kind="removed" elements={elementsOf(removed, before, 0)} />
      <Kind title="Added" mark="+" kind="added" elements={elementsOf(added, after, 0)} />
      <Kind title="Changed" mark="~" kind="changed" elements={elementsOf(changed, after, 1)} />
    </>
  );
}

function elementsOf(replies: readonly Reply[], type: string, which: 0 | 1) {
  return groups(replies, PARTS[type]?.[which] ?? 1);
}

function Kind({ title, mark, kind, elements }: {
  readonly title: string;
  readonly mark: string;
  readonly kind: string;
  readonly elements: readonly (readonly Reply[])[];
}) {
  if (elements.length === 0) return null;
  return (
    <ul class={`difference ${kind}`} aria-label={title}>
      {elements.slice(0, MOST).map((parts, i) => (
        <li key={i}>
          <span aria-hidden="true">{mark}</span>{" "}
          <bdi>{elementLine(parts.map((part) => replyLine(part)))}</bdi>
        </li>
      ))}
      {elements.length > MOST && <li class="quiet">… and {elements.length - MOST} more</li>}
    </ul>
  );
}

/** An element, or one with what it was and what it is. */
const elementLine = ([name, ...values]: readonly string[]) =>
  [name, values.join(" → ")].join("  ").trimEnd();

/** Two texts, with what is not the same in the middle of them marked. */
function Texts({ from, to }: { readonly from: Reply; readonly to: Reply }) {
  const shown = (reply: Reply) =>
    reply instanceof Uint8Array ? textOf(reply) ?? line(reply, 2000) : replyLine(reply);
  const one = shown(from), other = shown(to);
  let start = 0;
  while (start < Math.min(one.length, other.length) && one[start] === other[start]) start++;
  let end = 0;
  while (
    end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)
  ) end++;
  const parts = (text: string) => [
    text.slice(Math.max(0, start - 200), start),
    text.slice(start, text.length - end).slice(0, 2000),
    text.slice(text.length - end).slice(0, 200),
  ];
  return (
    <>
      {([["removed", one], ["added", other]] as const).map(([kind, text]) => {
        const [before, middle, after] = parts(text);
        return (
          <p key={kind} class={`difference text ${kind}`} dir="auto">
            {before}
            <mark>{middle}</mark>
            {after}
          </p>
        );
      })}
    </>
  );
}

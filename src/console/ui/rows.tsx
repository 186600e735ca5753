/** A list of which only those rows are in the page that are seen. */

import type { ComponentChildren, Ref } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Rows beyond both edges that are there already. */
const SPARE = 6;

/**
 * Rows of one height.
 *
 * @param row Makes the row of an index.
 * @param onSeen Is told which rows are there.
 */
export function Rows(
  { count, height, row, onSeen, selected, elementRef, ...attributes }: {
    readonly count: number;
    readonly height: number;
    readonly row: (index: number) => ComponentChildren;
    readonly onSeen?: (from: number, to: number) => void;
    /** The row that is to be in sight. */
    readonly selected?: number;
    readonly elementRef?: Ref<HTMLDivElement>;
    readonly class?: string;
    readonly role?: "tree" | "list";
    readonly "aria-label"?: string;
    readonly tabIndex?: number;
    readonly onKeyDown?: (event: KeyboardEvent) => void;
    readonly "aria-activedescendant"?: string | undefined;
  },
) {
  const element = useRef<HTMLDivElement | null>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = () => setView({ top: current.scrollTop, height: current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    measure();
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null || selected === undefined || selected < 0) return;
    const top = selected * height;
    if (top < current.scrollTop) current.scrollTop = top;
    else if (top + height > current.scrollTop + current.clientHeight) {
      current.scrollTop = top + height - current.clientHeight;
    }
  }, [selected, height]);
  const from = Math.max(0, Math.floor(view.top / height) - SPARE);
  const to = Math.min(count, Math.ceil((view.top + view.height) / height) + SPARE);
  useLayoutEffect(() => onSeen?.(from, to));
  return (
    <div
      {...attributes}
      ref={(found) => {
        element.current = found;
        if (typeof elementRef === "function") elementRef(found);
        else if (elementRef) elementRef.current = found;
      }}
      onScroll={({ currentTarget }) =>
        setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
    >
      <div role="presentation" style={{ height: `${count * height}px`, position: "relative" }}>
        <div role="presentation" style={{ transform: `translateY(${from * height}px)` }}>
          {Array.from({ length: Math.max(0, to - from) }, (_, i) => row(from + i))}
        </div>
      </div>
    </div>
  );
}

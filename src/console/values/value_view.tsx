/** The view of a value, by its type. */

import type { FunctionComponent } from "preact";
import { ArrayView } from "./array.tsx";
import { HashView } from "./hash.tsx";
import { JsonView } from "./json.tsx";
import { ListView } from "./list.tsx";
import { SeriesView } from "./series.tsx";
import { SetView } from "./set.tsx";
import { SketchView } from "./sketches.tsx";
import { SortedSetView } from "./sorted_set.tsx";
import { StreamView } from "./stream.tsx";
import { StringView } from "./string.tsx";
import { VectorsView } from "./vectors.tsx";
import type { ValueProps } from "./value_props.ts";

const VIEWS: Readonly<Record<string, FunctionComponent<ValueProps>>> = {
  string: StringView,
  hash: HashView,
  list: ListView,
  set: SetView,
  zset: SortedSetView,
  stream: StreamView,
  array: ArrayView,
  vectorset: VectorsView,
  "ReJSON-RL": JsonView,
  "TSDB-TYPE": SeriesView,
  "MBbloom--": SketchView,
  "MBbloomCF": SketchView,
  "CMSk-TYPE": SketchView,
  "TopK-TYPE": SketchView,
  "TDIS-TYPE": SketchView,
};

/** The view. */
export function ValueView(props: ValueProps) {
  const View = VIEWS[props.facts.type];
  if (View === undefined) return <p class="quiet">There is no view of this type.</p>;
  return <View {...props} />;
}

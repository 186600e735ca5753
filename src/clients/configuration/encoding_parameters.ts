/** The parameters of CONFIG that say how large values may be in their compact forms. */

import type { EncodingLimits } from "../../store/collections/encodings.ts";
import type { Applier } from "./configuration.ts";

const FIELDS: Readonly<Record<string, keyof EncodingLimits>> = {
  "hash-max-listpack-entries": "hashEntries",
  "hash-max-listpack-value": "hashValue",
  "set-max-intset-entries": "intsetEntries",
  "set-max-listpack-entries": "setEntries",
  "set-max-listpack-value": "setValue",
  "zset-max-listpack-entries": "zsetEntries",
  "zset-max-listpack-value": "zsetValue",
  "list-max-listpack-size": "listSize",
  "hll-sparse-max-bytes": "hllSparseBytes",
  "stream-node-max-entries": "streamNodeEntries",
  "stream-idmp-duration": "streamIdempotentSeconds",
  "stream-idmp-maxsize": "streamIdempotentIds",
  "stream-node-max-bytes": "streamNodeBytes",
};

/** What puts a new value of each of them into effect. */
export function encodingAppliers(limits: EncodingLimits): Record<string, Applier> {
  return Object.fromEntries(
    Object.entries(FIELDS).map(([name, field]): [string, Applier] => [name, (value) => {
      limits[field] = Number(value);
    }]),
  );
}

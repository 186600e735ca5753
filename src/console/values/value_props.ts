/** What the view of a value is given. */

import type { ByteString } from "../data/bytes.ts";
import type { KeyFacts } from "../keys/facts.ts";

/** The key that it is of. */
export interface ValueProps {
  readonly name: ByteString;
  readonly facts: KeyFacts;
  /** Is called when the value has been changed. */
  readonly onChanged: () => void;
}

/** The part of a file that is there, where more may come. */

import { MAX_STRING_LENGTH } from "../../file/schema.ts";
import { badDataFormat } from "../format.ts";
import { RdbInput } from "../input.ts";

/** More bytes are wanted than there are yet. */
export class Incomplete extends Error {
  /** How many, from where the input is. */
  size = 0;
}

/** One is enough, for it is caught at once: it carries no stack. */
const incomplete = new Incomplete();

/** Tells that bytes are missing from one that is not well formed. */
export class FileInput extends RdbInput {
  /** Asks for more, unless no value can be so long. */
  protected override missing(size: number): Error {
    if (size > MAX_STRING_LENGTH) return badDataFormat();
    incomplete.size = size;
    return incomplete;
  }
}

/** Why a file cannot be read, and where. */
export class RdbFileError extends Error {
  override readonly name = "RdbFileError";
  /** The byte. */
  readonly at: number;

  /** @param at The byte of the file. */
  constructor(message: string, at: number) {
    super(`${message} at byte ${at}`);
    this.at = at;
  }
}

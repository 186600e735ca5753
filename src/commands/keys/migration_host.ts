/** What MIGRATE asks of the server. */

/** What is to be moved, and where. */
export interface MigrationRequest {
  readonly hostname: string;
  readonly port: number;
  /** The database that the keys are in, and the one of the target that they go to. */
  readonly db: number;
  readonly toDb: number;
  readonly keys: readonly Uint8Array[];
  /** How long the target may say nothing. */
  readonly timeoutMs: number;
  /** Whether the keys stay here, and whether they may take the place of others there. */
  readonly copy: boolean;
  readonly replace: boolean;
  /** Who comes to the target; the default user if only a password is given, nobody if none is. */
  readonly user: string;
  readonly password: string | undefined;
}

/** Moves keys to other servers. */
export interface Migration {
  /**
   * Moves keys. A key that changes while it is on its way is sent again: it is deleted here only when
   * the target has what it is then.
   *
   * @throws {CommandError} If a key did not get there; others may have.
   */
  move(request: MigrationRequest): Promise<void>;
}

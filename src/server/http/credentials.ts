/** Who an HTTP request is from: a token, a name and password, or nobody in particular. */

import { Buffer } from "node:buffer";
import type { User } from "../../commands/table/access.ts";
import { readToken } from "../../commands/sessions/rest_tokens.ts";
import type { AccessControl } from "../../clients/acl/access_control.ts";
import { Slice } from "../../store/values/slice.ts";

/** Whom a request is from. */
export interface Identity {
  readonly user: User;
  /** Whether it may only read, whatever the user may. */
  readonly readsOnly: boolean;
}

const DEFAULT = "default";

/** Who gave a token or password that is not right, or none where one is needed. */
export class Unknown {
  /** The name that was given. */
  readonly name: string;
  /** Whether there was anything to be wrong. */
  readonly given: boolean;

  constructor(name: string, given: boolean) {
    this.name = name;
    this.given = given;
  }
}

/**
 * Whom a request is from. A token is one of ACL RESTTOKEN, or the password of the default user.
 *
 * @param authorization The header.
 * @param token What the address says in place of it.
 */
export function identify(
  access: AccessControl,
  authorization: string | null,
  token: string | undefined,
): Identity | Unknown {
  if (authorization !== null) {
    const space = authorization.indexOf(" ");
    const scheme = authorization.slice(0, space).toLowerCase();
    const rest = authorization.slice(space + 1).trim();
    if (scheme === "bearer") return byToken(access, rest);
    if (scheme === "basic") return byPassword(access, rest);
    return new Unknown(DEFAULT, true);
  }
  if (token !== undefined) return byToken(access, token);
  return access.isOpen
    ? { user: access.defaultUser, readsOnly: false }
    : new Unknown(DEFAULT, false);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function byToken(access: AccessControl, token: string): Identity | Unknown {
  const { user: name, readsOnly } = readToken(token) ?? { user: DEFAULT, readsOnly: false };
  const user = access.authenticate(name, new Slice(encoder.encode(token)));
  return user === undefined ? new Unknown(name, true) : { user, readsOnly };
}

function byPassword(access: AccessControl, base64: string): Identity | Unknown {
  const bytes = Buffer.from(base64, "base64");
  const colon = bytes.indexOf(0x3a);
  if (colon < 0) return new Unknown(DEFAULT, true);
  const name = decoder.decode(bytes.subarray(0, colon)) || DEFAULT;
  const user = access.authenticate(name, new Slice(bytes, colon + 1));
  return user === undefined ? new Unknown(name, true) : { user, readsOnly: false };
}

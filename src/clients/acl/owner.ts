/** Who may do everything, for it has the file or is followed. */

import type { User } from "../../commands/table/access.ts";

/** A user that needs no permission for anything. */
export const OWNER: User = {
  name: "default",
  enabled: true,
  nopass: true,
  unrestricted: true,
  flags: ["on", "nopass"],
  passwords: [],
  permissions: [{ commands: "+@all", keys: "~*", channels: "&*" }],
  rules: "on nopass ~* &* +@all",
};

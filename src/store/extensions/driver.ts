/** A driver whose connections are ready for extensions. */

import type { Connection, Driver } from "../../sqlite/sqlite.ts";
import type { StoreExtension } from "./extension.ts";
import { ExtensionRefused } from "./registration.ts";

function connect(extension: StoreExtension, connection: Connection): void {
  try {
    extension.connect?.(connection);
  } catch (error) {
    throw new ExtensionRefused(
      error instanceof Error ? error.message : String(error),
      extension.name,
    );
  }
}

/** The driver itself where no extension asks for connections. */
export function withExtensions(driver: Driver, extensions: readonly StoreExtension[]): Driver {
  const connecting = extensions.filter(({ connect }) => connect !== undefined);
  if (connecting.length === 0) return driver;
  return {
    ...driver,
    open: (path, options) => {
      const connection = driver.open(path, options);
      try {
        for (const extension of connecting) connect(extension, connection);
        return connection;
      } catch (error) {
        connection.close();
        throw error;
      }
    },
  };
}

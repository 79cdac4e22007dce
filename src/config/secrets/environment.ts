/** Secrets in environment variables: "os.environ/NAME", or in the file that NAME_FILE names, as container platforms mount them. */

import { readSecretFile } from "./file.ts";
import type { SecretStoreKind } from "./store.ts";

export const environment: SecretStoreKind = {
  id: "environment",
  prefix: "os.environ/",
  create: (sources) => ({
    id: "environment",
    async read(name) {
      const value = sources.env[name];
      if (value !== undefined) return value;
      const path = sources.env[`${name}_FILE`];
      return path ? readSecretFile(path, sources) : undefined;
    },
  }),
};

/** Secrets in environment variables: "os.environ/NAME", or in the file that NAME_FILE names, as container platforms mount them. */

import { readSecretFile } from "./file.ts";
import type { SecretSources, SecretStoreKind } from "./store.ts";

export const environment: SecretStoreKind = {
  id: "environment",
  prefix: "os.environ/",
  create: (sources) => ({
    id: "environment",
    async read(name) {
      const value = variable(name, sources);
      if (value !== undefined) return value;
      const path = variable(`${name}_FILE`, sources);
      return path ? readSecretFile(path, sources) : undefined;
    },
  }),
};

/** What every object inherits ("constructor") is no variable. */
const variable = (name: string, { env }: SecretSources): string | undefined =>
  Object.hasOwn(env, name) ? env[name] : undefined;

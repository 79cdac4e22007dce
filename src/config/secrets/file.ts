/** Secrets in files: "file:/run/secrets/name". White space around the secret is not part of it. */

import type { SecretSources, SecretStoreKind } from "./store.ts";

/** No secret is longer; whoever names a longer file named the wrong one. */
const maxBytes = 64 * 1024;

export const file: SecretStoreKind = {
  id: "file",
  prefix: "file:/",
  create: (sources) => ({
    id: "file",
    read: (name) => readSecretFile(`/${name.replace(/^\/+/, "")}`, sources),
  }),
};

export async function readSecretFile(path: string, sources: SecretSources): Promise<string | undefined> {
  const text = await sources.readFile(path, maxBytes);
  return text?.trim();
}

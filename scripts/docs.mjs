/** Writes the pages of docs/ that follow from the code. Runs on the Node that the lock file pins, which reads TypeScript. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { providers } from "../src/providers/index.ts";
import { providersPage } from "../src/providers/page.ts";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
mkdirSync(docs, { recursive: true });
writeFileSync(`${docs}providers.md`, providersPage(providers.values()));

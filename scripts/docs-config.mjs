/** Writes docs/configuration.md. Runs on the Node that the lock file pins, which reads TypeScript. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configurationPage } from "../src/config/litellm/page.ts";

const docs = fileURLToPath(new URL("../docs/", import.meta.url));
mkdirSync(docs, { recursive: true });
writeFileSync(`${docs}configuration.md`, configurationPage());

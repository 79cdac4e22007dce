#!/usr/bin/env node
/** The key: the program that people start. */

import { enableCompileCache } from "node:module";

// Compiled code is kept beside the package's own, so that every start but the first is quick.
enableCompileCache();
const { run } = await import("./cli/program.ts");
await run();

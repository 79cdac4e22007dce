#!/usr/bin/env node
/** The key: the program that people start. */

// A module as a whole: an older Node lacks the name, and has to get as far as saying what it needs.
import module from "node:module";
import { endWithStarter, isServed } from "./cli/runtime.ts";

if (isServed(process.versions.node)) {
  // Compiled code is kept beside the package's own, so that every start but the first is quick.
  module.enableCompileCache();
  endWithStarter();
  const { run } = await import("./cli/program.ts");
  await run();
} else {
  const { runOnOwnNode } = await import("./cli/own-node.ts");
  await runOnOwnNode();
}

/** What every reader of the dialect needs. */

import type { Env, FactsFor, SplitModel, VendorInEnvironment } from "../given.ts";
import type { Notices } from "../notices.ts";
import type { EnvironmentValues } from "./environment.ts";

export interface Context {
  readonly notices: Notices;
  /** The process's variables with those of the file laid over them. */
  readonly env: Env;
  /** The same, read by the table. */
  readonly variables: EnvironmentValues;
  readonly splitModel: SplitModel;
  readonly factsFor: FactsFor;
  readonly vendors: readonly VendorInEnvironment[];
  readonly dataDir: string;
}

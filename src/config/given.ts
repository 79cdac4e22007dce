/** What the loader is given by those who know vendors, prices and the machine, since this room may not look there. */

import type { ModelFacts } from "./config.ts";

export interface VendorInEnvironment {
  /** The word before the slash. */
  readonly id: string;
  /** Environment names of the key, and of the address; the first found counts. */
  readonly keys: readonly string[];
  readonly bases?: readonly string[];
  readonly settings?: readonly SettingsInEnvironment[];
}

/** Settings and the variables that fill them: what the fields mean stands with the vendors' declarations. */
export interface SettingsInEnvironment {
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly credential?: boolean;
  readonly first?: boolean;
  readonly unless?: readonly string[];
  readonly whole?: boolean;
  readonly like?: Readonly<Record<string, string>>;
  readonly usual?: Readonly<Record<string, string>>;
}

/** Undefined: nobody knows which vendor that is. */
export type SplitModel = (
  name: string,
  about: { readonly provider?: string; readonly apiBase?: string },
) => { readonly provider: string; readonly model: string } | undefined;

/** The catalogue's facts under the first name that it knows, with what `entry` (in the catalogue's own words) says laid over them. */
export type FactsFor = (names: readonly string[], entry: Readonly<Record<string, unknown>>) => ModelFacts;

export type Env = Readonly<Record<string, string | undefined>>;

/** Texts to be turned into vectors, and the vectors. */

import type { Usage } from "./usage.ts";

export interface EmbedRequest {
  readonly model: string;
  /** Texts, or texts that the client has already cut into tokens. */
  readonly inputs: readonly (string | readonly number[])[];
  /** True when the client sent one input bare, not in a list. */
  readonly single?: boolean;
  readonly dimensions?: number;
  /** How the client wants each vector written. Default "float". */
  readonly encoding?: "float" | "base64";
  readonly user?: string;
  /** Fields we do not interpret: forwarded as they came. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface EmbedResponse {
  readonly model: string;
  /** In the order of the inputs; base64 of little-endian 32-bit floats where the vendor answered so. */
  readonly vectors: readonly (readonly number[] | string)[];
  readonly usage?: Usage;
}

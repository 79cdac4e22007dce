/** A vendor, declared: where it is, how it knows us and which languages it speaks. Data only; upstream/ does the work. */

import type { Operation } from "../canonical/operation.ts";
import type { Body, Format } from "../wire/format.ts";

export interface Provider {
  /** The word before the slash in "provider/model". */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** May name settings of the deployment: "https://{resource}.openai.azure.com". Undefined: the deployment must say `api_base`. */
  readonly baseUrl?: string;
  /** Environment names, first found wins. */
  readonly env: { readonly key: readonly string[]; readonly base?: readonly string[] };
  readonly auth: Auth;
  /** Sent with every call; a deployment's own headers win. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Client headers that this vendor understands and gets, lower-case ("anthropic-beta"). */
  readonly forwards?: readonly string[];
  readonly serves: { readonly [O in Operation]?: Serves<O> };
  /** Hosts by which an `api_base` tells the vendor where the model's name does not ("api.groq.com"). */
  readonly hosts?: readonly string[];
  /** Models that may be asked for by their bare name, and for which this vendor is the default choice: exact, or with one trailing "*". */
  readonly models?: readonly string[];
  /** The vendor's documentation of its API. */
  readonly docs?: string;
}

/** One route for every model, or routes that depend on the vendor's model name and the deployment's settings. */
export type Serves<O extends Operation> = Route<O> | ((model: string, settings: Settings) => Route<O>);

/** Settings of a deployment by their names in the configuration ("api_version", "region_name"). No secrets. */
export type Settings = Readonly<Record<string, unknown>>;

/** How one operation is asked of the vendor. */
export interface Route<O extends Operation> {
  readonly format: Format<O>;
  /** Below the base URL; may name the model and settings: "/openai/deployments/{model}/chat/completions?api-version={api_version}". */
  readonly path: string;
  readonly streamPath?: string;
  readonly framing?: "sse" | "ndjson" | "aws-event-stream";
  /** What this vendor takes of the language's optional fields. Undefined: all of them. */
  readonly parameters?: Parameters;
  /** The last word on the body, for what the vendor does differently from the format. Fields that stay the same must stay the same objects. */
  readonly adjust?: (body: Body, about: Adjusting) => Body;
  /** Whether the vendor has to be asked for usage in streams, and takes the question. Default true where the format has such a field. */
  readonly asksUsage?: boolean;
  /** False: the vendor cannot stream this; the gateway asks for the whole and replays it. */
  readonly streams?: boolean;
  /** The exchange's own language wins over this route when a client speaks it: another route of the same vendor in that language. */
  readonly also?: readonly Route<O>[];
}

export interface Adjusting {
  readonly model: string;
  readonly settings: Settings;
  readonly stream: boolean;
}

/** Which of a format's optional top-level fields a vendor's model takes. Exactly one of the two lists is read. */
export interface Parameters {
  readonly only?: readonly string[];
  readonly never?: readonly string[];
}

export type Auth =
  | { readonly scheme: "none" }
  | { readonly scheme: "bearer"; readonly optional?: boolean }
  /** The key in a header of its own ("x-api-key", "api-key"). */
  | { readonly scheme: "header"; readonly name: string; readonly prefix?: string; readonly optional?: boolean }
  /** The key as a query parameter. */
  | { readonly scheme: "query"; readonly name: string }
  | { readonly scheme: "aws-sigv4"; readonly service: string }
  | { readonly scheme: "google-oauth" };

export const bearer: Auth = { scheme: "bearer" };
export const header = (name: string): Auth => ({ scheme: "header", name });

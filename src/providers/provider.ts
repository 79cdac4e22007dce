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
  readonly env: {
    readonly key: readonly string[];
    readonly base?: readonly string[];
    readonly settings?: readonly EnvironmentSettings[];
  };
  readonly auth: Auth;
  /** Settings of a deployment that hold a token (Entra ID, IAM): the first that is there goes as a bearer, in place of the key. */
  readonly tokens?: readonly string[];
  /** Headers that settings of the deployment fill: { "openai-organization": "organization" }. */
  readonly settingHeaders?: Readonly<Record<string, string>>;
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

/** Settings that the environment may fill where the deployment does not say them. */
export interface EnvironmentSettings {
  readonly names: Readonly<Record<string, readonly string[]>>;
  /**
   * They are what the vendor knows us by: a deployment with a key, with one of `unless` or with one of these is given none
   * of them, and one with some of these no key from the environment.
   */
  readonly credential?: boolean;
  /** Where the environment has a key too, these go before it. */
  readonly first?: boolean;
  readonly unless?: readonly string[];
  /** All of them make a whole, and what a deployment lacks of it is filled; who has all in the environment can use the vendor. */
  readonly whole?: boolean;
  /** Other settings that say the same. */
  readonly like?: Readonly<Record<string, string>>;
  /** What is meant where nobody says anything. */
  readonly usual?: Readonly<Record<string, string>>;
}

/** One route for every model, or routes that depend on the vendor's model name and the deployment's settings. */
type Serves<O extends Operation> = Route<O> | ((model: string, settings: Settings) => Route<O>);

/** Settings of a deployment by their names in the configuration ("api_version", "region_name"). No secrets. */
export type Settings = Readonly<Record<string, unknown>>;

/** How one operation is asked of the vendor. */
export interface Route<O extends Operation> {
  readonly format: Format<O>;
  /** Below the base URL; may name the model and settings: "/openai/deployments/{model}/chat/completions?api-version={api_version}". */
  readonly path: string;
  readonly streamPath?: string;
  readonly framing?: "sse" | "ndjson" | "aws-event-stream";
  /** What this vendor takes of the optional fields. Undefined: all of them. */
  readonly parameters?: Parameters;
  /** The last word on the body, for what the vendor does differently from the format. Fields that stay the same must stay the same objects. */
  readonly adjust?: (body: Body, about: Adjusting) => Body;
  /** Mends what this vendor would refuse, where the operator wants that: before `adjust`. Nothing amiss: the same object. */
  readonly mend?: (body: Body, about: Mending) => Body;
  /** Whether the vendor has to be asked for usage in streams, and takes the question. Default true where the format has such a field. */
  readonly asksUsage?: boolean;
  /** False: the vendor cannot stream this; the gateway asks for the whole and replays it. */
  readonly streams?: boolean;
  /** False: the vendor answers in streams only; the gateway collects one for who wants the whole. */
  readonly wholes?: boolean;
  /** The exchange's own language wins over this route when a client speaks it: another route of the same vendor in that language. */
  readonly also?: readonly Route<O>[];
  /**
   * Routes that serve clients of another language better than this one does, by the client's format: an Anthropic client
   * keeps its thinking on OpenAI's Responses, not on its chat. Looked at after `also`.
   */
  readonly forClients?: Readonly<Record<string, Route<O>>>;
  /** The route of requests whose answer must fit a schema, where the model cannot be held to one in the usual way. */
  readonly forSchema?: Route<O>;
  /** Headers that depend on the finished body (features that a vendor wants announced). Names are lower-case. */
  readonly adjustHeaders?: (headers: Headers, body: Body) => Headers;
}

export type Headers = Readonly<Record<string, string>>;

export interface Adjusting {
  readonly model: string;
  readonly settings: Settings;
  readonly stream: boolean;
}

export interface Mending extends Adjusting {
  /** The most tokens that the model can answer with, where that is known. */
  readonly maxOutput?: number;
}

/**
 * Which parameters a vendor's model takes. On a route in one of OpenAI's languages the names are those of the body that
 * leaves; on any other route they are those of OpenAI's chat, and are looked for in what the client asked.
 */
export interface Parameters {
  /** Of the parameters that OpenAI's chat knows, only these. Others are the vendor's own and always pass. */
  readonly only?: ReadonlySet<string>;
  readonly never?: ReadonlySet<string>;
  /** Parameters for models that can a certain thing ("reasoning"), as the catalogue says. A model of which nothing is known is given the benefit. */
  readonly needs?: Readonly<Record<string, string>>;
  /** The parameters of this body whose values the model does not take. */
  readonly refuses?: (body: Body) => readonly string[];
  /** What the vendor's language calls them, where a name that the operator wants dropped is another there. */
  readonly names?: Readonly<Record<string, string>>;
}

/** How a vendor knows us by a key. */
export type KeyAuth =
  | { readonly scheme: "none" }
  | { readonly scheme: "bearer"; readonly optional?: boolean }
  /** The key in a header of its own ("x-api-key", "api-key"). */
  | {
      readonly scheme: "header";
      readonly name: string;
      readonly prefix?: string;
      readonly optional?: boolean;
      /** Only at hosts with one of these endings; at any other the key goes as a bearer. */
      readonly at?: readonly string[];
    }
  /** The key as a query parameter. */
  | { readonly scheme: "query"; readonly name: string };

/** How a vendor knows us. What is more than a key names the settings that hold it. */
export type Auth =
  | KeyAuth
  /** Signed requests; a key of the vendor's own goes as a bearer, where it takes one (`orKey`). */
  | { readonly scheme: "aws-sigv4"; readonly service: string; readonly region: string; readonly orKey?: boolean }
  /** OAuth's client credentials: exchanged for a token. A key goes as `key` says, and before the client but for `first`. */
  | {
      readonly scheme: "client-credentials";
      readonly id: string;
      readonly secret: string;
      /** The setting with the path of a signed token, in place of the secret. */
      readonly assertion?: string;
      readonly tenant?: string;
      /** Where tokens are given; without base and setting, the deployment's own host. */
      readonly at: { readonly base?: string; readonly setting?: string; readonly path: string };
      readonly scope: string;
      readonly scopeSetting?: string;
      readonly basic?: boolean;
      readonly key: KeyAuth;
      readonly first?: boolean;
    }
  /** The key is exchanged for a token. */
  | { readonly scheme: "ibm-iam"; readonly url: string; readonly urlSetting: string; readonly zenSetting: string }
  | {
      readonly scheme: "github-copilot";
      readonly url: string;
      readonly urlSetting: string;
      readonly fileSetting: string;
      readonly headers: Headers;
    };

export const bearer: KeyAuth = { scheme: "bearer" };
export const optionalBearer: KeyAuth = { scheme: "bearer", optional: true };
export const header = (name: string): KeyAuth => ({ scheme: "header", name });

/** What a sink is: somewhere records go, and in what words; and how one is declared with its options. */

import { type ZodError, type ZodType, z } from "zod";
import type { CallRecord } from "../../canonical/call-record.ts";
import { Secret } from "../../canonical/secret.ts";
import type { Draft } from "../../net/draft.ts";

/** How many records travel together, and how long they wait for each other. */
interface Batch {
  readonly records: number;
  /** The longest wait for a batch to fill. */
  readonly seconds: number;
  /** Deliveries under way at a time. */
  readonly parallel: number;
}

/** Turns records into words and words into deliveries: the host queues, batches, sends and tries again. */
export interface Sink {
  readonly batch: Batch;
  /** One record in the sink's words. Pure. */
  encode(record: CallRecord): string;
  readonly target: Target;
}

export type Target =
  | {
      readonly kind: "http";
      /** The request that delivers these. Pure. */
      draft(texts: readonly string[]): Draft;
      /** What was not taken, although the answer was a success. Undefined: everything was. */
      refusal?(answer: Uint8Array): Refusal | undefined;
    }
  /** Something on this machine. Called one at a time. */
  | { readonly kind: "local"; write(texts: readonly string[]): Promise<void> };

export interface Refusal {
  readonly records: number;
  readonly reason: string;
}

/** Something wrong with the options: `path` is below the sink's own options. */
export interface Complaint {
  readonly path: string;
  readonly message: string;
}

export interface SinkDeps {
  /** The name in the configuration. */
  readonly name: string;
  /** Of this program. */
  readonly version: string;
  /** Stands before the names of fields that other programs look for under it. */
  readonly fieldPrefix: string;
}

interface Declaration<Options> {
  readonly id: string;
  /** Validates the options, and says what they are for forms and pages. */
  readonly options: ZodType<Options>;
  create(options: Options, deps: SinkDeps): Sink;
}

/** An item of the rack. */
export interface SinkKind {
  readonly id: string;
  readonly options: ZodType;
  /** Undefined when the options are no good; the complaints say why. */
  make(options: unknown, deps: SinkDeps, complain: (complaint: Complaint) => void): Sink | undefined;
}

export const define = <Options>(declared: Declaration<Options>): SinkKind => ({
  id: declared.id,
  options: declared.options,
  make(options, deps, complain) {
    const read = declared.options.safeParse(options);
    if (read.success) return declared.create(read.data, deps);
    tell(read.error, complain);
    return undefined;
  },
});

function tell({ issues }: ZodError, complain: (complaint: Complaint) => void): void {
  for (const { path, message } of issues) complain({ path: path.join("."), message });
}

/** Options that every sink has. */
export const batchSize = (usual: number) =>
  z
    .int()
    .min(0)
    .max(10_000)
    .default(usual)
    .transform((records) => Math.max(1, records));
/** Seconds; 0 means at once, which is soon. */
export const flushInterval = (usual: number) =>
  z
    .number()
    .min(0)
    .max(3600)
    .default(usual)
    .transform((seconds) => Math.max(0.02, seconds));

export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .describe("An http or https address; the operator's word, so it may be a private one.");

/** https://www.rfc-editor.org/rfc/rfc9110#name-fields */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, "is no name of a header");
const isOnOneLine = (text: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
const headerValue = z
  .union([z.string(), z.instanceof(Secret)])
  .refine((value) => isOnOneLine(value instanceof Secret ? value.reveal() : value), "holds what no header can");
export const headers = z.record(headerName, headerValue).default({});

/** The headers as they are sent. Only what makes drafts may hold them. */
export function revealed(given: Readonly<Record<string, string | Secret>>): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const [name, value] of Object.entries(given))
    sent[name.toLowerCase()] = value instanceof Secret ? value.reveal() : value;
  return sent;
}

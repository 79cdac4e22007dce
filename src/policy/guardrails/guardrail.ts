/** What a guardrail is: a judge of texts, and how one is declared with its options. */

import type { ZodError, ZodType } from "zod";
import type { GuardrailConfig } from "../../config/config.ts";

/** Where a text stands in a conversation. "opaque": in something that the gateway does not interpret. */
export type Scope = "system" | "user" | "assistant" | "tool-input" | "tool-output" | "reasoning" | "opaque";

export interface Scoped {
  readonly text: string;
  readonly scope: Scope;
  /** "messages.2.content.0.text": for people, not for programs. */
  readonly path: string;
}

/** What the texts belong to. */
export interface Subject {
  readonly side: "request" | "answer";
  /** The exchange's id. */
  readonly id: string;
  readonly model: string;
  readonly keyAlias?: string;
  readonly teamId?: string;
  /** Nobody waits for the verdict any more: the time for it is over, or the client has left. */
  readonly isOver?: () => boolean;
}

/** Other text for `from` up to `to` of a text. The edits of one text are in order and do not overlap. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export type Verdict =
  | { readonly kind: "allow" }
  /** Every text again, in order. `edits` say where each differs: who judges windows (`reach`) tells them, so that masks fall where they belong. */
  | {
      readonly kind: "rewrite";
      readonly texts: readonly string[];
      readonly edits?: readonly (readonly Edit[])[];
    }
  /** The reason is shown to the client: it never quotes what was found. */
  | { readonly kind: "block"; readonly reason: string };

/** Judges the texts of one side of a conversation; may give them back rewritten, in the same order. */
export interface Guardrail {
  readonly id: string;
  /**
   * How many characters a finding can span at most, with what must be seen on either side of it. Streams are then judged
   * in windows and flow on. Absent: only the whole answer can be judged, and streams are held back until it is there.
   */
  readonly reach?: number;
  judge(texts: readonly Scoped[], about: Subject): Verdict | Promise<Verdict>;
}

/** Something wrong with the options: `path` is below the guardrail's own options. */
export interface Complaint {
  readonly severity: "error" | "warning" | "note";
  readonly path: string;
  readonly message: string;
  readonly remedy?: string;
}

export interface GuardrailDeps {
  /** The name in the configuration. */
  readonly name: string;
  readonly when: GuardrailConfig["when"];
  /** The text of a file beside the configuration. Throws, saying why, for what lies elsewhere, is too large or is not there. */
  readonly readText: (path: string) => string;
  readonly complain: (complaint: Complaint) => void;
}

interface Declaration<Options> {
  readonly id: string;
  /** Validates the options, and says what they are for forms and pages. */
  readonly options: ZodType<Options>;
  /** Errors are told by `complain`; with one, the result is not used. */
  readonly create: (options: Options, deps: GuardrailDeps) => Guardrail;
}

/** An item of the rack. */
export interface GuardrailKind {
  readonly id: string;
  readonly options: ZodType;
  /** Undefined when the options are no good; the complaints say why. */
  readonly make: (options: unknown, deps: GuardrailDeps) => Guardrail | undefined;
}

export const define = <Options>({ id, options: schema, create }: Declaration<Options>): GuardrailKind => ({
  id,
  options: schema,
  make(options, deps) {
    const read = schema.safeParse(options);
    if (!read.success) {
      tell(read.error, deps);
      return undefined;
    }
    let failed = false;
    const complain = (complaint: Complaint): void => {
      if (complaint.severity === "error") failed = true;
      deps.complain(complaint);
    };
    const guardrail = create(read.data, { ...deps, complain });
    return failed ? undefined : guardrail;
  },
});

function tell({ issues }: ZodError, { complain }: GuardrailDeps): void {
  for (const { path, message } of issues) complain({ severity: "error", path: path.join("."), message });
}

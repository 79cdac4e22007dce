/** Asks a guardrail for its verdict: within its time, open or closed when it fails, and noted. */

import { GatewayError } from "../canonical/error.ts";
import type { Log } from "../canonical/log.ts";
import type { Exchange, Verdict as Noted } from "../exchange.ts";
import type { Edit, Scoped, Subject, Verdict } from "./guardrails/guardrail.ts";
import type { Guard } from "./guards.ts";

export interface Run {
  readonly guard: Guard;
  readonly about: Subject;
  readonly now: () => number;
  readonly log: Log;
  /** Whoever judges may see that it came too late. */
  readonly patience: { over: boolean };
  /** Grows with every judgement: it stands among the exchange's notes already. */
  readonly noted: { -readonly [K in keyof Noted]: Noted[K] };
}

export interface RunParts {
  readonly now: () => number;
  readonly log: Log;
}

export function begin(
  { id, request, caller, notes, cancel }: Exchange,
  guard: Guard,
  side: Subject["side"],
  parts: RunParts,
): Run {
  const { keyAlias, teamId } = caller;
  const patience = { over: false };
  const about: Subject = {
    side,
    id,
    model: request.value.model,
    isOver: () => patience.over || cancel.reason !== undefined,
    ...(keyAlias !== undefined && { keyAlias }),
    ...(teamId !== undefined && { teamId }),
  };
  const noted: Run["noted"] = { guardrail: guard.name, kind: "allow", milliseconds: 0 };
  notes.verdicts ??= [];
  notes.verdicts.push(noted);
  return { guard, about, noted, patience, ...parts };
}

/** What a rewriting verdict says; undefined: all may pass as it is. */
export interface Rewrite {
  readonly texts: readonly string[];
  readonly edits?: readonly (readonly Edit[])[];
}

/** Throws when the guardrail blocks, and when it fails and the configuration says to refuse then. */
export function judge(texts: readonly Scoped[], run: Run): Rewrite | undefined | Promise<Rewrite | undefined> {
  if (texts.length === 0) return undefined;
  const began = run.now();
  let verdict: Verdict | Promise<Verdict>;
  try {
    verdict = run.guard.guardrail.judge(texts, run.about);
  } catch (cause) {
    return failed(cause, run, began);
  }
  if (!(verdict instanceof Promise)) return heard(verdict, texts, run, began);
  return inTime(verdict, run).then(
    (late) => heard(late, texts, run, began),
    (cause: unknown) => failed(cause, run, began),
  );
}

async function inTime(verdict: Promise<Verdict>, { guard: { timeout }, patience }: Run): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      patience.over = true;
      reject(new Error(`no result within ${timeout} s`));
    }, timeout * 1000);
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}

function heard(verdict: Verdict, texts: readonly Scoped[], run: Run, began: number): Rewrite | undefined {
  const { noted, guard } = run;
  if (verdict.kind === "rewrite" && verdict.texts.length !== texts.length)
    return failed(new Error(`${verdict.texts.length} texts came back for ${texts.length}`), run, began);
  noted.milliseconds += run.now() - began;
  if (verdict.kind === "allow") return undefined;
  noted.kind = verdict.kind;
  if (verdict.kind === "rewrite") return verdict;
  noted.reason = verdict.reason;
  throw new GatewayError(
    "content-blocked",
    "gateway",
    `Content blocked by guardrail "${guard.name}": ${verdict.reason}`,
    { code: "content_blocked" },
  );
}

function failed(cause: unknown, { noted, guard, about, log, now }: Run, began: number): undefined {
  noted.milliseconds += now() - began;
  noted.kind = "error";
  noted.reason = cause instanceof Error ? cause.message : "it failed";
  log.warn(
    { guardrail: guard.name, call: about.id, reason: noted.reason, onFailure: guard.onFailure },
    "a guardrail failed",
  );
  if (guard.onFailure === "pass") return;
  throw new GatewayError(
    "overloaded",
    "gateway",
    `The guardrail "${guard.name}" could not check the ${about.side}, and nothing passes without its check. Try again.`,
    { cause },
  );
}

/** Exchanges for tests of guardrails: what is asked, what a vendor would answer, and what the guard makes of it. */

import { z } from "zod";
import type { Operation } from "../src/canonical/operation.ts";
import type { GuardrailConfig } from "../src/config/config.ts";
import type { Controls, Exchange, Reply } from "../src/exchange.ts";
import { guard } from "../src/policy/guard.ts";
import type { Guardrail } from "../src/policy/guardrails/guardrail.ts";
import { define } from "../src/policy/guardrails/guardrail.ts";
import { createGuards } from "../src/policy/guards.ts";
import type { Body, Format } from "../src/wire/format.ts";
import { exchangeOf as bare } from "./house.ts";

export const warnings: string[] = [];
export const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_: object, message: string) => void warnings.push(message),
  error: () => undefined,
};

export const base: GuardrailConfig = {
  name: "filter",
  type: "content-filter",
  when: ["request"],
  always: true,
  onFailure: "refuse",
  opaque: "scan",
  timeout: 0.05,
  options: { blockedWords: [{ keyword: "forbidden" }] },
};
export const mask = { blockedWords: [{ keyword: "forbidden", action: "MASK" }] };

export function exchangeOf<O extends Operation>(
  format: Format<O>,
  body: Body,
  controls: Partial<Controls> = {},
): Exchange<O> {
  const value = format.request.decode(body);
  return bare(format, body, {
    request: { value, quote: { format: format.id, words: body, text: JSON.stringify(body) } },
    controls: { fields: [], ...controls },
  });
}

export const stageOf = (...configs: Partial<GuardrailConfig>[]) =>
  guard({
    guards: createGuards(
      configs.map((one) => ({ ...base, ...one })),
      undefined,
    ).guards,
    now: () => 0,
    log,
  });

/** Runs the request part, and yields what would go on to the vendor. */
export async function asked<O extends Operation>(exchange: Exchange<O>, ...configs: Partial<GuardrailConfig>[]) {
  let passed: Exchange<O> | undefined;
  const stage = stageOf(...configs);
  await stage(exchange, (inner) => {
    passed = inner;
    return Promise.resolve({ kind: "whole", response: { value: { inputTokens: 1, source: "vendor" } } } as never);
  });
  if (!passed) throw new Error("it did not pass");
  return passed.request;
}

export const chat = (content: unknown, more: object = {}) => ({
  model: "m",
  messages: [{ role: "user", content }],
  ...more,
});
export const text = "say forbidden things";

const kindOf = (judge: Guardrail["judge"]) =>
  define({ id: "own", options: z.looseObject({}), create: () => ({ id: "own", judge }) });
export const own = (judge: Guardrail["judge"], more: Partial<GuardrailConfig> = {}) =>
  guard({
    guards: createGuards([{ ...base, type: "own", options: {}, ...more }], undefined, [kindOf(judge)]).guards,
    now: () => 0,
    log,
  });
export const answer = (content: string): Reply<"chat"> => ({
  kind: "whole",
  response: { value: { id: "1", model: "m", choices: [{ parts: [{ type: "text", text: content }], finish: "stop" }] } },
});

/** What an answer used, in buckets that never overlap: each token is counted, and billed, exactly once. */

export interface Usage {
  /** Text input that no cache served, in tokens. */
  readonly input: number;
  readonly cacheRead?: number;
  /** Input written to the vendor's cache for its usual, short life. */
  readonly cacheWrite?: number;
  /** Input written to the vendor's cache for its long life (one hour at most vendors). */
  readonly cacheWriteLong?: number;
  readonly audioInput?: number;
  readonly imageInput?: number;
  /** Text output that the client sees, in tokens. */
  readonly output: number;
  readonly reasoning?: number;
  readonly audioOutput?: number;
  readonly imageOutput?: number;
  /** Predicted output that was accepted or not; already inside `output`, kept for formats that tell it. */
  readonly acceptedPrediction?: number;
  readonly rejectedPrediction?: number;
  /** Calls of tools that the vendor ran: web searches and their like, by name. */
  readonly serverTools?: Readonly<Record<string, number>>;
  /** What the vendor says of how it served the call, beside its service tier, where that changes prices: a speed, a place. Empty: it said that nothing does. */
  readonly terms?: readonly string[];
  /** True when the vendor told nothing and the gateway counted by itself. */
  readonly estimated?: boolean;
}

/** All input tokens, cached or not. */
export const inputTokens = (usage: Usage): number =>
  usage.input +
  (usage.cacheRead ?? 0) +
  (usage.cacheWrite ?? 0) +
  (usage.cacheWriteLong ?? 0) +
  (usage.audioInput ?? 0) +
  (usage.imageInput ?? 0);

/** All output tokens, seen or thought. */
export const outputTokens = (usage: Usage): number =>
  usage.output + (usage.reasoning ?? 0) + (usage.audioOutput ?? 0) + (usage.imageOutput ?? 0);

export const totalTokens = (usage: Usage): number => inputTokens(usage) + outputTokens(usage);

const counts = [
  "cacheRead",
  "cacheWrite",
  "cacheWriteLong",
  "audioInput",
  "imageInput",
  "reasoning",
  "audioOutput",
  "imageOutput",
  "acceptedPrediction",
  "rejectedPrediction",
] as const;

/** What two attempts used together. */
export function plus(a: Usage, b: Usage): Usage {
  const sum: { -readonly [K in keyof Usage]: Usage[K] } = { input: a.input + b.input, output: a.output + b.output };
  for (const name of counts) {
    const both = (a[name] ?? 0) + (b[name] ?? 0);
    if (both > 0) sum[name] = both;
  }
  if (a.serverTools || b.serverTools) {
    const tools: Record<string, number> = { ...a.serverTools };
    for (const [name, count] of Object.entries(b.serverTools ?? {})) tools[name] = (tools[name] ?? 0) + count;
    sum.serverTools = tools;
  }
  if (a.estimated || b.estimated) sum.estimated = true;
  return sum;
}

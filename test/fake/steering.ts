/** Reads how a request wants to be answered: `delay=50;status=429` in its header x-fake, or after the last `+` of its model's name. */

/** What a request can ask of the fake vendor. Numbers are bounded; what is not understood is left out. */
export interface Steering {
  readonly delay?: number;
  readonly status?: number;
  readonly retryAfter?: string;
  /** Frames before the socket is destroyed; 0 before the first byte. */
  readonly cut?: number;
  readonly pace?: number;
  readonly tokens?: number;
  readonly prompt?: number;
  readonly cached?: number;
  readonly reasoning?: number;
  readonly tools?: number;
  /** Bytes of an error's body. */
  readonly huge?: number;
  readonly length?: number;
  readonly fixture?: string;
  readonly text?: string;
  readonly finish?: string;
  readonly hang?: boolean;
  readonly drop?: boolean;
  readonly garbage?: boolean;
  readonly html?: boolean;
  readonly endless?: boolean;
  readonly empty?: boolean;
  readonly refusal?: boolean;
  readonly nousage?: boolean;
}

const numbers: Readonly<Record<string, number>> = {
  delay: 600_000,
  status: 999,
  cut: 1_000_000,
  pace: 60_000,
  tokens: 100_000,
  prompt: 100_000_000,
  cached: 100_000_000,
  reasoning: 100_000,
  tools: 64,
  huge: 64 << 20,
  length: 1 << 30,
};
const flags = new Set(["hang", "drop", "garbage", "html", "endless", "empty", "refusal", "nousage"]);
const texts = new Set(["fixture", "text", "finish"]);

/** Parts are divided by `;` or `,`. */
export function readSteering(text: string): Steering {
  const found: Record<string, unknown> = {};
  for (const part of text.slice(0, 1000).split(/[;,]/)) {
    const at = part.indexOf("=");
    const name = (at < 0 ? part : part.slice(0, at)).trim();
    const value = at < 0 ? "" : part.slice(at + 1).trim();
    const limit = numbers[name];
    if (limit !== undefined) {
      const number = value === "" ? 1 : Number(value);
      if (number >= 0) found[name] = Math.min(number, limit);
    } else if (name === "retry-after") found["retryAfter"] = value.slice(0, 40);
    else if (texts.has(name)) found[name] = value;
    else if (flags.has(name)) found[name] = true;
  }
  return found;
}

/** Takes the steering off a model's name: `gpt-fake+tokens=64` is the model gpt-fake. */
export function splitModel(model: string): { readonly model: string; readonly steering: string } {
  const at = model.lastIndexOf("+");
  return at < 0 ? { model, steering: "" } : { model: model.slice(0, at), steering: model.slice(at + 1) };
}

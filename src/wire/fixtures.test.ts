/** What vendors really send: every fixture is read, and the whole answer and the stream of one case must tell the same. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ChatResponse } from "../canonical/chat.ts";
import { collect } from "../canonical/collect.ts";
import { GatewayError } from "../canonical/error.ts";
import { sseDecoder } from "./framing/sse.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiCompletions } from "./openai-completions/index.ts";
import { compose, run } from "./transducer.ts";

const root = new URL("../../fixtures/", import.meta.url);
const formats = [openaiChat, openaiCompletions];
const read = (name: string, file: string): string | undefined => {
  const url = new URL(`${name}/${file}`, root);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
};
const failing = /error-mid-stream$/;
const cut = /cut-stream$/;

/** What a stream cannot tell as a whole answer does. */
const comparable = ({ extra: _, created: __, serviceTier: ___, ...response }: ChatResponse): unknown => ({
  ...response,
  choices: response.choices.map(({ parts, ...choice }) => ({
    ...choice,
    parts: parts.map((part) => (part.type === "audio" ? { ...part, expires: undefined } : part)),
  })),
});

const cases = formats.flatMap((format) =>
  readdirSync(new URL(`${format.id}/`, root)).map((name) => [`${format.id}/${name}`, format] as const),
);

describe.each(cases)("%s", (name, format) => {
  const request = read(name, "request.json");
  const response = read(name, "response.json");
  const stream = read(name, "stream.sse");
  const status = (JSON.parse(read(name, "meta.json") ?? "{}") as { status?: number }).status ?? 200;

  if (request)
    it("reads the request", () => {
      const value = format.request.decode(JSON.parse(request ?? ""));
      expect(format.request.decode(format.request.encode(value))).toEqual(value);
    });

  if (response && status < 400)
    it("reads the answer", () => {
      const value = format.response.decode(JSON.parse(response ?? ""));
      const again = format.response.encode(value, { now: 0, id: "x" });
      expect(comparable(format.response.decode(again))).toEqual(comparable(value));
    });

  if (response && status >= 400)
    it("reads the error", () => {
      const error = format.error.decode(status, JSON.parse(response ?? ""));
      expect(error).toBeInstanceOf(GatewayError);
      expect(error.message).not.toContain("answered with status");
    });

  if (stream)
    it("reads the stream", () => {
      const decode = () => run(compose(sseDecoder(), format.events?.decoder() ?? neverDecoder), [stream ?? ""]);
      if (failing.test(name)) return expect(decode).toThrow(GatewayError);
      const events = decode();
      expect(events.some(({ type }) => type === "end")).toBe(!cut.test(name));
      if (response)
        expect(comparable(collect(events))).toEqual(comparable(format.response.decode(JSON.parse(response))));
      return undefined;
    });

  if (stream)
    it("follows the stream without changing it", () => {
      const frames = run(sseDecoder(), [stream ?? ""]);
      const skimmer = format.events?.skim?.({ model: undefined, usage: true });
      for (const frame of frames) expect(skimmer?.push(frame)).toBe(frame);
      expect(skimmer?.seen.ended || skimmer?.seen.error !== undefined).toBe(!cut.test(name));
      if (response && status < 400) {
        const { usage, choices } = format.response.decode(JSON.parse(response));
        expect(skimmer?.seen.usage).toEqual(name.endsWith("stream-without-usage") ? undefined : usage);
        expect(skimmer?.seen.finish).toBe(choices[0]?.finish);
      }
    });
});

const neverDecoder = { push: () => [], end: () => [] };

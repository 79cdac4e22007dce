/** Every fixture of this language, read and compared: what vendors really send. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ChatResponse } from "../../canonical/chat.ts";
import { collect } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import { sseDecoder } from "../framing/sse.ts";
import { compose, run } from "../transducer.ts";
import { openaiChat } from "./index.ts";

const root = new URL("../../../fixtures/openai-chat/", import.meta.url);
const read = (name: string, file: string): string | undefined => {
  const url = new URL(`${name}/${file}`, root);
  return existsSync(url) ? readFileSync(url, "utf8") : undefined;
};
const broken = new Set(["cut-stream", "error-mid-stream", "openrouter-error-mid-stream"]);

/** What a stream cannot tell as a whole answer does. */
const comparable = ({ extra: _, created: __, serviceTier: ___, ...response }: ChatResponse): unknown => ({
  ...response,
  choices: response.choices.map(({ parts, ...choice }) => ({
    ...choice,
    parts: parts.map((part) => (part.type === "audio" ? { ...part, expires: undefined } : part)),
  })),
});

describe.each(readdirSync(root).filter((name) => !name.endsWith(".md")))("%s", (name) => {
  const request = read(name, "request.json");
  const response = read(name, "response.json");
  const stream = read(name, "stream.sse");
  const status = (JSON.parse(read(name, "meta.json") ?? "{}") as { status?: number }).status ?? 200;

  if (request)
    it("reads the request", () => {
      const value = openaiChat.request.decode(JSON.parse(request ?? ""));
      expect(openaiChat.request.decode(openaiChat.request.encode(value))).toEqual(value);
    });

  if (response && status < 400)
    it("reads the answer", () => {
      const value = openaiChat.response.decode(JSON.parse(response ?? ""));
      const again = openaiChat.response.encode(value, { now: 0, id: "x" });
      expect(comparable(openaiChat.response.decode(again))).toEqual(comparable(value));
    });

  if (response && status >= 400)
    it("reads the error", () => {
      const error = openaiChat.error.decode(status, JSON.parse(response ?? ""));
      expect(error).toBeInstanceOf(GatewayError);
      expect(error.message).not.toContain("answered with status");
    });

  if (stream)
    it("reads the stream", () => {
      const decode = () => run(compose(sseDecoder(), openaiChat.events?.decoder() ?? neverDecoder), [stream ?? ""]);
      if (broken.has(name) && name !== "cut-stream") return expect(decode).toThrow(GatewayError);
      const events = decode();
      expect(events.some(({ type }) => type === "end")).toBe(!broken.has(name));
      if (response)
        expect(comparable(collect(events))).toEqual(comparable(openaiChat.response.decode(JSON.parse(response))));
      return undefined;
    });

  if (stream)
    it("follows the stream without changing it", () => {
      const frames = run(sseDecoder(), [stream ?? ""]);
      const skimmer = openaiChat.events?.skim?.({ model: undefined, usage: true });
      for (const frame of frames) expect(skimmer?.push(frame)).toBe(frame);
      expect(skimmer?.seen.ended || skimmer?.seen.error !== undefined).toBe(name !== "cut-stream");
      if (response && status < 400) {
        const { usage, choices } = openaiChat.response.decode(JSON.parse(response));
        expect(skimmer?.seen.usage).toEqual(name === "stream-without-usage" ? undefined : usage);
        expect(skimmer?.seen.finish).toBe(choices[0]?.finish);
      }
    });
});

const neverDecoder = { push: () => [], end: () => [] };

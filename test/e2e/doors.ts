/** The doors of the data plane as clients of each dialect see them: a body that is served, and how an error must look. */
import { expect } from "vitest";
import { adminKey } from "./gateway.ts";

/** What no answer and no line of output may hold. */
export const leaksIn = (text: string): readonly string[] =>
  [
    "fake-vendor-key",
    adminKey,
    "node_modules",
    "node:internal",
    "    at ",
    "\\n    at ",
    ".ts:",
    ".js:",
    "/dist/",
  ].filter((word) => text.includes(word));

export const chat = (more: object = {}) => ({ model: "gpt", messages: [{ role: "user", content: "hi" }], ...more });
const text = (more: object = {}) => ({ model: "gpt", prompt: "hi", ...more });
const responses = (more: object = {}) => ({ model: "gpt", input: "hi", ...more });
const embeddings = (more: object = {}) => ({ model: "gpt", input: "hi", ...more });
const messages = (more: object = {}) => ({
  model: "claude",
  max_tokens: 9,
  messages: [{ role: "user", content: "hi" }],
  ...more,
});

export interface Door {
  readonly path: string;
  readonly anthropic?: boolean;
  readonly body: (more?: object) => object;
}
export const doors: readonly Door[] = [
  { path: "/v1/chat/completions", body: chat },
  { path: "/v1/completions", body: text },
  { path: "/v1/responses", body: responses },
  { path: "/v1/embeddings", body: embeddings },
  { path: "/v1/messages", body: messages, anthropic: true },
  { path: "/v1/messages/count_tokens", body: messages, anthropic: true },
];

/** An error as clients of this door read it, in which nothing stands that is not theirs to know. */
export function expectDialect({ anthropic }: Door, said: string): void {
  expect(leaksIn(said)).toEqual([]);
  const body = JSON.parse(said);
  const error = { type: expect.any(String), message: expect.stringMatching(/\S{3}/) };
  if (anthropic) expect(body).toMatchObject({ type: "error", error });
  else {
    expect(body).toMatchObject({ error });
    for (const name of ["param", "code"]) expect(body.error).toHaveProperty(name);
  }
}

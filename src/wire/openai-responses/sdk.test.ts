/** The official client folds what we stream into the very answer that we would have given whole. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterEach, expect, it } from "vitest";
import type { ChatResponse } from "../../canonical/chat.ts";
import { replay } from "../../canonical/collect.ts";
import { GatewayError } from "../../canonical/error.ts";
import type { Frame } from "../format.ts";
import { sseText } from "../framing/sse.ts";
import { run } from "../transducer.ts";
import { encoder } from "./encoder.ts";
import { openaiResponses } from "./index.ts";

const asked = openaiResponses.request.decode({
  model: "house",
  input: "Weather?",
  stream: true,
  tools: [{ type: "namespace", name: "city", description: "", tools: [{ type: "function", name: "weather" }] }],
});
const occasion = { now: 1_700_000_000, id: "fresh", request: asked };

const answer: ChatResponse = {
  id: "msg_of_another_language",
  model: "house",
  usage: { input: 17, output: 23, cacheRead: 8, reasoning: 4 },
  choices: [
    {
      finish: "tool-calls",
      parts: [
        { type: "reasoning", text: "hmm", signature: "c2VhbA==" },
        {
          type: "text",
          text: "Sunny.",
          citations: [
            {
              format: "openai-chat",
              words: { type: "url_citation", url_citation: { url: "https://example.com/", title: "W" } },
            },
          ],
        },
        { type: "refusal", text: "No more." },
        { type: "tool-call", id: "call_1", name: "city__weather", input: '{"city":"Oslo"}' },
        { type: "tool-call", id: "call_2", name: "python", input: "print(1)", custom: true },
        {
          type: "opaque",
          format: "openai-responses",
          words: { type: "web_search_call", id: "ws_1", status: "completed" },
        },
        { type: "image", source: { kind: "data", mediaType: "image/png", data: "iVBORw0KGgo=" } },
        { type: "text", text: "Done." },
      ],
    },
  ],
};

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function client(frames: readonly Frame[]): Promise<OpenAI> {
  server = createServer((_, reply) => {
    reply.writeHead(200, { "content-type": "text/event-stream" });
    for (const frame of frames) reply.write(sseText(frame));
    reply.end();
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return new OpenAI({ apiKey: "none", baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
}

it("is folded to what we would have answered whole", async () => {
  const openai = await client(run(encoder(occasion), replay(answer)));
  const final = await openai.responses.stream({ model: "house", input: "Weather?" }).finalResponse();
  const whole = openaiResponses.response.encode(answer, occasion);
  expect(final.output).toMatchObject(
    (whole["output"] as Record<string, unknown>[]).map(({ phase: _, caller: __, ...item }) => item),
  );
  expect(final).toMatchObject({ id: "resp_fresh", model: "house", status: "completed", usage: whole["usage"] });
  expect(final.output_text).toBe("Sunny.Done.");
});

it("numbers every event, and says where each belongs", async () => {
  const openai = await client(run(encoder(occasion), replay(answer)));
  const stream = await openai.responses.create({ model: "house", input: "Weather?", stream: true });
  const open = new Map<number, string>();
  let expected = 0;
  for await (const event of stream) {
    expect(event.sequence_number).toBe(expected++);
    if (event.type === "response.output_item.added") {
      expect(event.output_index).toBe(open.size);
      open.set(event.output_index, event.item.id ?? "");
    } else if ("item_id" in event && "output_index" in event) expect(open.get(event.output_index)).toBe(event.item_id);
  }
  expect(open.size).toBe(7);
});

it("tells of a member of a namespace as its client named it", () => {
  const { output } = openaiResponses.response.encode(answer, occasion);
  expect(output).toContainEqual(expect.objectContaining({ namespace: "city", name: "weather", call_id: "call_1" }));
});

it("ends as failed where the answer broke off, with a code that clients act on", async () => {
  const writer = encoder(occasion);
  const frames = [...replay(answer)].slice(0, 4).flatMap((event) => writer.push(event));
  const failure = new GatewayError("context-too-long", "upstream", "too long");
  const openai = await client([...frames, ...writer.fail(failure)]);
  const final = await openai.responses.stream({ model: "house", input: "Weather?" }).finalResponse();
  expect(final).toMatchObject({
    status: "failed",
    error: { code: "context_length_exceeded", message: "too long" },
  });
});

it("ends as incomplete where the answer was cut for length", async () => {
  const cut: ChatResponse = { ...answer, choices: [{ finish: "length", parts: [{ type: "text", text: "Sun" }] }] };
  const openai = await client(run(encoder(occasion), replay(cut)));
  const final = await openai.responses.stream({ model: "house", input: "Weather?" }).finalResponse();
  expect(final).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  expect(final.output[0]).toMatchObject({ status: "incomplete" });
});

/** What we would send and say, for every fixture: a change of meaning shows as a diff. `npm run golden` writes it anew. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../src/canonical/error.ts";
import type { Deployment } from "../src/upstream/deployment.ts";
import { prepare } from "../src/upstream/prepare.ts";
import { anthropicMessages } from "../src/wire/anthropic-messages/index.ts";
import type { Format } from "../src/wire/format.ts";
import { sseDecoder, sseText } from "../src/wire/framing/sse.ts";
import { openaiChat } from "../src/wire/openai-chat/index.ts";
import { openaiResponses } from "../src/wire/openai-responses/index.ts";
import { compose, run } from "../src/wire/transducer.ts";
import { fixtureNames } from "./fake/fixture.ts";
import { configOf, deployed, exchangeOf } from "./house.ts";

const formats: readonly Format<"chat">[] = [openaiChat, anthropicMessages, openaiResponses];

/** Who is asked: a vendor of each language, and some whose declarations say more than the language does. */
const special = /^(?:text|plain|hello|tools?|tool-|json|reasoning|system|image|cache|parallel)/;

const vendors: Readonly<Record<string, string>> = {
  openai: "gpt-4o",
  anthropic: "claude-sonnet-4-5",
  azure: "my-deployment",
  groq: "llama-3.3-70b-versatile",
  mistral: "mistral-large-latest",
};

const root = fileURLToPath(new URL("../fixtures/", import.meta.url));
const goldens = fileURLToPath(new URL("./golden/", import.meta.url));
const read = (path: string): string | undefined =>
  existsSync(root + path) ? readFileSync(root + path, "utf8") : undefined;
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const deploymentAt = (provider: string, model: string): Deployment =>
  deployed(configOf(provider, model, { apiBase: "https://vendor.example", settings: { api_version: "2024-10-21" } }), {
    maxOutput: 8192,
  });

function sent(format: Format<"chat">, words: Readonly<Record<string, unknown>>, provider: string): unknown {
  try {
    const deployment = deploymentAt(provider, vendors[provider] ?? "m");
    const plan = deployment.plan("chat", format.id);
    if (!plan) return { refused: "not offered" };
    const { url, headers, body } = prepare(exchangeOf(format, words), deployment, plan, {
      dropParams: false,
      mends: false,
    });
    return {
      url,
      headers,
      body: JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) as unknown,
    };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { refused: { kind: error.kind, param: error.details.param } };
  }
}

const occasion = { now: 1_750_000_000, id: "0123456789abcdef" };

describe.each(formats.map((format) => [format.id, format] as const))("a client of %s", (id, format) => {
  for (const name of fixtureNames(id)) {
    const [, label = name] = name.split(/\/(.*)/s);
    const request = read(`${name}/request.json`);
    if (request === undefined) continue;
    const names = Object.keys(vendors).filter(
      (_, index) => index < 2 || (format === openaiChat && special.test(label)),
    );
    it.each(names)(`${label} to %s`, async (vendor) => {
      const words = JSON.parse(request) as Record<string, unknown>;
      await expect(json(sent(format, words, vendor))).toMatchFileSnapshot(`${goldens}${id}.${vendor}/${label}.json`);
    });
  }
});

describe.each(formats.map((format) => [format.id, format] as const))("a vendor of %s", (id, vendor) => {
  for (const name of fixtureNames(id)) {
    const [, label = name] = name.split(/\/(.*)/s);
    const [whole, stream, meta] = [
      read(`${name}/response.json`),
      read(`${name}/stream.sse`),
      read(`${name}/meta.json`),
    ];
    const failed = meta !== undefined && ((JSON.parse(meta) as { status?: number }).status ?? 200) >= 400;
    const others = formats.filter((format) => format !== vendor);
    if (failed) continue;
    if (whole !== undefined)
      it.each(others.map((client) => [client.id, client] as const))(
        `${label}, whole, to a client of %s`,
        async (to, client) => {
          await expect(answered(vendor, client, whole)).toMatchFileSnapshot(`${goldens}${id}.${to}/${label}.json`);
        },
      );
    if (stream !== undefined)
      it.each(others.map((client) => [client.id, client] as const))(
        `${label}, streamed, to a client of %s`,
        async (to, client) => {
          await expect(told(vendor, client, stream)).toMatchFileSnapshot(`${goldens}${id}.${to}/${label}.sse`);
        },
      );
  }
});

function answered(vendor: Format<"chat">, client: Format<"chat">, whole: string): string {
  try {
    return json(client.response.encode(vendor.response.decode(JSON.parse(whole)), occasion));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return json(client.error.encode(error));
  }
}

function told(vendor: Format<"chat">, client: Format<"chat">, stream: string): string {
  if (!vendor.events || !client.events) throw new Error("a format of chat streams");
  const encoder = client.events.encoder(occasion);
  try {
    return run(compose(compose(sseDecoder(), vendor.events.decoder()), encoder), [stream])
      .map(sseText)
      .join("");
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return encoder.fail(error).map(sseText).join("");
  }
}

/** Reads a request's body: bounded in bytes, whole or not at all. */

import { isAscii, isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { GatewayError, invalid } from "../canonical/error.ts";
import { type Outline, outline, refuseTwice } from "../wire/json-text.ts";

export interface JsonBody {
  readonly text: string;
  /** In bytes. */
  readonly size: number;
  /** The text as it came, where each of its characters is one byte. */
  readonly ascii?: Buffer;
  readonly words: Readonly<Record<string, unknown>>;
  readonly outline: Outline;
}

export function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limit) return Promise.reject(tooLarge(limit));
  if (request.headers["content-encoding"] !== undefined && request.headers["content-encoding"] !== "identity")
    return Promise.reject(
      new GatewayError(
        "unsupported-media",
        "client",
        "compressed request bodies are not taken; send the body as it is",
      ),
    );
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length > limit) {
        pieces.length = 0;
        reject(tooLarge(limit));
      } else pieces.push(piece);
    });
    request.on("end", () => {
      const [only] = pieces;
      resolve(pieces.length === 1 && only ? only : Buffer.concat(pieces));
    });
    request.on("error", () => reject(new GatewayError("client-closed", "client", "the client closed the connection")));
  });
}

const tooLarge = (limit: number): GatewayError =>
  new GatewayError("too-large", "client", `the body is larger than ${limit} bytes, the limit set by the operator`, {
    param: "content-length",
  });

/** What errors call the body as a whole. */
const bodyName = "request_body";

/** A JSON object, and where its members stand. Everything that two readers could understand differently is refused. */
export function parseJson(bytes: Buffer, contentType: string | undefined, depth: number): JsonBody {
  if (contentType !== undefined && !jsonTypes.test(contentType))
    throw new GatewayError(
      "unsupported-media",
      "client",
      `the content type ${contentType.slice(0, 80)} is not supported; send application/json`,
      { param: "content-type" },
    );
  if (bytes.length === 0) throw invalid(bodyName, "the body is empty; send a JSON object");
  const ascii = isAscii(bytes);
  const text = ascii ? bytes.toString("latin1") : textOf(bytes);
  const members = outline(text, depth);
  const words = parsed(text);
  if (typeof words !== "object" || words === null || Array.isArray(words) || !members)
    throw invalid(bodyName, "the body must be a JSON object");
  refuseTwice(text, members, words as Record<string, unknown>);
  const body = { text, size: bytes.length, words: words as Record<string, unknown>, outline: members };
  return ascii ? { ...body, ascii: bytes } : body;
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw invalid(bodyName, "the body is not valid UTF-8");
  return bytes.toString();
}

/** Clients that send no type, or a form's by mistake, mean JSON all the same. */
const jsonTypes =
  /^\s*(?:application\/(?:[\w.+-]*json[\w.+-]*|octet-stream|x-www-form-urlencoded)|text\/(?:plain|json))\s*(?:;|$)/i;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.slice(0, 200) : "";
    throw new GatewayError("invalid-request", "client", `the body is not valid JSON: ${where}`, {
      param: bodyName,
      cause,
    });
  }
}

/** Server-sent events, as text in and frames out. Accepts \n, \r\n and \r; joins multi-line data; keeps each frame's own text. */

import { GatewayError } from "../../canonical/error.ts";
import type { Frame } from "../format.ts";
import type { Transducer } from "../transducer.ts";

/** A frame longer than this is no event of any vendor's, but somebody filling our memory. */
const longestFrame = 16 * 1024 * 1024;
/** Longer than the frames that there are many of. */
const longFrame = 64 * 1024;

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
export function sseDecoder(limit: number = longestFrame): Transducer<string, Frame> {
  let buffer = "";
  // Where the search for the end of the frame goes on: what lies before holds none.
  let searched = 0;
  // Hosts either never write \r or always do: looking for it in each frame anew would make long chunks quadratic.
  let carriage = false;
  const shelf = createShelf(limit);

  return {
    push(chunk) {
      carriage ||= chunk.indexOf("\r") >= 0;
      if (shelf.holds(chunk, buffer.length, carriage)) return [];
      buffer = shelf.joined(buffer, chunk);
      const frames: Frame[] = [];
      let start = 0;
      for (;;) {
        const from = Math.max(start, searched);
        const end = carriage ? mixedFrameEnd(buffer, from) : plainFrameEnd(buffer, from);
        if (end < 0) break;
        frames.push(frameOf(buffer.slice(start, end)));
        start = end;
        searched = end;
      }
      buffer = buffer.slice(start);
      // The ending may be up to four characters long, of which three can have come.
      searched = Math.max(0, buffer.length - 3);
      if (buffer.length > limit) throw tooLong();
      return frames;
    },
    /** What comes after the last blank line is half a frame: the vendor's last one, where it forgot the blank line. */
    end() {
      const rest = shelf.joined(buffer, "");
      buffer = "";
      return rest.trim() === "" ? [] : [frameOf(rest)];
    },
  };
}

interface Shelf {
  /** Keeps a piece of a long frame in which the frame's end cannot lie; false where it may. */
  holds(chunk: string, before: number, carriage: boolean): boolean;
  /** What is held, between what came before it and what comes after. */
  joined(before: string, after: string): string;
}

/** For long frames: to search what was joined again and again would be quadratic. */
function createShelf(limit: number): Shelf {
  let pieces: string[] = [];
  let size = 0;
  let last = "";
  return {
    holds(chunk, before, carriage) {
      const quiet = !carriage && chunk.indexOf("\n\n") < 0 && !(last === "\n" && chunk.startsWith("\n"));
      last = chunk.at(-1) ?? last;
      if (!quiet || before + size <= longFrame) return false;
      pieces.push(chunk);
      size += chunk.length;
      if (before + size > limit) throw tooLong();
      return true;
    },
    joined(before, after) {
      if (size === 0) return before + after;
      const text = [before, ...pieces, after].join("");
      pieces = [];
      size = 0;
      return text;
    },
  };
}

const tooLong = (): GatewayError => new GatewayError("bad-gateway", "upstream", "a frame of the stream is too long");

/** The index after the blank line that ends the frame which starts before `from`; -1 while it has not come. */
function plainFrameEnd(text: string, from: number): number {
  const blank = text.indexOf("\n\n", from);
  return blank < 0 ? -1 : blank + 2;
}

/** A blank line is two line breaks in a row, and a break is \n, \r\n or \r. A \r at the very end may be half of one: the next chunk tells. */
function mixedFrameEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (!isBreak(text.charCodeAt(at))) continue;
    const next = afterBreak(text, at);
    if (!isBreak(text.charCodeAt(next))) continue;
    const end = afterBreak(text, next);
    return end === text.length && text.charCodeAt(next) === 13 && next + 1 === end ? -1 : end;
  }
  return -1;
}

const isBreak = (code: number): boolean => code === 10 || code === 13;

const afterBreak = (text: string, at: number): number =>
  text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1;

/** A frame whose data is "" is a comment or holds nothing: it may pass, and means nothing. */
function frameOf(raw: string): Frame {
  // Nearly every frame is one line of data.
  const short = raw.length - 2;
  if (raw.startsWith("data: ") && raw.indexOf("\n") === short && raw.indexOf("\r") < 0)
    return { data: raw.slice(6, short), raw };
  let event: string | undefined;
  const data: string[] = [];
  for (const line of raw.split(/\r\n|\n|\r/)) {
    if (line.startsWith("data:")) data.push(fieldValue(line, 5));
    else if (line.startsWith("event:")) event = fieldValue(line, 6);
    else if (line === "data") data.push("");
  }
  const text = data.join("\n");
  return event === undefined ? { data: text, raw } : { event, data: text, raw };
}

const fieldValue = (line: string, from: number): string => line.slice(line.charCodeAt(from) === 32 ? from + 1 : from);

/** True where a blank line ends it: two line breaks, of which \r\n is one. */
function isClosed(raw: string): boolean {
  if (raw.endsWith("\n\n")) return true;
  const last = raw.endsWith("\r\n") ? 2 : 1;
  return isBreak(raw.charCodeAt(raw.length - last)) && isBreak(raw.charCodeAt(raw.length - last - 1));
}

/** The frame as text: as it came, or written anew. */
export function sseText({ event, data, raw }: Frame): string {
  if (raw !== undefined) return isClosed(raw) ? raw : `${raw}\n\n`;
  const head = event === undefined ? "" : `event: ${event}\n`;
  if (data.indexOf("\n") < 0) return `${head}data: ${data}\n\n`;
  return `${head}${data
    .split("\n")
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;
}

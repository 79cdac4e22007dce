/** The queue in which the events of an answer wait for their verdict. */

import type { ChatEvent } from "../canonical/chat.ts";
import { GatewayError } from "../canonical/error.ts";
import type { Frame, Item } from "../exchange.ts";
import { editsBetween } from "./guard-edits.ts";
import { Reader } from "./guard-reader.ts";
import { judge, type Rewrite, type Run } from "./guard-run.ts";
import { isFree, released, textIn, type Waiting } from "./guard-waiting.ts";
import type { Scoped } from "./guardrails/guardrail.ts";

interface Entry {
  readonly events: readonly Waiting[];
  readonly quote: Item<ChatEvent>["quote"];
}

/** An answer that waits in memory is bounded, in characters. */
const mostHeld = 16 * 1024 * 1024;

export class Holdback {
  readonly #run: Run;
  /** Undefined: nothing can be judged before everything is there. */
  readonly #reach: number | undefined;
  readonly #reader: Reader;
  #entries: Entry[] = [];
  #alive: Item<ChatEvent>[] = [];
  /** Words pass as they came. */
  #faithful: boolean;
  #held = 0;
  #ended = false;

  constructor(run: Run) {
    this.#run = run;
    this.#reach = run.guard.guardrail.reach;
    this.#reader = new Reader(run.guard);
    this.#faithful = run.guard.opaque === "pass";
  }

  push(items: readonly Item<ChatEvent>[]): Promise<void> | undefined {
    for (const item of items) this.#enqueue(item);
    if (this.#held > mostHeld)
      throw new GatewayError("content-blocked", "gateway", "the response is too long to be checked before it is sent");
    return this.#reach === undefined ? undefined : this.#judge(this.#reach);
  }

  end(): Promise<void> | undefined {
    this.#ended = true;
    this.#reader.close();
    return this.#judge(this.#reach ?? Number.POSITIVE_INFINITY);
  }

  /** What may go by now. */
  take(): readonly Item<ChatEvent>[] {
    const free = this.#alive;
    this.#alive = [];
    if (this.#reach === undefined && !this.#ended) return free;
    let gone = 0;
    for (; gone < this.#entries.length; gone++) {
      const entry = this.#entries[gone];
      if (!entry?.events.every(isFree)) break;
      const item = this.#release(entry);
      if (item) free.push(item);
    }
    if (gone === 0) return free;
    this.#entries = this.#entries.slice(gone);
    if (this.#reach !== undefined) for (const lane of this.#reader.lanes) lane.forget(this.#reach);
    return free;
  }

  #enqueue({ value, quote }: Item<ChatEvent>): void {
    if (value.length === 0 && !this.#faithful) {
      const [frame] = quote?.words ?? [];
      const sign = frame && signOfLife(frame);
      if (quote && sign) this.#alive.push({ value, quote: { format: quote.format, words: [sign] } });
      return;
    }
    for (const event of value) this.#held += textIn(event).length;
    this.#entries.push({ events: value.map((event) => this.#reader.read(event)), quote });
  }

  #release({ events, quote }: Entry): Item<ChatEvent> | undefined {
    const value: ChatEvent[] = [];
    for (const waiting of events) {
      const after = released(waiting);
      this.#held -= textIn(waiting.event).length;
      // What comes later may repeat, in its own words, what was changed here.
      if (after !== waiting.event) this.#faithful = false;
      if (after) value.push(after);
    }
    if (this.#faithful && quote) return { value, quote };
    return value.length > 0 ? { value: value.map((event) => this.#named(event)) } : undefined;
  }

  /** The words named the model as the client does. */
  #named(event: ChatEvent): ChatEvent {
    const { model } = this.#run.about;
    return event.type === "start" && event.model !== model ? { ...event, model } : event;
  }

  /** Everything that is new since the last time, in one question. */
  #judge(reach: number): Promise<void> | undefined {
    const lanes = this.#reader.lanes.filter((lane) => lane.unjudged);
    const { jobs } = this.#reader;
    if (lanes.length === 0 && jobs.length === 0) return undefined;
    this.#reader.jobs = [];
    const texts: Scoped[] = [];
    const windows = lanes.map((lane) => lane.windowFrom(reach));
    for (const lane of lanes) texts.push({ text: lane.window(reach), scope: lane.scope, path: "answer" });
    for (const job of jobs) texts.push(...job.texts);

    const settle = (rewritten: Rewrite | undefined): void => {
      let at = 0;
      for (const lane of lanes) {
        const edits = rewritten ? editsOf(rewritten, texts, at) : [];
        lane.found(edits, windows[at] ?? 0, lane.closing ? 0 : reach);
        at++;
      }
      for (const job of jobs) {
        job.settle(rewritten?.texts.slice(at, at + job.texts.length));
        at += job.texts.length;
      }
    };
    const verdict = judge(texts, this.#run);
    if (verdict instanceof Promise) return verdict.then(settle);
    settle(verdict);
    return undefined;
  }
}

const editsOf = ({ texts: after, edits }: Rewrite, texts: readonly Scoped[], at: number) =>
  edits?.[at] ?? editsBetween(texts[at]?.text ?? "", after[at] ?? "");

const pings: readonly string[] = ['{"type":"ping"}', '{"type": "ping"}'];

/** A sign that the vendor is alive, without whatever else stood beside it. Undefined for frames that say more. */
function signOfLife(frame: Frame): Frame | undefined {
  if (frame.data === "") return { data: "", raw: ":\n\n" };
  if (frame.event === "ping" && pings.includes(frame.data)) return { event: "ping", data: frame.data };
  return undefined;
}

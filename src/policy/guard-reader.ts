/** Reads the events of an answer: which text goes on where, and which parts can only be judged whole. */

import type { ChatEvent, PartNote } from "../canonical/chat.ts";
import { textOf } from "../canonical/collect.ts";
import type { Part, ToolCallPart } from "../canonical/part.ts";
import { Lane } from "./guard-lane.ts";
import { gather, rewrite, type Walk, walkPart } from "./guard-texts.ts";
import type { Waiting } from "./guard-waiting.ts";
import { mapJson } from "./guard-walk.ts";
import type { Scoped } from "./guardrails/guardrail.ts";
import type { Guard } from "./guards.ts";

/** Something to be judged once: the texts, and what becomes of them. Undefined: they may pass. */
export interface Job {
  readonly texts: readonly Scoped[];
  readonly settle: (rewritten: readonly string[] | undefined) => void;
}

interface ChoiceState {
  lane: Lane | undefined;
  /** The call that is being told, and where it began. */
  call: { readonly part: ToolCallPart; readonly start: Waiting; readonly lane: Lane } | undefined;
  readonly lanes: Map<string, Lane>;
}

const laneOf = { text: "assistant", refusal: "assistant", reasoning: "reasoning" } as const;

const walkCitation: Walk<unknown> = (words, { visit, opaque }) =>
  opaque === "pass" ? words : mapJson(words, visit, "opaque", "answer.citations");

export class Reader {
  /** Texts that grow, in windows. */
  readonly lanes: Lane[] = [];
  /** Emptied by whoever does them. */
  jobs: Job[] = [];
  readonly #guard: Guard;
  readonly #choices: ChoiceState[] = [];

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  read(event: ChatEvent): Waiting {
    switch (event.type) {
      case "part-start":
        return this.#start(event, this.#choice(event.choice));
      case "part-delta":
        return inLane(event, this.#choice(event.choice).lane, event.text);
      case "part-note":
        return this.#note(event, event.note, this.#choice(event.choice));
      case "part-end":
        this.#endCall(this.#choice(event.choice));
        break;
      case "finish":
        this.#close(this.#choice(event.choice));
        break;
      case "end":
        this.close();
        break;
      case "start":
    }
    return inLane(event, undefined, "");
  }

  /** No more will come. */
  close(): void {
    for (const state of this.#choices) this.#close(state);
  }

  #choice(index: number): ChoiceState {
    for (let next = this.#choices.length; next <= index; next++)
      this.#choices.push({ lane: undefined, call: undefined, lanes: new Map() });
    return this.#choices[index] as ChoiceState;
  }

  #close(state: ChoiceState): void {
    this.#endCall(state);
    for (const lane of state.lanes.values()) lane.closing = true;
  }

  #start(event: Extract<ChatEvent, { type: "part-start" }>, state: ChoiceState): Waiting {
    const { part } = event;
    this.#endCall(state);
    if (part.type === "text" || part.type === "reasoning" || part.type === "refusal") {
      const lane = this.#lane(state, part.type === "refusal" ? "text" : part.type, laneOf[part.type]);
      // Texts of one kind go on from part to part; others can wait for them no longer.
      for (const other of state.lanes.values()) if (other !== lane) other.closing = true;
      state.lane = lane;
      return inLane(event, lane, textOf(part));
    }
    for (const lane of state.lanes.values()) lane.closing = true;
    if (part.type === "tool-call") {
      const lane = new Lane("tool-input");
      const start = inLane(event, lane, part.input);
      start.held = true;
      state.lane = lane;
      state.call = { part, start, lane };
      return start;
    }
    state.lane = undefined;
    const waiting = inLane(event, undefined, "");
    this.#once(waiting, walkPart, part, (changed: Part) => ({ ...event, part: changed }));
    return waiting;
  }

  #note(event: Extract<ChatEvent, { type: "part-note" }>, note: PartNote, state: ChoiceState): Waiting {
    if (note.type === "transcript") return inLane(event, this.#lane(state, "transcript", "assistant"), note.text);
    const waiting = inLane(event, undefined, "");
    if (note.type === "citation")
      this.#once(waiting, walkCitation, note.citation, (citation) => ({ ...event, note: { ...note, citation } }));
    return waiting;
  }

  #lane(state: ChoiceState, name: string, scope: "assistant" | "reasoning"): Lane {
    const known = state.lanes.get(name);
    if (known) {
      known.closing = false;
      return known;
    }
    const lane = new Lane(scope);
    state.lanes.set(name, lane);
    this.lanes.push(lane);
    return lane;
  }

  #once<T>(waiting: Waiting, walk: Walk<T>, value: T, replace: (changed: T) => ChatEvent): void {
    const texts = gather(walk, value, this.#guard);
    if (texts.length === 0) return;
    waiting.held = true;
    this.jobs.push({
      texts,
      settle: (rewritten) => {
        waiting.held = false;
        if (rewritten) waiting.replacement = replace(rewrite(walk, value, rewritten, this.#guard));
      },
    });
  }

  /** A call is judged when all of it is there: half of its JSON nobody can read. */
  #endCall(state: ChoiceState): void {
    const { call } = state;
    if (!call) return;
    state.call = undefined;
    const { part, start, lane } = call;
    const whole: Part = { ...part, input: lane.text };
    this.jobs.push({
      texts: gather(walkPart, whole, this.#guard),
      settle: (rewritten) => {
        start.held = false;
        const after = rewritten ? rewrite(walkPart, whole, rewritten, this.#guard) : whole;
        const { name, input } = after.type === "tool-call" ? after : part;
        if (name !== part.name)
          start.replacement = { type: "part-start", choice: choiceOf(start), part: { ...part, name } };
        lane.found(input === lane.text ? [] : [{ from: 0, to: lane.length, text: input }], 0, 0);
      },
    });
  }
}

const choiceOf = ({ event }: Waiting): number => ("choice" in event ? event.choice : 0);

const inLane = (event: ChatEvent, lane: Lane | undefined, text: string): Waiting => ({
  event,
  lane,
  from: lane ? lane.add(text) : 0,
  held: false,
});

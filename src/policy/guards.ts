/** Builds the configured guardrails from the rack. One that cannot be built stands in its place and refuses. */

import { readFileSync, realpathSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import type { GuardrailConfig, Notice } from "../config/config.ts";
import type { Guardrail, GuardrailKind } from "./guardrails/guardrail.ts";
import { guardrailKinds } from "./guardrails/index.ts";

export interface Guard {
  readonly name: string;
  readonly guardrail: Guardrail;
  readonly when: GuardrailConfig["when"];
  readonly always: boolean;
  readonly onFailure: GuardrailConfig["onFailure"];
  readonly opaque: GuardrailConfig["opaque"];
  /** Seconds. */
  readonly timeout: number;
  readonly skipSystem: boolean;
}

export interface Guards {
  readonly guards: readonly Guard[];
  readonly notices: readonly Notice[];
}

/** `directory`: where the configuration lies; files are read from there and below. */
export function createGuards(
  configs: readonly GuardrailConfig[],
  directory: string | undefined,
  kinds: readonly GuardrailKind[] = guardrailKinds,
): Guards {
  const notices: Notice[] = [];
  const guards = configs.map((config): Guard => {
    const guardrail = make(config, directory, kinds, notices);
    const { name, when, always, onFailure, opaque, timeout, options } = config;
    return {
      name,
      guardrail: guardrail ?? broken(config),
      when,
      always,
      onFailure: guardrail ? onFailure : "refuse",
      opaque,
      timeout,
      skipSystem: options["skipSystem"] === true,
    };
  });
  return { guards, notices };
}

function make(
  { name, type, when, options }: GuardrailConfig,
  directory: string | undefined,
  kinds: readonly GuardrailKind[],
  notices: Notice[],
): Guardrail | undefined {
  const { skipSystem: _, ...own } = options;
  const path = `guardrails.${name}`;
  const kind = kinds.find(({ id }) => id === type);
  if (!kind) {
    const known = kinds.map(({ id }) => id).join(", ");
    notices.push({
      severity: "error",
      path,
      message: `There is no guardrail of the type "${type}".`,
      remedy: `Write one of: ${known}.`,
    });
    return undefined;
  }
  return kind.make(own, {
    name,
    when,
    readText: (file) => readBeside(directory, file),
    complain: ({ path: below, ...complaint }) =>
      notices.push({ ...complaint, path: below ? `${path}.${below}` : path }),
  });
}

/** What was to be checked and cannot be is refused, even where the guardrail's failures were to pass. */
const broken = ({ type }: GuardrailConfig): Guardrail => ({
  id: type,
  judge: () => {
    throw new Error("its configuration is wrong");
  },
});

const largestFile = 4 * 1024 * 1024;

function readBeside(directory: string | undefined, file: string): string {
  if (directory === undefined) throw new Error("there is no configuration file, so no directory to read it from");
  const home = realpathSync(directory);
  const path = realpathSync(resolve(home, file));
  const way = relative(home, path);
  if (way === "" || way === ".." || way.startsWith(`..${sep}`) || resolve(way) === way)
    throw new Error("it is outside the configuration's directory; move it there");
  if (statSync(path).size > largestFile) throw new Error(`it is larger than ${largestFile} bytes`);
  return readFileSync(path, "utf8");
}

/** Ends a run of the tests with one plain line, "N passed, N failed", and names what was skipped and why. */
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from "vitest/node";

interface Skipped {
  readonly name: string;
  readonly why: string;
  readonly tests: number;
}

/** Vitest's own report goes first: this one waits until the process is about to end, so that its line is the last. */
export class PlainReporter implements Reporter {
  private readonly strict: boolean;
  private ending: string | undefined;
  /** Somebody asked for tests by name: the others are not worth naming. */
  private chosen = false;

  /** With `strict`, as in CI, a skipped test is a failure: there everything that the tests need is present. */
  constructor(strict: boolean) {
    this.strict = strict;
    process.once("exit", () => {
      if (this.ending !== undefined) process.stdout.write(this.ending);
    });
  }

  onInit(vitest: Vitest): void {
    this.chosen = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[], reason: string): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
    const unread = modules.filter((module) => module.state() === "failed" && module.errors().length > 0);
    const skipped = tests.filter((test) => test.result().state === "skipped");

    const lines = [...skippedSuites(this.chosen ? [] : modules)].map(
      ({ name, why, tests: many }) => `skipped: ${name} (${many}): ${why}`,
    );
    for (const module of unread) lines.push(`failed: ${module.relativeModuleId} did not load`);
    if (unhandled.length > 0) lines.push(`failed: ${unhandled.length} errors outside of any test`);
    if (reason === "interrupted") lines.push("failed: the run was interrupted");
    const refused = this.strict && !this.chosen && skipped.length > 0;
    if (refused) {
      process.exitCode = 1;
      lines.push("failed: CI=true allows no skipped test; install what the lines above name, or unset CI");
    }

    const failed =
      count("failed") +
      unread.length +
      (unhandled.length > 0 ? 1 : 0) +
      (refused ? 1 : 0) +
      (reason === "interrupted" ? 1 : 0);
    const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
    this.ending = `\n${[...lines, `${count("passed")} passed, ${failed} failed${tail}`].join("\n")}\n`;
  }
}

/** The outermost suites of which nothing ran; where single tests were skipped, those. */
function* skippedSuites(modules: readonly TestModule[]): Generator<Skipped> {
  for (const module of modules) yield* skippedIn(module, module.relativeModuleId);
}

function* skippedIn(parent: TestModule | TestSuite, place: string): Generator<Skipped> {
  for (const child of parent.children) {
    const name = `${place} > ${child.name}`;
    if (child.type === "test") {
      if (child.result().state === "skipped") yield { name, why: reasonOf(child), tests: 1 };
      continue;
    }
    const tests = [...child.children.allTests()];
    const first = tests[0];
    if (first !== undefined && tests.every((test) => test.result().state === "skipped")) {
      yield { name, why: reasonOf(first), tests: tests.length };
    } else {
      yield* skippedIn(child, name);
    }
  }
}

const reasonOf = (test: TestCase): string => {
  const result = test.result();
  if (result.state === "skipped" && result.note !== undefined) return result.note;
  return test.options.mode === "todo" ? "to do" : "no reason given";
};

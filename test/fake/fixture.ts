/** Reads the fixtures: what vendors really send, case by case. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../fixtures/", import.meta.url));

export interface Fixture {
  /** `format/case` */
  readonly name: string;
  readonly request: unknown;
  readonly response: unknown;
  readonly stream: string | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads `format/case`; throws where there is none. */
export function readFixture(name: string): Fixture {
  if (!/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)) throw new Error(`A fixture's name is format/case, not "${name}"`);
  const file = (end: string): string | undefined => {
    const path = `${root}${name}/${end}`;
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const json = (end: string): unknown => {
    const text = file(end);
    return text === undefined ? undefined : JSON.parse(text);
  };
  if (file("source.txt") === undefined) throw new Error(`There is no fixture "${name}"`);
  const meta = json("meta.json") as { readonly status?: number; readonly headers?: Record<string, string> } | undefined;
  return {
    name,
    request: json("request.json"),
    response: json("response.json"),
    stream: file("stream.sse"),
    status: meta?.status ?? 200,
    headers: meta?.headers ?? {},
  };
}

/** The names of a format's cases, or of all. */
export function fixtureNames(format?: string): readonly string[] {
  const folders = (path: string): string[] =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  return (format === undefined ? folders(root) : [format]).flatMap((one) =>
    folders(`${root}${one}`).map((name) => `${one}/${name}`),
  );
}

/** What a place for secrets can do, and how it is named in a configuration. */

/** Undefined means there is no such secret. Not being able to look is an error. */
interface SecretStore {
  readonly id: string;
  read(name: string): Promise<string | undefined>;
}

/** What stores may use. Given, so that tests need no machine. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, at most `limit` bytes of it; undefined when there is none. */
  readonly readFile: (path: string, limit: number) => Promise<string | undefined>;
}

export interface SecretStoreKind {
  readonly id: string;
  /** How a reference to it begins; the rest is the secret's name. */
  readonly prefix: string;
  create(sources: SecretSources): SecretStore;
}

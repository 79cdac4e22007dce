/** A value that must not be seen: it prints, logs and serialises as "[secret]", and tells itself only to whoever asks by name. */

/** Holds an API key or a password: `new Secret("sk-…")`. It is printed, logged and serialised as "[secret]". */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Every call of this is a place where a secret leaves its box. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }
}

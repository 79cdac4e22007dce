/** Where the gateway speaks to its operator. Secrets never pass here: fields are facts, not objects that happen to be at hand. */

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

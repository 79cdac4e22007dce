/** What a request may cost beyond what it says: known only in the words of its language, and asked of its format. */

export interface Unsaid {
  /** How often tools that the vendor runs may be called, where the client said so. */
  readonly calls?: number;
  /** The vendor adds what only it holds: an earlier conversation, a prompt by its id. */
  readonly held?: boolean;
  /** The vendor goes on with it when nobody listens any more. */
  readonly background?: boolean;
}

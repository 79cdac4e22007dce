/** What the gateway and its writer thread say to each other. */

export interface WorkerOptions {
  /** Of the journal. */
  readonly folder: string;
  readonly url?: string;
  readonly dataDir: string;
}

export type ToWorker = { readonly kind: "drain"; readonly id: number } | { readonly kind: "stop" };

export type FromWorker =
  | { readonly kind: "drained"; readonly id: number }
  | { readonly kind: "trouble"; readonly text: string };

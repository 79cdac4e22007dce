/** The words that catalogues of models are written in, where they name their dialect. */

/** Whose model an entry is about. */
export const vendorKey = "litellm_provider";

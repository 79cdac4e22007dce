/** Ids of answers and of what stands in them. An item whose vendor has no id for it is named after its answer and its place, and so can be told from those with a name of their own. */

/** Vendors refuse longer ones. */
export const longestId = 64;
const longestTail = 44;

/** An id that this language's clients take for one. */
export const responseId = (id: string, fresh: string): string => (id.startsWith("resp_") ? id : `resp_${fresh}`);

export const itemId = (kind: string, response: string, index: number): string =>
  `${kind}_${response.slice(response.startsWith("resp_") ? 5 : 0).slice(0, longestTail)}_${index}`;

/** The vendor's own id of a thought; undefined for one that was made up. */
export const ownId = (id: string | undefined, response: string, index: number): string | undefined =>
  id === itemId("rs", response, index) ? undefined : id;

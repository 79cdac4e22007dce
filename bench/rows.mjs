/** Rows of the table: what, who, figure, and the goal where there is one. */

/** A goal is { most }, { least } or { text, ok }; it binds ours alone, for the others it would be unfair. */
export function row(theme, contender, name, value, unit, goal) {
  const plain = { theme, contender, name, value, unit };
  if (goal === undefined || contender !== "ours") return plain;
  if (goal.text !== undefined) return { ...plain, goal: goal.text, ok: goal.ok };
  if (goal.least !== undefined) return { ...plain, goal: `≥ ${goal.least}`, ok: value >= goal.least };
  return { ...plain, goal: `≤ ${goal.most}`, ok: value <= goal.most };
}

/** A bench that could not measure says so in the table. */
export const failure = (theme, contender) => ({
  theme,
  contender,
  name: "could not run",
  value: Number.NaN,
  unit: "",
  goal: "runs",
  ok: false,
});

/** Adds rows for what failed; gives back only what mostly went well, for the rest has no figures worth showing. */
export function sift(theme, results, rows) {
  for (const [id, { broken, requests, statuses }] of Object.entries(results)) {
    if (broken > 0)
      rows.push(row(theme, id, "failed", broken, `of ${requests} (${Object.keys(statuses).join(", ")})`, { most: 0 }));
  }
  return Object.fromEntries(Object.entries(results).filter(([, { broken, requests }]) => broken * 10 < requests));
}

/** Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */

import { bounds, type Histogram, histogram } from "./metrics-series.ts";

export const metricsType = "text/plain; version=0.0.4; charset=utf-8";

export type Pairs = readonly (readonly [name: string, value: string])[];

/** `a="b",c="d"`, without braces. */
export function labelText(pairs: Pairs): string {
  let text = "";
  for (const [name, value] of pairs) text += `${text === "" ? "" : ","}${name}="${escaped(value)}"`;
  return text;
}

const escaped = (value: string): string =>
  /["\\\n\r]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", "\\r")
    : value;

/** A metric with what was measured for each set of labels, by its text. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: "counter" | "gauge"; readonly values: ReadonlyMap<string, number> }
  | { readonly type: "histogram"; readonly values: ReadonlyMap<string, Histogram> }
);

/** A counter's name has the ending that clients of Prometheus give it. */
export function familyText(family: Family): string {
  const name = family.type === "counter" && !family.name.endsWith("_total") ? `${family.name}_total` : family.name;
  const lines = [`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`];
  if (family.type === "histogram")
    for (const [labels, value] of family.values) pushHistogram(lines, name, labels, value);
  else for (const [labels, value] of family.values) lines.push(`${name}${braced(labels)} ${numberText(value)}`);
  return `${lines.join("\n")}\n`;
}

const braced = (labels: string): string => (labels === "" ? "" : `{${labels}}`);

const numberText = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
};

function pushHistogram(lines: string[], name: string, labels: string, { counts, sum }: Histogram): void {
  const before = labels === "" ? "" : `${labels},`;
  let count = 0;
  for (const [index, held] of counts.entries()) {
    count += held;
    lines.push(`${name}_bucket{${before}le="${bounds[index] ?? "+Inf"}"} ${count}`);
  }
  lines.push(`${name}_count${braced(labels)} ${count}`, `${name}_sum${braced(labels)} ${numberText(sum)}`);
}

export function addHistogram(to: Map<string, Histogram>, labels: string, from: Histogram): void {
  const sum = to.get(labels) ?? histogram();
  to.set(labels, sum);
  for (const [index, count] of from.counts.entries()) sum.counts[index] = (sum.counts[index] ?? 0) + count;
  sum.sum += from.sum;
}

export const isEmpty = ({ counts }: Histogram): boolean => counts.every((count) => count === 0);

/** How long "30d" is, and when a budget that lasts so long begins anew: pure arithmetic on UTC milliseconds. */

import { invalid } from "../../canonical/error.ts";

type Unit = "s" | "m" | "h" | "d" | "w" | "mo";

interface Period {
  readonly count: number;
  readonly unit: Unit;
}

const second = 1000;
const day = 86_400 * second;
const lengths: Readonly<Record<Unit, number>> = {
  s: second,
  m: 60 * second,
  h: 3600 * second,
  d: day,
  w: 7 * day,
  mo: 30 * day,
};
/** Whoever wants more than a century wants no limit. */
const longest = 100 * 366 * day;

/** Refuses what is no duration, naming the field and what would be one. */
export function checkPeriod(text: string, param: string): void {
  read(text, param);
}

/** The moment that lies this duration after `from`: for expiry, so without looking at the calendar (a month keeps its day). */
export function after(text: string, from: number, param = "duration"): number {
  const { count, unit } = read(text, param);
  if (unit !== "mo") return from + count * lengths[unit];
  const date = new Date(from);
  const dayOfMonth = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count);
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(dayOfMonth, daysInMonth));
  return date.getTime();
}

/**
 * When the period that holds `from` ends. "1d" and "24h" end at midnight UTC, "7d" on Monday, "30d" and "1mo" on the first of the
 * month; other days and months end at midnight; hours, minutes and seconds roll from the `previous` end, or from `from` where there
 * is none. With `previous` the answer is the same for whoever asks in whatever moment of a period.
 */
export function nextReset(text: string, from: number, previous?: number): number {
  const { count, unit } = read(text, "budget_duration");
  const midnight = Math.floor(from / day) * day;
  if (isCalendarDay(count, unit)) return midnight + day;
  if ((unit === "d" && count === 7) || (unit === "w" && count === 1)) return nextMonday(midnight);
  if (unit === "d" && count === 30) return firstOfMonth(from, 1);
  if (unit === "mo") return previous === undefined ? firstOfMonth(from, count) : monthsOnward(previous, count, from);
  const length = count * lengths[unit];
  if (previous !== undefined) return onward(previous, length, from);
  return (unit === "d" || unit === "w" ? midnight : from) + length;
}

/** The period that holds `at`, for whoever knows no earlier one: the same for everybody, and after every restart. */
export function periodAround(text: string, at: number): { readonly began: number; readonly ends: number } {
  const { count, unit } = read(text, "budget_duration");
  const ends = nextReset(text, at, 0);
  if (unit === "mo") return { began: firstOfMonth(ends, -count), ends };
  if (unit === "d" && count === 30) return { began: firstOfMonth(ends, -1), ends };
  return { began: ends - count * lengths[unit], ends };
}

const isCalendarDay = (count: number, unit: Unit): boolean =>
  (unit === "d" && count === 1) || (unit === "h" && count === 24);

const nextMonday = (midnight: number): number => midnight + ((8 - new Date(midnight).getUTCDay()) % 7 || 7) * day;

const firstOfMonth = (from: number, months: number): number => {
  const date = new Date(from);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
};

const onward = (previous: number, length: number, from: number): number =>
  previous > from ? previous : previous + (Math.floor((from - previous) / length) + 1) * length;

const monthsOnward = (previous: number, count: number, from: number): number => {
  if (previous > from) return previous;
  const [was, is] = [new Date(previous), new Date(from)];
  const apart = (is.getUTCFullYear() - was.getUTCFullYear()) * 12 + is.getUTCMonth() - was.getUTCMonth();
  return firstOfMonth(previous, (Math.floor(apart / count) + 1) * count);
};

function read(text: string, param: string): Period {
  const match = /^([1-9]\d{0,9})(s|m|h|d|w|mo)$/.exec(text);
  const count = Number(match?.[1]);
  const unit = match?.[2] as Unit | undefined;
  if (!unit || count * lengths[unit] > longest) {
    const shown = JSON.stringify(text.slice(0, 40));
    throw invalid(
      param,
      `${param}: ${shown} is no duration. Give a whole number and a unit: "30s", "30m", "24h", "7d", "1w" or "1mo"; at most 100 years.`,
    );
  }
  return { count, unit };
}

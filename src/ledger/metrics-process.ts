/** How the process itself is: memory, processor time, and how late the event loop is. */

import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Family } from "./metrics-text.ts";

export interface ProcessMetrics {
  families(): readonly Family[];
  stop(): void;
}

/** Milliseconds between two looks at the event loop. */
const resolution = 20;
const nanosecond = 1e-9;

export function watchProcess(): ProcessMetrics {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const startedAt = Date.now() / 1000 - process.uptime();
  const lag = (value: number): number =>
    // A delay is the whole time between two looks.
    Number.isFinite(value) ? Math.max(0, value * nanosecond - resolution / 1000) : 0;
  return {
    families() {
      const memory = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      const families = [
        one("counter", "process_cpu_seconds_total", "Processor time, in seconds.", (user + system) / 1e6),
        one("gauge", "process_start_time_seconds", "When the process began, in seconds since the epoch.", startedAt),
        one("gauge", "process_resident_memory_bytes", "Resident memory.", memory.rss),
        one("gauge", "nodejs_heap_size_used_bytes", "Memory that JavaScript objects use.", memory.heapUsed),
        one("gauge", "nodejs_heap_size_total_bytes", "Memory set aside for JavaScript objects.", memory.heapTotal),
        one("gauge", "nodejs_external_memory_bytes", "Memory of buffers and the like.", memory.external),
        one(
          "gauge",
          "nodejs_eventloop_lag_mean_seconds",
          "How late the event loop was, since the last look.",
          lag(delay.mean),
        ),
        one(
          "gauge",
          "nodejs_eventloop_lag_p99_seconds",
          "The same, at the 99th percentile.",
          lag(delay.percentile(99)),
        ),
        one("gauge", "nodejs_eventloop_lag_max_seconds", "The same, at most.", lag(delay.max)),
      ];
      delay.reset();
      return families;
    },
    stop: () => void delay.disable(),
  };
}

const one = (type: "counter" | "gauge", name: string, help: string, value: number): Family => ({
  name,
  help,
  type,
  values: new Map([["", value]]),
});

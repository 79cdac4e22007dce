/** The page at the root: what this is, whether it is healthy, and where to go next. */

import { sendText } from "./answers.ts";
import type { Route } from "./incoming.ts";

/** The address by which the page was reached is known to the browser alone: nothing that a client sent is repeated. */
const script = `document.getElementById("at").textContent = location.origin + location.pathname.replace(/\\/$/, "");`;

const page = (version: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gatehouse</title>
<style>
:root { color-scheme: light dark; --ink: #14213d; --soft: #5c677d; --paper: #f7f8fa; --card: #fff; --line: #e3e7ee; --good: #2a9d5c; --link: #1d5fd1; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef1f6; --soft: #9aa5b8; --paper: #0f1420; --card: #171e2d; --line: #27314a; --good: #4cc38a; --link: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { width: min(42rem, 100%); }
h1 { display: flex; align-items: center; gap: .8rem; margin: 0 0 .3rem; font-size: 2rem; letter-spacing: -.02em; }
p { margin: 0 0 1.4rem; color: var(--soft); }
.status { display: inline-flex; align-items: center; gap: .5rem; padding: .25rem .8rem; border: 1px solid var(--line); border-radius: 99px; background: var(--card); font-size: .9rem; }
.dot { width: .6rem; height: .6rem; border-radius: 50%; background: var(--good); }
ul { list-style: none; margin: 1.6rem 0; padding: 0; display: grid; gap: .7rem; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); }
a { display: block; padding: .9rem 1.1rem; border: 1px solid var(--line); border-radius: .7rem; background: var(--card); color: inherit; text-decoration: none; }
a:hover, a:focus-visible { border-color: var(--link); outline: none; }
a b { display: block; color: var(--link); font-weight: 600; }
a span { color: var(--soft); font-size: .9rem; }
pre { margin: 0; padding: 1rem 1.1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .7rem; background: var(--card); font: .82rem/1.6 ui-monospace, monospace; }
</style>
</head>
<body>
<main>
<h1><svg width="34" height="34" viewBox="0 0 34 34" fill="none" stroke="currentColor" stroke-width="2.4" aria-hidden="true"><path d="M3 31V9l4-3 4 3v4h12V9l4-3 4 3v22M3 31h8m12 0h8"/><path d="M12 31v-8a5 5 0 0 1 10 0v8"/></svg>Gatehouse</h1>
<p>A single endpoint for all your models, with keys, budgets and a log of every request.</p>
<div class="status"><i class="dot"></i>Running, version ${version}</div>
<ul>
<li><a href="/health/readiness"><b>Readiness</b><span>Whether the gateway accepts requests</span></a></li>
<li><a href="/openapi.json"><b>OpenAPI</b><span>All routes, as an OpenAPI document</span></a></li>
<li><a href="/v1/models"><b>Models</b><span>The models your key can use</span></a></li>
<li><a href="/metrics"><b>Metrics</b><span>Prometheus, for your dashboards</span></a></li>
</ul>
<pre>curl <span id="at">http://127.0.0.1:4000</span>/v1/chat/completions \\
  -H "Authorization: Bearer sk-…" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "mock/echo",
       "messages": [{"role": "user", "content": "Hello"}]}'</pre>
</main>
<script>${script}</script>
</body>
</html>
`;

export const welcomeRoutes: readonly Route[] = [
  {
    method: "GET",
    paths: ["/"],
    access: "public",
    family: "public",
    async run(incoming) {
      sendText(incoming, page(incoming.gateway.version), "text/html; charset=utf-8", script);
    },
  },
];

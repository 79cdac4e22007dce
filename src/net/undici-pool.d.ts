/** undici's pool by itself: the whole package brings fetch, web sockets and caches, 14 MB that nobody here asks for. The version is pinned. */
declare module "undici/lib/dispatcher/pool.js" {
  import { Pool } from "undici";

  // biome-ignore lint/style/noDefaultExport: that is how the package has it
  export default Pool;
}

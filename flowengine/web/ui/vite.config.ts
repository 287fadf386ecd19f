import { defineConfig } from "vite";

// What is built here is shipped inside the Python package, so that users need no Node. Everything is a file of its own:
// the content security policy allows no inline script, style or data URL.
export default defineConfig({
  base: "/ui/",
  build: {
    outDir: "../page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    license: { fileName: "licenses.md" },
  },
});

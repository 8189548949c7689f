import { defineConfig, type Plugin } from "vite";

/** Cornerstone's compute worker (3 MB) fills and converts segmentations; the viewer has none, and is one file. */
const withoutWorker: Plugin = {
  name: "without-compute-worker",
  enforce: "pre",
  load: (id) => (id.endsWith("registerComputeWorker.js") ? "export function registerComputeWorker() {}" : null),
};

export default defineConfig({
  // vtk.js asks for Node's events module; the npm package of that name is the same for browsers.
  resolve: { alias: { events: "events/events.js" } },
  plugins: [withoutWorker],
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    target: "es2022",
    outDir: "dist",
    lib: { entry: "src/main.ts", formats: ["es"], fileName: () => "viewer.js" },
    rolldownOptions: { output: { codeSplitting: false } },
    reportCompressedSize: false,
  },
});

import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

/** Where `npm run dev:web` finds the application. */
const API = process.env['API_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [vue()],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The pages' Content-Security-Policy allows neither inline scripts nor data URIs but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The test of the script budget reads from it which files come first.
    manifest: true,
    // Compressed sizes are the budget test's matter.
    reportCompressedSize: false,
    // How long each plugin took is of no interest to who builds, and reads like a fault.
    rolldownOptions: {
      checks: { bundlerTimings: false },
      output: {
        // Vue changes with an update of it alone. The rest of what comes first is one file, and not one for each part that some
        // page in a later chunk needs too: together it compresses better.
        codeSplitting: {
          groups: [
            {
              name: 'vue',
              test: /node_modules[\\/](?:@vue|vue|vue-router|vue-i18n|@intlify|pinia)[\\/]/,
              priority: 2,
            },
            { name: 'first', test: /[\\/]web[\\/]src[\\/](?:App\.vue|router\.ts)$/, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(['/v1', '/openapi.json', '/docs'].map((path) => [path, API])),
  },
});

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

// While the web app is worked on (`npm run dev`), everything but its own files is asked of a Botica
// that runs beside it.
const botica = process.env['BOTICA_URL'] ?? 'http://127.0.0.1:8000';
const api = [
  'audit',
  'boards',
  'd',
  'dead-letters',
  'dispensers',
  'health',
  'hospital',
  'login',
  'logout',
  'me',
  'medication',
  'medications',
  'on_duty',
  'orders',
  'publish_order',
  'reasons',
  'scan',
  'service-calls',
  'targets',
  'users',
  'wards',
];

/** Compresses once, here, what the server would otherwise compress for each phone. */
function compressed(): Plugin {
  const isText = (name: string) => /\.(js|css|html|svg|wasm|webmanifest)$/.test(name);
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        for (const entry of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
          const file = join('dist', entry);
          if (!isText(entry) || statSync(file).size < 1024) continue;
          const content = readFileSync(file);
          writeFileSync(`${file}.br`, brotliCompressSync(content));
          writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
        }
      },
    },
  };
}

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // The content security policy takes no inline data but images of our own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(api.map((path) => [`^/${path}(/|$|\\?)`, { target: botica }])) },
  plugins: [
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src',
      filename: 'service-worker.ts',
      injectRegister: false,
      manifest: {
        id: '/',
        name: 'Botica',
        short_name: 'Botica',
        description: 'Pedidos de medicamentos dos setores à farmácia',
        lang: 'pt-BR',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#f5f6f3',
        theme_color: '#0b5f4d',
        icons: [
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,svg,png,woff2}'],
        // The decoder is fetched when somebody opens the camera, and kept then.
        globIgnores: ['**/zxing*', '**/decoder*'],
      },
    }),
    compressed(),
  ],
});

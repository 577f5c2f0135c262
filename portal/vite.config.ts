/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig, type PluginOption } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig(async ({ mode, command }) => {
  const plugins: PluginOption[] = [react()]
  // The invented hospital of portal/fixtures answers only in `npm run mock`; it is never built in.
  if (mode === 'mock' && command === 'serve') plugins.push((await import('./fixtures/mock.ts')).mock())
  return {
    plugins,
    resolve: { alias: { '@': here('./src') } },
    build: {
      outDir: here('../yishu/web/static'),
      emptyOutDir: true,
      manifest: true,
      target: 'es2022',
      chunkSizeWarningLimit: 900,
      rolldownOptions: {
        onwarn(warning: { code?: string }, warn: (warning: never) => void) {
          if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning as never)
        },
      },
    },
    server: {
      host: '127.0.0.1',
      proxy: mode === 'mock' ? undefined : { '/api': process.env.YISHU_SERVER ?? 'http://127.0.0.1:8000' },
    },
    test: { environment: 'node', include: ['src/**/*.test.ts'] },
  }
})

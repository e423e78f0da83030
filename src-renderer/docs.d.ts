/** The pages of the docs, as the build makes them from docs/*.md (scripts/vite-docs.ts). */
declare module 'virtual:docs' {
  const pages: readonly import('./views/docs/docs-search.ts').Docs[];
  export default pages;
}

/** CONTRACT. What the search query, the `search` filter and the `searchQuery` extraction look for. @source Druid `SearchQuerySpec` */
export type SearchSpec =
  | { readonly type: 'all' }
  | { readonly type: 'contains'; readonly value: string; readonly caseSensitive: boolean }
  /** All values must occur. */
  | { readonly type: 'fragment'; readonly values: readonly string[]; readonly caseSensitive: boolean }
  | { readonly type: 'regex'; readonly pattern: string };

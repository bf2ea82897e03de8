import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

export interface Page {
  readonly id: string;
  readonly title: string;
  /** The key after `g` that opens it. */
  readonly key: string;
  /** Outline of its sign, in a box of 16. */
  readonly icon: string;
  readonly Component: LazyExoticComponent<ComponentType>;
}

/** In the order of the navigation. Each is loaded when it is first opened. */
export const PAGES: readonly Page[] = [
  {
    id: 'home',
    title: 'Home',
    key: 'h',
    icon: 'M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z',
    Component: lazy(() => import('../home/home-page.js')),
  },
  {
    id: 'query',
    title: 'Query',
    key: 'q',
    icon: 'M2.5 3.5h11v9h-11zM5 6.5l2 1.7-2 1.7M8.5 10.5H11',
    Component: lazy(() => import('../query/query-page.js')),
  },
  {
    id: 'explore',
    title: 'Explore',
    key: 'e',
    icon: 'M2.5 13.5v-11M2.5 13.5h11M5 10.5l2.5-3 2 1.5 3.5-5',
    Component: lazy(() => import('../explore/explore-page.js')),
  },
  {
    id: 'dashboards',
    title: 'Dashboards',
    key: 'd',
    icon: 'M2.5 2.5h4.5v6h-4.5zM9 2.5h4.5v3.5H9zM9 8h4.5v5.5H9zM2.5 10.5h4.5v3h-4.5z',
    Component: lazy(() => import('../dashboards/dashboards-page.js')),
  },
  {
    id: 'ingestion',
    title: 'Ingestion',
    key: 'i',
    icon: 'M8 2v7M5 6.5 8 9.5l3-3M2.5 10v3.5h11V10',
    Component: lazy(() => import('../ingestion/ingestion-page.js')),
  },
  {
    id: 'segments',
    title: 'Segments',
    key: 's',
    icon: 'M2.5 4h4v3h-4zM8 4h5.5v3H8zM2.5 9h7v3h-7zM11 9h2.5v3H11z',
    Component: lazy(() => import('../segments/segments-page.js')),
  },
  {
    id: 'services',
    title: 'Services',
    key: 'v',
    icon: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.5M5 11h.5',
    Component: lazy(() => import('../services/services-page.js')),
  },
];

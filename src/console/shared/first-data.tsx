import type { ReactNode } from 'react';
import { hashOf } from './route.js';

/** The way out of a page that has nothing to show. */
export function FirstData(): ReactNode {
  return (
    <p>
      <a href={hashOf('ingestion', { load: '1' })}>Load a file or a Kafka topic</a>, or{' '}
      <a href={hashOf('home')}>push an event</a> from a terminal.
    </p>
  );
}

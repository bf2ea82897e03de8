import './services.css';
import { type ReactNode, useState } from 'react';
import { Tabs } from '../shared/tabs.js';
import { Lookups } from './lookups.js';
import { Retention } from './retention.js';
import { ServiceList } from './service-list.js';
import { Tasks } from './tasks.js';

const VIEWS = { services: 'Services', tasks: 'Tasks', lookups: 'Lookups', retention: 'Retention' } as const;

/** The nodes, and what is configured in them. */
export default function ServicesPage(): ReactNode {
  const [view, setView] = useState<keyof typeof VIEWS>('services');
  return (
    <div className="page">
      <div className="page-head">
        <h1>Services</h1>
        <Tabs label="Show" names={VIEWS} chosen={view} onChoose={setView} />
      </div>
      {view === 'services' && <ServiceList />}
      {view === 'tasks' && <Tasks />}
      {view === 'lookups' && <Lookups />}
      {view === 'retention' && <Retention />}
    </div>
  );
}

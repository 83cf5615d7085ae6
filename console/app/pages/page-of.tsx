import type { Route } from '../router/route.js';
import { AuditPage } from './audit/audit-page.js';
import { FeedbackPage } from './feedback/feedback-page.js';
import { LivePage } from './live/live-page.js';
import { ModelPage } from './model/model-page.js';
import { ModelsPage } from './models/models-page.js';
import { ItemsPage } from './platforms/items-page.js';
import { JobsPage } from './platforms/jobs-page.js';
import { ProductionPage } from './production/production-page.js';
import { ReportsPage } from './reports/reports-page.js';
import { TryPage } from './try/try-page.js';
import { UnknownPage } from './unknown-page.js';

/** The page of a route. Each model has a page of its own, so that nothing of one is left on another's. */
export function PageOf({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'models':
      return <ModelsPage key="models" />;
    case 'model':
      return <ModelPage key={`model ${route.name}@${route.version}`} name={route.name} version={route.version} />;
    case 'try':
      return <TryPage key={`try ${route.name}@${route.version}`} name={route.name} version={route.version} />;
    case 'live':
      return <LivePage key="live" />;
    case 'audit':
      return <AuditPage key="audit" />;
    case 'feedback':
      return <FeedbackPage key="feedback" />;
    case 'reports':
      return <ReportsPage key="reports" />;
    case 'rules':
    case 'slides':
      return <ItemsPage key={route.page} source={route.page} />;
    case 'jobs':
      return <JobsPage key="jobs" />;
    case 'production':
      return <ProductionPage key="production" />;
    case 'unknown':
      return <UnknownPage key={`unknown ${route.path}`} path={route.path} />;
  }
}

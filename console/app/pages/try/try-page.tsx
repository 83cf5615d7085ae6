import type { ModelAnswer } from '../../../src/api.js';
import { pathOf } from '../../api/api-client.js';
import { useResource } from '../../api/use-resource.js';
import { hrefOf } from '../../router/route.js';
import { Gate } from '../../shell/gate.js';
import { ErrorNotice, Loading, Notice } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { text } from '../../text/text.js';
import { TryModel } from './try-model.js';

export function TryPage({ name, version }: { readonly name: string; readonly version: string }) {
  return (
    <Page
      title={text.try.title(`${name} ${version}`)}
      lead={
        <a class="back" href={hrefOf({ page: 'model', name, version })}>
          ← {name} {version}
        </a>
      }
    >
      <Gate permission="models.read">
        {() => <Gate permission="predict">{() => <Loaded name={name} version={version} />}</Gate>}
      </Gate>
    </Page>
  );
}

function Loaded({ name, version }: { readonly name: string; readonly version: string }) {
  const { data, error, reload } = useResource<ModelAnswer>(pathOf('models', name, version));
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  const { state, suspension, reason } = data.summary;
  if (state !== 'READY')
    return (
      <Notice tone="warn" icon="barrier" title={`${text.state[state]}. ${text.model.cannotTry}`}>
        <p>{suspension?.reason ?? reason?.message}</p>
      </Notice>
    );
  return <TryModel model={data} />;
}

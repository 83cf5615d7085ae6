import type { RulesAnswer } from '../../../src/api.js';
import { useResource } from '../../api/use-resource.js';
import { Gate } from '../../shell/gate.js';
import { Empty, ErrorNotice, Loading } from '../../shell/notice.js';
import { Page } from '../../shell/page.js';
import { PageLink } from '../../shell/page-link.js';
import { ScrollArea } from '../../shell/scroll-area.js';
import { text } from '../../text/text.js';

type Source = 'rules' | 'slides';

/** Rule bases or slides: a list whose items have pages of their own, beside the console. */
export function ItemsPage({ source }: { readonly source: Source }) {
  return (
    <Page title={text[source].title} lead={text[source].lead}>
      <Gate permission="models.read" source={source}>
        {() => <Items source={source} />}
      </Gate>
    </Page>
  );
}

function Items({ source }: { readonly source: Source }) {
  const { data, error, reload } = useResource<RulesAnswer>(source);
  const words = text[source];
  if (data === undefined) return error === undefined ? <Loading /> : <ErrorNotice error={error} retry={reload} />;
  if (data.items.length === 0) return <Empty title={words.nothing} />;
  return (
    <ScrollArea label={words.caption}>
      <table>
        <caption class="unseen">{words.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.name}</th>
            <th scope="col">{words.page}</th>
          </tr>
        </thead>
        <tbody>
          {data.items.map(({ id, title, url }) => (
            <tr key={id}>
              <th scope="row">
                {title}
                <span class="title">{id}</span>
              </th>
              <td>
                <PageLink url={url} words={words.open} about={words.openOf(title)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}

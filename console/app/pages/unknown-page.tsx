import { Page } from '../shell/page.js';
import { text } from '../text/text.js';

export function UnknownPage({ path }: { readonly path: string }) {
  return (
    <Page title={text.unknownPage.title} lead={text.unknownPage.explain(path)}>
      <p>
        <a href="#/models">{text.unknownPage.back}</a>
      </p>
    </Page>
  );
}

// What ProMort keeps, with the answers that its version 0.11 gives to what is sent to it.
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}
export type Fields = Readonly<Record<string, unknown>>;
type Row = Record<string, unknown> & { id: string | number };

const answer = (status: number, body: unknown): Answer => ({ status, body });
const bad = (field: string, why: string) => answer(400, { [field]: [why] });
const missing = (what: string) => answer(404, { detail: `There is no ${what}` });
const TYPES = ['TISSUE', 'TUMOR', 'GLEASON'];

export class PromortTables {
  readonly cases: Row[] = [];
  readonly slides: Row[] = [];
  readonly predictions: Row[] = [];
  readonly collections: Row[] = [];
  readonly fragments: Row[] = [];

  /** @param fields of the JSON body */
  answer(method: string, path: string, query: URLSearchParams, fields: Fields): Answer {
    const [resource, id, child, childId] = path.replace(/^\/api\/|\/$/g, '').split('/');
    // Addresses hold ids of letters, digits, "-" and "_" only, though slides may have others.
    if (id !== undefined && !/^[\w-]+$/.test(id)) return missing('such address');
    const route = `${method} ${resource}${id ? '/:id' : ''}${child ? `/${child}` : ''}${childId ? '/:id' : ''}`;
    switch (route) {
      case 'POST cases':
        return this.#insert(this.cases, 'case', { id: String(fields.id) });
      case 'POST slides':
        return this.#addSlide(fields);
      case 'PUT slides/:id':
        return this.#changeSlide(String(id), fields);
      case 'GET slides/:id/predictions':
        return this.#predictionsOf(String(id), query);
      case 'GET predictions':
        return answer(200, this.predictions);
      case 'POST predictions':
        return this.#addPrediction(fields);
      case 'GET predictions/:id':
        return this.#one(this.predictions, id, 'prediction');
      case 'PUT predictions/:id/require_review':
        // The platform's view takes a label and its address passes an id: it fails for every one.
        return answer(500, '<h1>Server Error (500)</h1>');
      case 'GET tissue_fragments_collections':
        return answer(200, this.collections);
      case 'POST tissue_fragments_collections':
        return this.#addCollection(fields);
      case 'GET tissue_fragments_collections/:id/fragments':
        return answer(
          200,
          this.fragments.filter(({ collection }) => collection === Number(id)),
        );
      case 'POST tissue_fragments_collections/:id/fragments':
        return this.#addFragment(Number(id), fields);
      default:
        return missing('such address');
    }
  }

  #one(rows: readonly Row[], id: unknown, what: string): Answer {
    const row = rows.find((one) => String(one.id) === String(id));
    return row === undefined ? missing(what) : answer(200, row);
  }

  #insert(rows: Row[], what: string, row: Row): Answer {
    if (rows.some(({ id }) => id === row.id)) return answer(409, { id: [`${what} with this id already exists.`] });
    rows.push(row);
    return answer(201, row);
  }

  #addSlide({ id, case: caseId, omero_id = null, image_type = null }: Fields): Answer {
    if (typeof id !== 'string' || id.length > 25) {
      return bad('id', 'Ensure this field has no more than 25 characters.');
    }
    if (!this.cases.some((one) => one.id === caseId)) return bad('case', `Invalid pk "${caseId}"`);
    return this.#insert(this.slides, 'slide', { id, case: caseId, omero_id, image_type, image_microns_per_pixel: 0 });
  }

  #changeSlide(id: string, fields: Fields): Answer {
    const slide = this.slides.find((one) => one.id === id);
    if (slide === undefined) return missing('slide');
    return answer(200, Object.assign(slide, fields, { id }));
  }

  #predictionsOf(slide: string, query: URLSearchParams): Answer {
    const type = query.get('type');
    const found = this.predictions.filter((one) => one.slide === slide && (type === null || one.type === type));
    if (found.length === 0) return answer(404, { detail: 'No predictions found for the required query' });
    return answer(200, query.get('latest') === 'true' ? found.at(-1) : found);
  }

  #addPrediction(fields: Fields): Answer {
    const { label, slide, type, omero_id = null, review_required = false, provenance = null } = fields;
    if (typeof label !== 'string' || label === '') return bad('label', 'This field is required.');
    if (label.length > 100) return bad('label', 'Ensure this field has no more than 100 characters.');
    if (this.predictions.some((one) => one.label === label)) {
      return answer(409, { label: ['prediction with this label already exists.'] });
    }
    if (!TYPES.includes(String(type))) return bad('type', `"${type}" is not a valid choice.`);
    if (!this.slides.some(({ id }) => id === slide))
      return bad('slide', `Invalid pk "${slide}" - object does not exist.`);
    const id = this.predictions.length + 1;
    const creation_date = new Date().toISOString();
    const row = { id, label, creation_date, slide, type, omero_id, provenance, review_required };
    this.predictions.push(row);
    return answer(201, row);
  }

  #addCollection({ prediction }: Fields): Answer {
    if (!this.predictions.some(({ id }) => id === prediction)) return bad('prediction', `Invalid pk "${prediction}"`);
    const row = { id: this.collections.length + 1, prediction, creation_date: new Date().toISOString() };
    this.collections.push(row);
    return answer(201, row);
  }

  #addFragment(collection: number, { shape_json }: Fields): Answer {
    if (!this.collections.some(({ id }) => id === collection)) return bad('collection', `Invalid pk "${collection}"`);
    if (shape_json === undefined) return answer(500, '<h1>Server Error (500)</h1>');
    // The platform keeps it as text.
    const row = { id: this.fragments.length + 1, collection, shape_json: JSON.stringify(shape_json) };
    this.fragments.push(row);
    return answer(201, row);
  }
}

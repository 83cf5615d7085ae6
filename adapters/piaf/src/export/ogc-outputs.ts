/**
 * Outputs of a chain as a process of OGC API - Processes, and which file of the result each is: its name
 * without the extension, as the documents of results have it. `files` is the exception: links to the files of all
 * studies.
 */
export const OGC_OUTPUTS = {
  results: { path: 'results.ndjson', mediaType: 'application/x-ndjson', title: 'Findings of each study, one a line' },
  scores: { path: 'scores.csv', mediaType: 'text/csv', title: 'Scores of all studies as a table' },
  summary: {
    path: 'summary.json',
    mediaType: 'application/json',
    title: 'What was run, and how many studies of each outcome',
  },
  report: { path: 'report.html', mediaType: 'text/html', title: 'A report to read' },
  SHA256SUMS: { path: 'SHA256SUMS', mediaType: 'text/plain', title: 'SHA-256 of each file of the result' },
  'ro-crate-metadata': {
    path: 'ro-crate-metadata.json',
    mediaType: 'application/ld+json',
    title: 'How the result came about, as a Workflow Run RO-Crate',
  },
  workflow: { path: 'workflow.cwl', mediaType: 'application/cwl+json', title: 'The chain as CWL v1.2, of the crate' },
} as const;

/** Folder of the result that has the files of each study: masks, regions, maps. */
export const OGC_FILES_OUTPUT = { name: 'files', path: 'files/' } as const;

// What a FHIR server must not take: each is something that it has taken, with one thing changed.

/** Gives { what, resource, words }; `words` are in HAPI's reason. */
export async function wrongResources(fhir) {
  const one = async (type) => (await fhir.search(type))[0];
  const risk = await one('RiskAssessment');
  const [prediction, ...others] = risk.prediction;
  const { probabilityRange, ...certain } = prediction;
  const predicting = (changes) => ({ ...risk, prediction: [{ ...certain, ...changes }, ...others] });
  // Those without a device are the records of the patients.
  const observation = (await fhir.search('Observation')).find(({ device }) => device !== undefined);
  const provenance = await one('Provenance');
  const { agent: _, ...withoutAgent } = provenance;
  const audit = await one('AuditEvent');
  const device = await one('Device');
  return [
    { what: 'a result with a status that FHIR has not', resource: { ...risk, status: 'done' }, words: /done/ },
    { what: 'a probability of 150 %', resource: predicting({ probabilityDecimal: 150 }), words: /100/ },
    {
      what: 'a range that ends before it begins',
      resource: predicting({ probabilityRange: { ...probabilityRange, low: { ...probabilityRange.low, value: 150 } } }),
      words: /rng-2/,
    },
    { what: 'an element that FHIR has not', resource: { ...risk, surplus: 1 }, words: /surplus/ },
    {
      what: 'an observation with a status that FHIR has not',
      resource: { ...observation, status: 'done' },
      words: /done/,
    },
    { what: 'a provenance of nobody', resource: withoutAgent, words: /agent/ },
    { what: 'an audit of an action that FHIR has not', resource: { ...audit, action: 'X' }, words: /X/ },
    {
      what: 'an audit without a time of its own',
      resource: { ...audit, recorded: 'yesterday' },
      words: /yesterday|recorded/,
    },
    {
      what: 'a result of a device that is not there',
      resource: { ...risk, performer: { reference: `Device/${device.id}x` } },
      words: new RegExp(`${device.id}x`),
    },
  ];
}

/** Code systems of FHIR R4 and of "AI Transparency on FHIR" (hl7.fhir.uv.aitransparency, 1.0.0-ballot). */
export const AI_DEVICE_TYPE = {
  system: 'http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS',
  code: 'Artificial-Intelligence',
};
export const AI_MODEL_CARD = {
  system: 'http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIinputsCS',
  code: 'AIModelCard',
};
export const AI_MODEL_CARD_MARKDOWN = { ...AI_MODEL_CARD, code: 'AIModelCardMarkdownFormat' };
/** How sure a model is, on the element that says what it found. */
export const AI_CONFIDENCE_URL = 'http://hl7.org/fhir/uv/aitransparency/StructureDefinition/AIconfidence';
/** "Artificial Intelligence asserted": the label of everything that no person has looked at yet. */
export const AI_ASSERTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'AIAST',
  display: 'Artificial Intelligence asserted',
};
export const CREATE = { system: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation', code: 'CREATE' };
export const AUTHOR = { system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type', code: 'author' };
export const UCUM = 'http://unitsofmeasure.org';

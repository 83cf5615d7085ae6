import type { CatalogRow } from './catalog-row.js';

/** What adapters answer. */
export const ADAPTER_ERRORS = {
  // Adapters
  DH_BINDING_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'The adapter has no binding of this id. ListBindings names those that it has.',
  ],
  DH_CALLER_UNAUTHENTICATED: [
    'UNAUTHENTICATED',
    'caller',
    'The caller did not prove who it is in the way that the platform demands. The answer says no more.',
  ],
  // Clinical decision support (CDS Hooks)
  DH_CDS_REQUEST_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'The body of the call is not JSON, or a field that CDS Hooks requires is absent or of the wrong form. The message names the field.',
  ],
  DH_CDS_HOOK_MISMATCH: [
    'INVALID_ARGUMENT',
    'caller',
    'The service was called by another hook than discovery lists for it. Call it by its own hook.',
  ],
  DH_CDS_SERVICE_NOT_FOUND: [
    'NOT_FOUND',
    'caller',
    'There is no such address, or no CDS service of this id. GET cds-services lists the services.',
  ],
  DH_CDS_METHOD_NOT_ALLOWED: [
    'UNIMPLEMENTED',
    'caller',
    'The address exists and does not answer this HTTP method; the header Allow names those it answers.',
  ],
  DH_CDS_MEDIA_TYPE_UNSUPPORTED: [
    'INVALID_ARGUMENT',
    'caller',
    'CDS Hooks speaks JSON only. Send the body as application/json in UTF-8, not compressed.',
  ],
  DH_CDS_DATA_MISSING: [
    'FAILED_PRECONDITION',
    'platform',
    'Data of the patient that the service needs was neither sent as prefetch nor readable from the FHIR server, or is not usable: too old, out of range, or of an unknown unit. The OperationOutcome names prefetch key, column and codes. Nothing is guessed.',
  ],
  DH_CDS_PATIENT_MISMATCH: [
    'INVALID_ARGUMENT',
    'platform',
    'A resource of the call is about another patient than context.patientId. Nothing was computed: look at the prefetch of the platform.',
  ],
  DH_CDS_UNAUTHENTICATED: [
    'UNAUTHENTICATED',
    'caller',
    "The caller did not prove who it is. The answer says no more; the reason is in the operator's log.",
  ],
  DH_CDS_ORIGIN_REFUSED: [
    'PERMISSION_DENIED',
    'caller',
    'A web page of an origin that the operator has not listed called the service. Add the origin to "allowedOrigins" if the page may.',
  ],
  DH_CDS_OVERLOADED: [
    'RESOURCE_EXHAUSTED',
    'platform',
    'More calls are under way than the service answers in time. Ask again after the time in Retry-After; a card that comes late is never sent.',
    'retryable',
  ],
  DH_CDS_SERVICE_OFF: [
    'UNAVAILABLE',
    'platform',
    'The operator has switched this CDS service off. No call is answered with a card until it is switched on again.',
    'retryable',
  ],
  DH_CDS_BINDING_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'bindings/cds-hooks.json breaks its schema, contradicts itself or does not fit the manifest. The message names the place as a JSON pointer.',
  ],
  // Digital pathology
  DH_SLIDE_UNREADABLE: [
    'INVALID_ARGUMENT',
    'caller',
    'The file is no slide that can be read: of an unknown format, cut short, or without the files that belong to it. The message says which.',
  ],
  DH_SLIDE_READER_MISSING: [
    'FAILED_PRECONDITION',
    'runtime',
    'This format of slides is read by OpenSlide, which is not installed here. Install its library (package libopenslide0 of Debian and Ubuntu), or convert the slide to DICOM or to a pyramidal TIFF.',
  ],
  DH_SLIDE_REGION_UNREADABLE: [
    'FAILED_PRECONDITION',
    'caller',
    'A part of the slide cannot be decoded. Nothing is put in its place: repair the file, or ask for the map with such parts marked as unread.',
  ],
  DH_SLIDE_REGION_INVALID: [
    'INVALID_ARGUMENT',
    'caller',
    'A part of a slide that was asked for is empty, too large, or of a level that the slide does not have.',
  ],
  DH_SLIDE_SCALE_MISSING: [
    'FAILED_PRECONDITION',
    'caller',
    'The slide does not state how many micrometres a pixel measures, and nobody said it. Find it out from the scanner and state it; a guess would make a wrong map.',
  ],
  DH_SLIDE_GEOMETRY_CONFLICT: [
    'FAILED_PRECONDITION',
    'caller',
    'The file contradicts itself about where its pixels lie or how large they are. The message names both statements. State the size of a pixel yourself if you know which is right.',
  ],
  DH_SLIDE_UNSUITABLE: [
    'FAILED_PRECONDITION',
    'caller',
    'The slide is not one that the model was made for: too coarse, without tissue, of another stain, or out of focus. The message says which.',
  ],
  DH_SLIDE_BINDING_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'bindings/digital-pathology.json breaks its schema, contradicts itself or does not fit the manifest. The message names the place as a JSON pointer.',
  ],
  DH_RUN_STATE_MISMATCH: [
    'FAILED_PRECONDITION',
    'caller',
    'The folder holds the state of another run: of another slide, model or setting. Name another folder, or remove this one to begin anew.',
  ],
  DH_RUN_STATE_CORRUPT: [
    'FAILED_PRECONDITION',
    'runtime',
    'What an earlier run left in the folder is damaged. Remove the folder to begin anew.',
  ],
  DH_OUTPUT_NOT_WRITTEN: [
    'FAILED_PRECONDITION',
    'runtime',
    'A result could not be written, for example because the disk is full. What was computed is kept: mend the cause and run the same command again.',
  ],
  DH_OUTPUT_EXISTS: [
    'FAILED_PRECONDITION',
    'caller',
    'There is a result of this name already, and it is not overwritten. Name another, or allow it.',
  ],
  DH_PLATFORM_UNREACHABLE: [
    'UNAVAILABLE',
    'platform',
    'The platform does not answer. What was computed is kept: send it again when the platform is back.',
    'retryable',
  ],
  DH_PLATFORM_UNAUTHENTICATED: [
    'UNAUTHENTICATED',
    'platform',
    'The platform did not accept the user or token that it was given.',
  ],
  DH_PLATFORM_REFUSED: [
    'FAILED_PRECONDITION',
    'platform',
    'The platform refused what was sent. The message says what it objected to.',
  ],
  DH_PLATFORM_CONFLICT: [
    'ABORTED',
    'platform',
    'The platform has something else under the same label already. Nothing was changed there.',
  ],
  // Fuzzy rules (ExpressIF)
  DH_RULES_MALFORMED: [
    'INVALID_ARGUMENT',
    'caller',
    'A rule base breaks the format that it is written in. The message names line and column (of JSON: the place as a JSON pointer), what was expected and what stands there.',
  ],
  DH_RULES_INCONSISTENT: [
    'INVALID_ARGUMENT',
    'caller',
    'A rule base cannot be evaluated as it stands: it names what it does not define, asks for an operator that it does not name, or reads a conclusion before it is drawn. The message names the rule or the variable.',
  ],
  DH_RULES_BINDING_INVALID: [
    'FAILED_PRECONDITION',
    'model',
    'bindings/expressif.json breaks its schema, contradicts itself, or does not fit the manifest or the rules. The message names the place as a JSON pointer.',
  ],
  DH_RULES_EDIT_REFUSED: [
    'PERMISSION_DENIED',
    'caller',
    'The operator has not opened the rules for changes: the configuration of the adapter names no key for it.',
  ],
  DH_RULES_VERSION_CONFLICT: [
    'ABORTED',
    'caller',
    'The rule base is at another version than the edit was made for, or the version to go back to is not kept any more. Nothing was changed: read the current rule base and decide anew.',
  ],
  DH_RULES_JOURNAL_INVALID: [
    'FAILED_PRECONDITION',
    'runtime',
    'The journal of the edits of a rule base is damaged before its end, belongs to another rule base, or does not lead to the digests that it states. Nothing is served from it: restore the journal, or the rule base that it began with.',
  ],
  DH_RULES_INPUT_REFUSED: [
    'INVALID_ARGUMENT',
    'caller',
    'An input of a rule stream was not taken: it names no variable of the rule base, is of the wrong form, is dated further in the future than the stream allows, or is not later than the one before where the stream demands it. The detail "reason" says which.',
  ],
} as const satisfies Record<`DH_${string}`, CatalogRow>;

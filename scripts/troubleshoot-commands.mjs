// The command that helps with a code: the first row whose pattern fits. Every code has one.
export const HELPING_COMMANDS = [
  { codes: /^DH_(MODEL_SUSPENDED|MODEL_NOT_SUSPENDED|CONTROL_STATE_\w+)$/, command: 'deephealth model list' },
  { codes: /^DH_ROLLOUT_INVALID$/, command: 'deephealth model rollout MODEL' },
  {
    codes:
      /^DH_(MODEL_(NOT_FOUND|VERSION_NOT_FOUND|NOT_READY|UNLOADED|QUARANTINED|KEEPS_FAILING|HOST_LOST|CRASHED)|VERSION_EXCLUDED|SERVER_STOPPING|QUEUE_FULL)$/,
    command: 'deephealth models',
  },
  {
    codes: /^DH_ADD_(SAMPLES_DISAGREE|QUESTIONS_OPEN|ANSWERS_INVALID)$/,
    command: 'deephealth add MODEL.onnx --samples SAMPLES --print-answers',
  },
  { codes: /^DH_ADD_SAMPLES_INVALID$/, command: 'deephealth add MODEL.onnx --samples SAMPLES --plan' },
  { codes: /^DH_ADD_NOT_POSSIBLE$/, command: 'deephealth init STORE --from MODEL.onnx' },
  { codes: /^DH_CONSOLE_ITEM_NOT_FOUND$/, command: 'deephealth models MODEL --json' },
  { codes: /^DH_PACKAGE_(UNSIGNED|SIGNATURE_\w+|SIGNER_MISSING)$/, command: 'deephealth sign PACKAGE --key KEY' },
  {
    codes: /^DH_(PACKAGE_(SIGNER_UNTRUSTED|KEY_\w+|REVOKED)|TRUST_STORE_INVALID)$/,
    command: 'deephealth validate PACKAGE --trust TRUSTED-KEYS',
  },
  { codes: /^DH_KEY_FILE_\w+$/, command: 'deephealth key new FILE' },
  { codes: /^DH_FILE_DIGEST_MISMATCH$/, command: 'deephealth validate --write-sums PACKAGE' },
  { codes: /^DH_GRAPH_REPAIR_NEEDED$/, command: 'deephealth init STORE --from MODEL.onnx --repair' },
  { codes: /^DH_EDDL_\w+$/, command: 'deephealth inspect MODEL.onnx --weights WEIGHTS.bin' },
  { codes: /^DH_(GRAPH_\w+|EXTERNAL_DATA_\w+|MODEL_LOAD_FAILED)$/, command: 'deephealth inspect MODEL.onnx' },
  { codes: /^DH_ECVL_\w+$/, command: 'deephealth evaluate MODEL DATASET.yml' },
  {
    codes: /^DH_(PACKAGE_DIGEST_MISMATCH|INPUT_\w+|OUTPUT_(UNKNOWN|DUPLICATE)|FEATURE_UNSUPPORTED)$/,
    command: 'deephealth models MODEL --json',
  },
  {
    codes: /^DH_(PACKAGE_\w+|MANIFEST_\w+|GOLDEN_\w+|BINDING_\w+|\w+_BINDING_INVALID|MODEL_\w+)$/,
    command: 'deephealth validate PACKAGE',
  },
  { codes: /^DH_RULES_(MALFORMED|INCONSISTENT)$/, command: 'deephealth rules lint RULES' },
  { codes: /^DH_RULES_\w+$/, command: 'deephealth rules explain RULES PATIENT.json' },
  { codes: /^DH_(SLIDE_\w+)$/, command: 'deephealth slide info SLIDE' },
  { codes: /^DH_AUDIT_REPLAY_\w+$/, command: 'deephealth audit list' },
  { codes: /^DH_AUDIT_\w+$/, command: 'deephealth audit verify' },
  { codes: /^DH_(UNAUTHENTICATED|PERMISSION_DENIED)$/, command: 'deephealth access key --id NAME --role ROLE' },
  {
    codes: /^DH_(CALLER_UNAUTHENTICATED|CDS_\w+)$/,
    command: 'deephealth conformance adapter --platform clinical-decision-support -- ADAPTER --settings {settings}',
  },
  {
    codes: /^DH_(CHAIN_\w+|DEIDENTIFICATION_\w+|WORKFLOW_\w+|CHUNK_\w+|BACKEND_\w+|RUN_\w+|ARTEFACT_\w+|CALLBACK_\w+)$/,
    command: 'deephealth batch PACKAGE INPUT --out RESULT',
  },
  { codes: /^DH_RESULT_DIFFERS$/, command: 'deephealth chain rerun CRATE INPUT --package PACKAGE --out RESULT' },
  { codes: /^DH_OUTPUT_(NOT_WRITTEN|EXISTS)$/, command: 'deephealth slide predict PACKAGE SLIDE --out RESULT' },
  { codes: /^DH_PLATFORM_\w+$/, command: 'deephealth slide store RESULT --dicomweb URL' },
  {
    codes: /^DH_(CONNECT_FAILED|CONTRACT_\w+|RESPONSE_INVALID)$/,
    command: 'deephealth conformance doctor --target HOST:PORT',
  },
  { codes: /^DH_(REMOTE_\w+|CONFIG_INVALID|INSECURE_\w+)$/, command: 'deephealth config check deephealth.config.json' },
  { codes: /^DH_(PORT_\w+|STORE_\w+|ISOLATION_\w+|SHARED_MEMORY_\w+|INTERNAL)$/, command: 'deephealth doctor' },
  {
    codes:
      /^DH_(REQUEST_\w+|MEDIA_\w+|MODALITY_\w+|ORIENTATION_\w+|SPACING_\w+|GRID_\w+|SERIES_\w+|TENSOR_\w+|VALUE_\w+|COLUMN_\w+|CATEGORY_\w+|UNIT_\w+|SIGNAL_\w+|TOKEN_\w+|REFERENCE_\w+|PARAMETER_\w+|SELECTION_\w+|SEQUENCE_\w+|ITEM_\w+|STREAM_\w+|MESSAGE_\w+|DEADLINE_\w+|CANCELLED)$/,
    command: 'deephealth predict MODEL INPUT --json',
  },
];

export function helpingCommand(code) {
  return HELPING_COMMANDS.find(({ codes }) => codes.test(code))?.command;
}

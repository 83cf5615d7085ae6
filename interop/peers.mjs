// Every peer: how it is installed, and how it is run against our server.
import { runCdsFeaturesChecks } from './cds-features-peer.mjs';
import { runCdsSignalsChecks } from './cds-signals-peer.mjs';
import { installChromium, runChromiumChecks } from './chromium-peer.mjs';
import { conformanceTemplate } from './conformance-peer.mjs';
import { runCwltoolChecks } from './cwltool-peer.mjs';
import { runDicomObjectsChecks } from './dicom-objects-peer.mjs';
import { installDicomPeer, runDicomChecks } from './dicom-peer.mjs';
import { GHZ, runGhzChecks } from './ghz-peer.mjs';
import { installGoProgram } from './go-program.mjs';
import { GRPCURL, runGrpcurlChecks } from './grpcurl-peer.mjs';
import { runHapiFhirChecks } from './hapi-fhir-peer.mjs';
import { installHapi } from './hapi-fhir-server.mjs';
import { HEALTH_PROBE, runHealthProbeChecks } from './health-probe-peer.mjs';
import { installJavaClient, runJavaClientChecks } from './java-client-peer.mjs';
import { runKserveConformanceChecks } from './kserve-conformance-peer.mjs';
import { runMedicalFilesChecks } from './medical-files-peer.mjs';
import { runMlserverConformanceChecks } from './mlserver-conformance-peer.mjs';
import { installMlserver } from './mlserver-process.mjs';
import { runMlserverRemoteChecks } from './mlserver-remote-peer.mjs';
import { runNativeKernelsChecks } from './native-kernels-peer.mjs';
import { runOpencvChecks } from './opencv-peer.mjs';
import { installOrthanc } from './orthanc-install.mjs';
import { runOrthancChecks } from './orthanc-peer.mjs';
import { runPathologyOutputsChecks } from './pathology-outputs-peer.mjs';
import { installPerfAnalyzer } from './perf-analyzer-install.mjs';
import { runPerfAnalyzerChecks } from './perf-analyzer-peer.mjs';
import { generateStubs, installPythonPeer, plainPython, runPythonChecks } from './python-peer.mjs';
import { installPytorch } from './pytorch-install.mjs';
import { runPytorchChecks } from './pytorch-peer.mjs';
import { installRuleEngines, runRuleEnginesChecks } from './rule-engines-peer.mjs';
import { runRuleFormatsChecks } from './rule-formats-peer.mjs';
import { runRuleTheoryChecks } from './rule-theory-peer.mjs';

/** An environment that several peers share: what each needs is in it, in the versions that it names. */
const environmentOf = (name, options) => (root) => installPythonPeer(root, name, options);
const installKserve = environmentOf('kserve_client', { newestPython: '3.13', withDependencies: false });
const installTritonClient = environmentOf('triton_client');
const installImageLibraries = environmentOf('native_kernels', { newestPython: '3.13' });
const installPathologyLibraries = environmentOf('pathology_outputs');

/** A client whose checks are Python programs; `flagsOf` says what they are told of the server. */
function pythonClient(title, install, flagsOf) {
  return {
    title,
    install,
    async run(venvPython, context, report) {
      const { root, name, expectedFile } = context;
      const args = [...flagsOf(context), '--expected', expectedFile];
      report.add(await runPythonChecks(root, name, { venvPython, args }));
    },
  };
}

function goProgram(title, program, run) {
  return { title, install: (root, name) => installGoProgram(root, name, program), run };
}

const overGrpc = ({ address }) => ['--address', address];
const overHttp = ({ httpAddress }) => ['--http-address', httpAddress];
const overBoth = (context) => [...overGrpc(context), ...overHttp(context)];

/**
 * `install(root, name)` gives what `run` needs; it throws Skipped where the peer cannot be had.
 * `run(installed, { root, name, address, httpAddress, expected, expectedFile, scratch }, report)`. Those that are
 * `isApart` do not ask the server, nor look at what it counts, and run beside the others.
 */
export const PEERS = {
  python_grpc: {
    title: 'grpcio and code generated from the contract',
    install: installPythonPeer,
    async run(venvPython, { root, name, address, expectedFile }, report) {
      const generated = await generateStubs(root, name, venvPython);
      const importFolders = [generated];
      const checks = ['--address', address, '--expected', expectedFile];
      report.add(await runPythonChecks(root, name, { venvPython, args: checks, importFolders }));
    },
  },
  triton_client: pythonClient('tritonclient over gRPC', installTritonClient, overGrpc),
  triton_http: pythonClient('tritonclient over HTTP', installTritonClient, overHttp),
  kserve_client: pythonClient("KServe's clients", installKserve, overBoth),
  mlserver_client: pythonClient("MLServer's client side", installMlserver, (context) => [
    ...overBoth(context),
    '--scratch',
    context.scratch,
  ]),
  mlserver_remote: {
    title: 'MLServer as the server behind a remote package',
    install: installMlserver,
    run: runMlserverRemoteChecks,
  },
  kserve_conformance: {
    title: "the conformance suite against KServe's server",
    install: installKserve,
    run: runKserveConformanceChecks,
    isApart: true,
  },
  mlserver_conformance: {
    title: 'the conformance suite against MLServer',
    install: installMlserver,
    run: runMlserverConformanceChecks,
    isApart: true,
  },
  native_kernels: {
    title: 'OpenCV, SciPy, scikit-image and Pillow',
    install: installImageLibraries,
    run: runNativeKernelsChecks,
    isApart: true,
  },
  opencv: {
    title: "OpenCV, beside ECVL's augmentations",
    install: installImageLibraries,
    run: runOpencvChecks,
  },
  dicom: { title: 'pydicom', install: installDicomPeer, run: runDicomChecks },
  dicom_objects: {
    title: 'highdicom and dciodvfy',
    install: installPathologyLibraries,
    run: runDicomObjectsChecks,
  },
  pathology_outputs: {
    title: 'OpenSlide, zarr, highdicom and shapely on slides and maps',
    install: installPathologyLibraries,
    run: runPathologyOutputsChecks,
    isApart: true,
  },
  cwltool: {
    title: 'cwltool on slides',
    install: installPythonPeer,
    run: runCwltoolChecks,
    isApart: true,
  },
  cds_features: {
    title: 'a mapping from FHIR to features in plain Python',
    install: plainPython,
    run: runCdsFeaturesChecks,
    isApart: true,
  },
  cds_signals: {
    title: 'SampledData, EDF and the MIT-BIH format in plain Python',
    install: plainPython,
    run: runCdsSignalsChecks,
    isApart: true,
  },
  rule_theory: {
    title: 'PyIT2FLS, SciPy and NumPy on interval, possibilistic and spatial results',
    // PyIT2FLS asks for a library for plots, which nothing here draws.
    install: (root, name) => installPythonPeer(root, name, { newestPython: '3.13', withDependencies: false }),
    run: runRuleTheoryChecks,
    isApart: true,
  },
  rule_formats: {
    title: 'fuzzylite, pyfuzzylite and PyIT2FLS on rule bases',
    install: (root, name) => installPythonPeer(root, name, { newestPython: '3.12' }),
    run: runRuleFormatsChecks,
    isApart: true,
  },
  hapi_fhir: { title: 'HAPI FHIR', install: installHapi, run: runHapiFhirChecks },
  java_client: { title: 'a client in Java', install: installJavaClient, run: runJavaClientChecks },
  chromium: {
    title: 'Chromium on the sample record system',
    install: installChromium,
    run: runChromiumChecks,
    isApart: true,
  },
  orthanc: {
    title: 'Orthanc and dicom-microscopy-viewer',
    install: installOrthanc,
    run: runOrthancChecks,
    isApart: true,
  },
  medical_files: {
    title: 'nibabel, pyedflib and wfdb',
    install: installPythonPeer,
    run: runMedicalFilesChecks,
  },
  pytorch: { title: 'PyTorch', install: installPytorch, run: runPytorchChecks },
  rule_engines: {
    title: 'fuzzylite and pyfuzzylite',
    install: installRuleEngines,
    run: runRuleEnginesChecks,
    isApart: true,
  },
  grpcurl: goProgram('grpcurl', GRPCURL, runGrpcurlChecks),
  grpc_health_probe: goProgram('grpc_health_probe', HEALTH_PROBE, runHealthProbeChecks),
  ghz: goProgram('ghz', GHZ, runGhzChecks),
  conformance_python: conformanceTemplate('python', 'Python'),
  conformance_go: conformanceTemplate('go', 'Go'),
  conformance_java: conformanceTemplate('java', 'Java'),
  conformance_cpp: conformanceTemplate('cpp', 'C++'),
  conformance_typescript: conformanceTemplate('typescript', 'TypeScript'),
  perf_analyzer: { title: 'perf_analyzer', install: installPerfAnalyzer, run: runPerfAnalyzerChecks },
};

// Every peer: how it is installed, and how it is run against our server.
import { runCdsFeaturesChecks } from './cds-features-peer.mjs';
import { runCdsSignalsChecks } from './cds-signals-peer.mjs';
import { installChainEngines, runChainEnginesChecks } from './chain-engines-peer.mjs';
import { runChainFacesChecks } from './chain-faces-peer.mjs';
import { installChromium, runChromiumChecks } from './chromium-peer.mjs';
import { clientPrograms } from './clients-peer.mjs';
import { conformanceTemplate } from './conformance-peer.mjs';
import { runCwlChainsChecks } from './cwl-chains-peer.mjs';
import { runCwltoolChecks } from './cwltool-peer.mjs';
import { runDeidentificationChecks } from './deidentification-peer.mjs';
import { runDependenciesChecks } from './dependencies-peer.mjs';
import { installDeployment, runDeploymentChecks } from './deployment-peer.mjs';
import { runDicomObjectsChecks } from './dicom-objects-peer.mjs';
import { installDicomPeer, runDicomChecks } from './dicom-peer.mjs';
import { runDocsBlocksChecks } from './docs-blocks-peer.mjs';
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
import { runNodeVersionsChecks } from './node-versions-peer.mjs';
import { runOpencvChecks } from './opencv-peer.mjs';
import { installOrthanc } from './orthanc-install.mjs';
import { runOrthancChecks } from './orthanc-peer.mjs';
import { runPackedPackagesChecks } from './packed-packages-peer.mjs';
import { runPathologyOutputsChecks } from './pathology-outputs-peer.mjs';
import { installPerfAnalyzer } from './perf-analyzer-install.mjs';
import { runPerfAnalyzerChecks } from './perf-analyzer-peer.mjs';
import { generateStubs, installPythonPeer, plainPython, runPythonChecks } from './python-peer.mjs';
import { installPytorch } from './pytorch-install.mjs';
import { runPytorchChecks } from './pytorch-peer.mjs';
import { installRuleEngines, runRuleEnginesChecks } from './rule-engines-peer.mjs';
import { runRuleFormatsChecks } from './rule-formats-peer.mjs';
import { runRuleTheoryChecks } from './rule-theory-peer.mjs';
import { runRunCrateChecks } from './run-crate-peer.mjs';
import { runRuntimeSecureChecks } from './runtime-secure-peer.mjs';
import { installSlurm } from './slurm-install.mjs';
import { runSlurmChecks } from './slurm-peer.mjs';

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
 * `run(installed, { root, name, address, httpAddress, expected, expectedFile, scratch }, report)`. Those with a `lane`
 * do not ask the server, nor look at what it counts, are not told its address and run beside the others: "waiting"
 * ones mostly wait for what they started. The longer ones stand first: nothing long is begun last.
 * One with `byNameOnly`, which says why, is run where it is named alone.
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
  dependencies: {
    title: 'cyclonedx-npm and the registry on what ships',
    install: async () => undefined,
    run: runDependenciesChecks,
    lane: 'any',
  },
  packed_packages: {
    title: "a vendor's project with the packed packages, and the Python client",
    install: installPythonPeer,
    run: runPackedPackagesChecks,
    lane: 'any',
  },
  node_versions: {
    title: 'Node 22 and 24',
    install: async () => undefined,
    run: runNodeVersionsChecks,
    lane: 'any',
  },
  runtime_secure: {
    title: 'the conformance suite on our own runtime in the production profile',
    install: async () => undefined,
    run: runRuntimeSecureChecks,
    lane: 'any',
  },
  deployment: {
    title: 'hadolint, schemas, promtool and systemd on the deployment files, and an installation',
    install: installDeployment,
    run: runDeploymentChecks,
    lane: 'any',
  },
  kserve_conformance: {
    title: "the conformance suite against KServe's server",
    install: installKserve,
    run: runKserveConformanceChecks,
    lane: 'any',
  },
  mlserver_conformance: {
    title: 'the conformance suite against MLServer',
    install: installMlserver,
    run: runMlserverConformanceChecks,
    lane: 'any',
  },
  native_kernels: {
    title: 'OpenCV, SciPy, scikit-image and Pillow',
    install: installImageLibraries,
    run: runNativeKernelsChecks,
    lane: 'any',
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
    lane: 'any',
  },
  cwltool: {
    title: 'cwltool on slides',
    install: installPythonPeer,
    run: runCwltoolChecks,
    lane: 'any',
  },
  cwl_chains: {
    title: 'cwltool, Toil and Boutiques on chains',
    install: installPythonPeer,
    run: runCwlChainsChecks,
    lane: 'waiting',
  },
  chain_engines: {
    title: 'cwltool, Toil and Slurm on one cohort',
    install: installChainEngines,
    run: runChainEnginesChecks,
    lane: 'waiting',
  },
  chain_faces: {
    title: 'clients of WES and OGC API - Processes',
    // What wes-service asks for beside its client is a server.
    install: (root, name) => installPythonPeer(root, name, { withDependencies: false }),
    run: runChainFacesChecks,
    lane: 'any',
  },
  cds_features: {
    title: 'a mapping from FHIR to features in plain Python',
    install: plainPython,
    run: runCdsFeaturesChecks,
    lane: 'any',
  },
  cds_signals: {
    title: 'SampledData, EDF and the MIT-BIH format in plain Python',
    install: plainPython,
    run: runCdsSignalsChecks,
    lane: 'any',
  },
  rule_theory: {
    title: 'PyIT2FLS, SciPy and NumPy on interval, possibilistic and spatial results',
    // PyIT2FLS asks for a library for plots, which nothing here draws.
    install: (root, name) => installPythonPeer(root, name, { newestPython: '3.13', withDependencies: false }),
    run: runRuleTheoryChecks,
    lane: 'any',
  },
  rule_formats: {
    title: 'fuzzylite, pyfuzzylite and PyIT2FLS on rule bases',
    install: (root, name) => installPythonPeer(root, name, { newestPython: '3.12' }),
    run: runRuleFormatsChecks,
    lane: 'any',
  },
  run_crate: {
    title: 'rocrate-validator and ro-crate-py on crates of runs',
    install: (root, name) => installPythonPeer(root, name),
    run: runRunCrateChecks,
    lane: 'any',
  },
  hapi_fhir: { title: 'HAPI FHIR', install: installHapi, run: runHapiFhirChecks },
  java_client: { title: 'a client in Java', install: installJavaClient, run: runJavaClientChecks },
  chromium: {
    title: 'Chromium on the sample record system',
    install: installChromium,
    run: runChromiumChecks,
    lane: 'any',
  },
  orthanc: {
    title: 'Orthanc and dicom-microscopy-viewer',
    install: installOrthanc,
    run: runOrthancChecks,
    lane: 'any',
  },
  medical_files: {
    title: 'nibabel, pyedflib and wfdb',
    install: installPythonPeer,
    run: runMedicalFilesChecks,
  },
  deidentification: {
    title: 'pydicom, pyedflib, nibabel, Pillow, tifffile and OpenSlide on de-identified files',
    install: installPythonPeer,
    run: runDeidentificationChecks,
    lane: 'any',
  },
  pytorch: { title: 'PyTorch', install: installPytorch, run: runPytorchChecks },
  rule_engines: {
    title: 'fuzzylite and pyfuzzylite',
    install: installRuleEngines,
    run: runRuleEnginesChecks,
    lane: 'any',
  },
  grpcurl: goProgram('grpcurl', GRPCURL, runGrpcurlChecks),
  grpc_health_probe: goProgram('grpc_health_probe', HEALTH_PROBE, runHealthProbeChecks),
  ghz: goProgram('ghz', GHZ, runGhzChecks),
  clients_python: clientPrograms('python', 'Python'),
  clients_java: clientPrograms('java', 'Java'),
  clients_csharp: clientPrograms('csharp', 'C#'),
  clients_go: clientPrograms('go', 'Go'),
  clients_javascript: clientPrograms('javascript', 'JavaScript'),
  conformance_python: conformanceTemplate('python', 'Python'),
  conformance_go: conformanceTemplate('go', 'Go'),
  conformance_java: conformanceTemplate('java', 'Java'),
  conformance_cpp: conformanceTemplate('cpp', 'C++'),
  conformance_typescript: conformanceTemplate('typescript', 'TypeScript'),
  docs_blocks: {
    title: 'the commands of the documentation that take long',
    install: async () => undefined,
    run: runDocsBlocksChecks,
    lane: 'any',
    byNameOnly: 'it takes as long as many others together: npm run test:interop -- docs_blocks',
  },
  slurm: { title: 'Slurm', install: installSlurm, run: runSlurmChecks, lane: 'waiting' },
  perf_analyzer: { title: 'perf_analyzer', install: installPerfAnalyzer, run: runPerfAnalyzerChecks },
};

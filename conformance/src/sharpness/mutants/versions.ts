import { type Mutant, predicts, type Runtime } from './mutant.js';

type Service = ReturnType<InstanceType<Runtime>['service']>;

/** Methods read and written by something else than the contract's own. */
function withService(change: (service: Service) => Service) {
  return (Reference: Runtime): Runtime =>
    class extends Reference {
      override service() {
        return change(super.service());
      }
    };
}

export const VERSIONS_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-VER-01',
    title: 'names a version of the contract that it does not serve',
    of: (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, contractVersions: [{ major: 2, minor: 0 }, ...(info.contractVersions ?? [])] };
        }
      },
  },
  {
    id: 'M-VER-02',
    title: 'refuses fields that it does not know',
    of: withService((service) => ({
      ...service,
      Predict: {
        ...service.Predict,
        requestDeserialize(bytes) {
          const request = service.Predict.requestDeserialize(bytes);
          if (service.Predict.requestSerialize(request).length !== bytes.length) throw new Error('an unknown field');
          return request;
        },
      },
    })),
  },
  {
    id: 'M-VER-03',
    title: 'names its versions oldest first',
    of: (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, contractVersions: [...(info.contractVersions ?? []), { major: 1, minor: 1 }] };
        }
      },
  },
  {
    id: 'M-VER-04',
    title: 'answers a method that the contract does not hold',
    of: withService((service) => {
      const later = { ...service.GetServerInfo, path: '/deephealth.runtime.v1.ModelRuntime/PredictLater' };
      return { ...service, PredictLater: { ...later, originalName: 'GetServerInfo' } } as Service;
    }),
  },
  {
    id: 'M-VER-05',
    title: 'says that a result follows a version that it does not name',
    of: predicts((response) => Object.assign(response.provenance ?? {}, { contractVersion: '0.9' })),
  },
];

import type { adapterV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import type { OpenedSlide } from '../../reference/pathology/opened-slide.js';
import { service, type WsiMutant } from './wsi-mutant.js';

const LONG_MS = 60_000;

/** How it is called, and what it says of itself. */
export const WSI_SERVICE_MUTANTS: readonly WsiMutant[] = [
  service(
    'M-WSI-03',
    'lists one binding of several',
    (A) =>
      class extends A {
        override bindings() {
          return super.bindings().slice(0, 1);
        }
      },
  ),
  service(
    'M-WSI-04',
    'lists bindings without the package that they were made for',
    (A) =>
      class extends A {
        override bindings(): adapterV1.Binding[] {
          return super.bindings().map(({ packageSha256: _, ...binding }) => binding);
        }
      },
  ),
  service(
    'M-WSI-50',
    'takes whatever it gets for DICOM',
    (A) =>
      class extends A {
        override mediaTypeOf(sent: string) {
          return sent.startsWith('image/tiff') ? sent : 'application/dicom';
        }
      },
  ),
  service(
    'M-WSI-51',
    'runs its first binding where it does not know the one that is asked for',
    (A) =>
      class extends A {
        override boundOf(bindingId: string) {
          const known = this.bound.find(({ id }) => id === bindingId);
          return known ?? super.boundOf(this.bound[0]?.id ?? '');
        }
      },
  ),
  service(
    'M-WSI-57',
    'calls every error of the runtime an internal one',
    (A) =>
      class extends A {
        override errorOf() {
          return new Error('The runtime failed.');
        }
      },
  ),
  service(
    'M-WSI-60',
    'gives the runtime a minute whatever its caller gives',
    (A) =>
      class extends A {
        override timeOf(context: CallContext) {
          return { ...super.timeOf(context), deadlineMs: Date.now() + LONG_MS };
        }
      },
  ),
  service(
    'M-WSI-61',
    'goes on when nobody waits any more',
    (A) =>
      class extends A {
        override timeOf() {
          return { deadlineMs: Date.now() + LONG_MS, signal: new AbortController().signal };
        }
      },
  ),
  service(
    'M-WSI-62',
    'keeps the slide that it runs where the next one is kept, too',
    (A) =>
      class extends A {
        latest: Buffer = Buffer.alloc(0);
        override noteSlide(input: Buffer) {
          this.latest = input;
          super.noteSlide(input);
        }
        override digestOf() {
          return super.digestOf(this.latest);
        }
      },
  ),
  {
    id: 'M-WSI-68',
    title: 'names the patient in its errors',
    parts: ({ Slides }) => ({
      Slides: class extends Slides {
        override open(file: Buffer, mediaType: string): OpenedSlide {
          try {
            return super.open(file, mediaType);
          } catch (refused) {
            const { code, message } = DeepHealthError.from(refused);
            const [name = ''] = /CANARY[0-9A-F]+/.exec(file.toString('latin1')) ?? [];
            throw new DeepHealthError(code, `${message} (${name})`);
          }
        }
      },
    }),
  },
  service(
    'M-WSI-69',
    'logs whom a slide is of',
    (A) =>
      class extends A {
        override noteSlide(input: Buffer) {
          this.log.push(`slide of ${/CANARY[0-9A-F]+/.exec(input.toString('latin1'))?.[0]}`);
        }
      },
  ),
  service(
    'M-WSI-70',
    'takes any number of slides at a time',
    (A) =>
      class extends A {
        override admit() {}
      },
  ),
  service(
    'M-WSI-71',
    'refuses what is too much as if it were wrong',
    (A) =>
      class extends A {
        override admit() {
          if (this.underWay >= this.settings.maxInFlight) throw new DeepHealthError('DH_SLIDE_UNSUITABLE', 'Not now.');
        }
      },
  ),
  service(
    'M-WSI-74',
    'says in an error where the runtime is',
    (A) =>
      class extends A {
        override errorOf(error: DeepHealthError) {
          const { address } = this;
          return new DeepHealthError(error.code, `${error.message} (${address})`);
        }
      },
  ),
];

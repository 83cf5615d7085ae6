import { useState } from 'preact/hooks';
import { text } from '../text/text.js';
import { announce } from './announce.js';

/** A whole digest, to be compared and copied. */
export function Digest({ value, of }: { readonly value: string; readonly of: string }) {
  const [isCopied, setIsCopied] = useState(false);
  if (value === '') return <span class="quiet">{text.unknown}</span>;
  const copy = async () => {
    // Without a secure context there is no clipboard; the text can be selected.
    await navigator.clipboard?.writeText(value);
    setIsCopied(true);
    announce(text.copied);
  };
  return (
    <span class="digest">
      <code>{value}</code>
      {navigator.clipboard !== undefined && (
        <button type="button" class="small" aria-label={text.copyDigest(of)} onClick={() => void copy()}>
          {isCopied ? text.copied : text.copy}
        </button>
      )}
    </span>
  );
}

/** Shapes on a 24 × 24 grid, drawn with lines. */
const SHAPES = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  cross: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  pause: 'M9 6v12M15 6v12',
  wait: 'M12 7v5l3 2M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17',
  warning: 'M12 4L2.8 19.5h18.4zM12 10v4.5M12 17.2v.1',
  barrier: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M6 6l12 12',
  dash: 'M6 12h12',
  question: 'M9 9.2a3 3 0 1 1 4.2 2.8c-.8.4-1.2.9-1.2 2M12 17.2v.1',
  upload: 'M12 15.5V5M7.5 9L12 4.5L16.5 9M5 15v4h14v-4',
  external: 'M13 5h6v6M19 5l-8.5 8.5M10 6H5v13h13v-5',
  menu: 'M4 7h16M4 12h16M4 17h16',
  models: 'M12 3.5l8 4.3v8.4l-8 4.3l-8-4.3V7.800zM4.300 8l7.700 4.200l7.700-4.200M12 12.200v8',
  live: 'M3 12.500h4l2.500-7l4.500 13l2.700-7.500l1.300 1.500h3',
  audit: 'M6 3.500h12v17H6zM9 8h6M9 12h6M9 16h3.500',
  feedback: 'M4 5h16v11h-9l-4 4v-4H4z',
  reports: 'M5 4h14v16H5zM8.500 12.500l2.500 2.500l4.500-5',
  rules: 'M4 18l5-11l4 7l3-4l4 8z',
  slides: 'M4 5h16v14H4zM4 15l5-4.500l4 3l3-2.500l4 3.500',
  jobs: 'M4 6h9M4 12h16M4 18h6M16.500 3.500v5',
  production: 'M4 19h16M4 14h5V9h5V5h6',
  person:
    'M12 12a3.800 3.800 0 1 0 0-7.600a3.800 3.800 0 0 0 0 7.600M4.500 20c.8-3.800 3.800-5.500 7.500-5.500s6.700 1.700 7.500 5.500',
} as const;

export type IconName = keyof typeof SHAPES;

/** A picture beside words, never instead of them. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} />
    </svg>
  );
}

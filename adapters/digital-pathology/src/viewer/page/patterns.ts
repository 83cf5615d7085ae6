import { contextOf } from './elements.js';

/** Light dots on a grey veil: nothing was examined here, which is not the same as a value of 0. */
export function unexaminedPattern(context: CanvasRenderingContext2D): CanvasPattern {
  return patternOf(context, 8, (cell) => {
    cell.fillStyle = 'rgb(110 116 124 / 40%)';
    cell.fillRect(0, 0, 8, 8);
    cell.fillStyle = 'rgb(255 255 255 / 85%)';
    cell.fillRect(3, 3, 2, 2);
  });
}

/** Dark and light stripes: the slide cannot be read here. */
export function unreadPattern(context: CanvasRenderingContext2D): CanvasPattern {
  return patternOf(context, 12, (cell) => {
    cell.fillStyle = 'rgb(240 240 240 / 90%)';
    cell.fillRect(0, 0, 12, 12);
    cell.strokeStyle = 'rgb(60 60 60 / 95%)';
    cell.lineWidth = 3;
    cell.beginPath();
    for (const from of [-12, 0, 12]) {
      cell.moveTo(from - 1, 13);
      cell.lineTo(from + 13, -1);
    }
    cell.stroke();
  });
}

function patternOf(
  context: CanvasRenderingContext2D,
  side: number,
  draw: (cell: CanvasRenderingContext2D) => void,
): CanvasPattern {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  draw(contextOf(canvas));
  const pattern = context.createPattern(canvas, 'repeat');
  if (pattern === null) throw new Error('the browser draws no patterns');
  return pattern;
}

// A load generator in its own process, as a client is.
import { answerCalls } from '../processes/answer-calls.mjs';
import { closedLoop } from './closed-loop.mjs';
import { openLoop } from './open-loop.mjs';
import { sampleAnswer } from './sample-answer.mjs';
import { streamLoop } from './stream-loop.mjs';

answerCalls({ closedLoop, openLoop, streamLoop, sampleAnswer });

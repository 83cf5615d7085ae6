import {
  ARG_REDUCE,
  alongAxis,
  FOURIER,
  LAST_TWO_AXES,
  LAYER_NORM,
  MEAN_VARIANCE,
  REDUCE,
  RUNNING_SUM,
  SOFTMAX,
  TOP_K,
} from './batch-coupling-axes.js';
import { JOIN_COLUMNS, PICK_COLUMNS, rows } from './batch-coupling-classical.js';
import { CONCAT, SLICE, SPLIT } from './batch-coupling-cut.js';
import { CONSTANT_OF_SHAPE, EXPAND, RANGE, TILE } from './batch-coupling-expand.js';
import {
  BATCH_NORM,
  channelsRest,
  firstAxis,
  MAX_POOL,
  pooledRest,
  restOfRank,
  sameRest,
  someRest,
  weightsRest,
} from './batch-coupling-first-axis.js';
import { BY_ITEM, COMPRESS, ELEMENTS, GATHER, GATHER_ND, REVERSE_SEQUENCE } from './batch-coupling-gather.js';
import { ONE_HOT, ONE_HOT_ENCODER } from './batch-coupling-one-hot.js';
import { BROADCAST, SAME } from './batch-coupling-pointwise.js';
import { EINSUM, FUSED_MATMUL, GEMM, MATMUL, PACKED_MATMUL } from './batch-coupling-products.js';
import {
  DYNAMIC_QUANTIZE,
  needsSingle,
  QUANTIZE,
  QUANTIZES_INSIDE,
  quantizedMatMul,
} from './batch-coupling-quantized.js';
import { DROPOUT, RANDOM, RANDOM_LIKE } from './batch-coupling-random.js';
import { RECURRENT } from './batch-coupling-recurrent.js';
import { FLATTEN, RESHAPE } from './batch-coupling-reshape.js';
import { PAD, RESIZE } from './batch-coupling-resize.js';
import { SHAPE, SIZE, SQUEEZE, TRANSPOSE, UNSQUEEZE } from './batch-coupling-shape.js';
import { couples, type OperatorRule } from './batch-coupling-step.js';

/** The rule of an operator; undefined if the operator is not known to keep items apart. */
export function ruleOf(domain: string, opType: string): OperatorRule | undefined {
  return RULES.get(domain)?.get(opType);
}

const ELEMENT_BY_ELEMENT = `Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Cast Ceil Celu Clip Cos Cosh Elu
  Erf Exp Floor Gelu HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal RegexFullMatch
  Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu`;

const WITH_BROADCASTING = `Add And BitShift BitwiseAnd BitwiseOr BitwiseXor Div Equal Greater GreaterOrEqual Less
  LessOrEqual Max Mean Min Mod Mul Or PRelu Pow StringConcat Sub Sum Where Xor`;

const REDUCTIONS = `ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
  ReduceSumSquare`;

/** CastLike takes only the type of its second input. */
const CAST_LIKE: OperatorRule = { ...SAME, data: [0, 1] };

/** Operators that mix items whatever their attributes say, and how. */
const MIXING = {
  NonZero: 'lists the places of values in the whole batch',
  Unique: 'compares the values of all items with one another',
  NonMaxSuppression: 'makes one list out of the boxes of all items',
  ScatterND: 'writes to places that may be places in the batch',
  StringSplit: 'makes as many columns as the longest text of the whole batch needs',
  MaxUnpool: 'reads places that are numbered through the whole batch',
  RoiAlign: 'reads regions that name their item by its place in the batch',
  MaxRoiPool: 'reads regions that name their item by its place in the batch',
};

const STANDARD = table(
  every(ELEMENT_BY_ELEMENT, SAME),
  every(WITH_BROADCASTING, BROADCAST),
  every(REDUCTIONS, REDUCE),
  every('ArgMax ArgMin', ARG_REDUCE),
  every('Softmax LogSoftmax Hardmax', SOFTMAX),
  every('RandomNormal RandomUniform', RANDOM),
  every('RandomNormalLike RandomUniformLike Bernoulli', RANDOM_LIKE),
  every('QuantizeLinear DequantizeLinear', QUANTIZE),
  every('GatherElements ScatterElements Scatter', ELEMENTS),
  every('Resize Upsample', RESIZE),
  every('LayerNormalization RMSNormalization', LAYER_NORM),
  every('InstanceNormalization GroupNormalization LRN', firstAxis(sameRest)),
  every('AveragePool LpPool', firstAxis(channelsRest)),
  every('GlobalAveragePool GlobalMaxPool GlobalLpPool', firstAxis(pooledRest)),
  every('Conv ConvInteger', firstAxis(weightsRest(1))),
  every('ConvTranspose DeformConv DepthToSpace SpaceToDepth', firstAxis(someRest)),
  every('LSTM GRU RNN', RECURRENT),
  Object.entries(MIXING).map(([name, reason]) => [name, { follow: () => couples(reason), data: 'all' }]),
  [
    ['CastLike', CAST_LIKE],
    ['Multinomial', { ...RANDOM_LIKE, follow: () => couples('draws random numbers for the whole batch') }],
    ['Dropout', DROPOUT],
    ['DynamicQuantizeLinear', DYNAMIC_QUANTIZE],
    ['BatchNormalization', BATCH_NORM],
    ['MaxPool', MAX_POOL],
    ['QLinearConv', firstAxis(weightsRest(3))],
    ['MatMulInteger', quantizedMatMul(0, 1, [[2], [3]])],
    [
      'QLinearMatMul',
      quantizedMatMul(0, 3, [
        [1, 2],
        [4, 5],
        [6, 7],
      ]),
    ],
    ['MatMul', MATMUL],
    ['Gemm', GEMM],
    ['Einsum', EINSUM],
    ['CumSum', RUNNING_SUM],
    ['TopK', TOP_K],
    ['LpNormalization', alongAxis(-1, 'normalises over the items of the batch')],
    ['MeanVarianceNormalization', MEAN_VARIANCE],
    ['Trilu', LAST_TWO_AXES],
    ['EyeLike', LAST_TWO_AXES],
    ['DFT', FOURIER],
    ['STFT', firstAxis(restOfRank(3))],
    ['TfIdfVectorizer', rows(restOfRank(1))],
    ['Shape', SHAPE],
    ['Size', SIZE],
    ['Transpose', TRANSPOSE],
    ['Squeeze', SQUEEZE],
    ['Unsqueeze', UNSQUEEZE],
    ['Flatten', FLATTEN],
    ['Reshape', RESHAPE],
    ['Expand', EXPAND],
    ['Tile', TILE],
    ['ConstantOfShape', CONSTANT_OF_SHAPE],
    ['Range', RANGE],
    ['Gather', GATHER],
    ['GatherND', GATHER_ND],
    ['Slice', SLICE],
    ['Concat', CONCAT],
    ['Split', SPLIT],
    ['Pad', PAD],
    ['OneHot', ONE_HOT],
    ['ReverseSequence', REVERSE_SEQUENCE],
    ['Compress', COMPRESS],
    ['GridSample', BY_ITEM],
  ],
);

/** Operators for classical models. */
const CLASSICAL = table(
  every('Binarizer CategoryMapper LabelEncoder', SAME),
  every('Imputer Normalizer Scaler', rows(sameRest)),
  every('LinearRegressor SVMRegressor TreeEnsemble TreeEnsembleRegressor', rows(restOfRank(1))),
  every('LinearClassifier SVMClassifier TreeEnsembleClassifier', rows(restOfRank(0), restOfRank(1))),
  [
    ['ArrayFeatureExtractor', PICK_COLUMNS],
    ['FeatureVectorizer', JOIN_COLUMNS],
    ['OneHotEncoder', ONE_HOT_ENCODER],
    ['ZipMap', firstAxis(restOfRank(0))],
  ],
);

/** Operators of ONNX Runtime, those that its own tools put into the files they write. */
const ONNX_RUNTIME = table(
  every('FastGelu Gelu QuickGelu BiasGelu', { ...BROADCAST, data: [0] }),
  every('QuantizeLinear DequantizeLinear', QUANTIZE),
  every('DynamicQuantizeMatMul DynamicQuantizeLSTM', QUANTIZES_INSIDE),
  every('QLinearSigmoid QLinearLeakyRelu', needsSingle(SAME, 1, 2, 3, 4)),
  every('QLinearAveragePool QLinearGlobalAveragePool', firstAxis(someRest)),
  [
    ['FusedConv', firstAxis(weightsRest(1))],
    ['FusedMatMul', FUSED_MATMUL],
    ['MatMulNBits', PACKED_MATMUL],
    [
      'MatMulIntegerToFloat',
      quantizedMatMul(0, 1, [
        [2, 4],
        [3, 5],
      ]),
    ],
  ],
);

const RULES: ReadonlyMap<string, ReadonlyMap<string, OperatorRule>> = new Map([
  ['', STANDARD],
  ['ai.onnx.ml', CLASSICAL],
  ['com.microsoft', ONNX_RUNTIME],
]);

type Entry = readonly [opType: string, rule: OperatorRule];

function every(names: string, rule: OperatorRule): Entry[] {
  return names.split(/\s+/).map((name) => [name, rule]);
}

function table(...parts: readonly (readonly Entry[])[]): ReadonlyMap<string, OperatorRule> {
  return new Map(parts.flat());
}

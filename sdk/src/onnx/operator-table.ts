/** Operators of the default domain that have a definition in the same range of operator sets. */
interface OperatorRange {
  readonly lowest: number;
  readonly highest: number;
  readonly names: string;
}

/**
 * Which operators of the default domain ONNX Runtime 1.30 knows, from which operator set on and up to
 * which. Measured: a graph of one such node was loaded with each operator set from 7 to 26, and an
 * operator counts as known unless the engine says that it is not registered or deprecated. A few names
 * are the engine's own (LayerNormalization before 17, Affine, Crop, ...).
 */
const RANGES: readonly OperatorRange[] = [
  {
    lowest: 7,
    highest: 9,
    names: `
    Affine Crop DynamicSlice GRUUnit GivenTensorFill ImageScaler ParametricSoftplus Scale ScaledTanh
    Upsample`,
  },
  {
    lowest: 7,
    highest: 26,
    names: `
    Abs Acos Add And ArgMax ArgMin Asin Atan AveragePool BatchNormalization Cast Ceil Clip Concat
    Constant Conv ConvTranspose Cos DepthToSpace Div Dropout Elu Equal Exp Flatten Floor GRU Gather Gemm
    GlobalAveragePool GlobalLpPool GlobalMaxPool Greater HardSigmoid Hardmax Identity If
    InstanceNormalization LRN LSTM LayerNormalization LeakyRelu Less Log LogSoftmax Loop LpNormalization
    LpPool MatMul Max MaxPool MaxRoiPool Mean MeanVarianceNormalization Min Mul Multinomial Neg Not Or
    PRelu Pad Pow RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike Reciprocal ReduceL1
    ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
    ReduceSumSquare Relu Reshape Selu Shape Sigmoid SimplifiedLayerNormalization Sin Size Slice Softmax
    Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK
    Transpose Unsqueeze Xor`,
  },
  {
    lowest: 8,
    highest: 26,
    names: `
    Expand Scan`,
  },
  {
    lowest: 9,
    highest: 10,
    names: `
    Scatter`,
  },
  {
    lowest: 9,
    highest: 26,
    names: `
    Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool NonZero OneHot Shrink
    Sign Sinh TfIdfVectorizer Where`,
  },
  {
    lowest: 10,
    highest: 26,
    names: `
    ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv QLinearMatMul
    QuantizeLinear Resize ReverseSequence RoiAlign StringNormalizer`,
  },
  {
    lowest: 11,
    highest: 26,
    names: `
    BitShift ConcatFromSequence CumSum Det DynamicQuantizeLinear GatherElements GatherND Range Round
    ScatterElements ScatterND SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert
    SequenceLength SplitToSequence Unique`,
  },
  {
    lowest: 12,
    highest: 26,
    names: `
    Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss`,
  },
  {
    lowest: 14,
    highest: 26,
    names: `
    HardSwish Trilu`,
  },
  {
    lowest: 15,
    highest: 26,
    names: `
    Bernoulli CastLike Optional OptionalGetElement OptionalHasElement`,
  },
  {
    lowest: 16,
    highest: 26,
    names: `
    GridSample`,
  },
  {
    lowest: 17,
    highest: 26,
    names: `
    BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT SequenceMap`,
  },
  {
    lowest: 18,
    highest: 26,
    names: `
    BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization Mish`,
  },
  {
    lowest: 19,
    highest: 26,
    names: `
    DeformConv`,
  },
  {
    lowest: 20,
    highest: 26,
    names: `
    AffineGrid Gelu ImageDecoder RegexFullMatch StringConcat StringSplit`,
  },
  {
    lowest: 23,
    highest: 26,
    names: `
    Attention RMSNormalization RotaryEmbedding`,
  },
  {
    lowest: 24,
    highest: 26,
    names: `
    Swish TensorScatter`,
  },
  {
    lowest: 26,
    highest: 26,
    names: `
    BitCast CumProd`,
  },
];

const OPERATORS: ReadonlyMap<string, OperatorRange> = new Map(
  RANGES.flatMap((range) =>
    range.names
      .trim()
      .split(/\s+/)
      .map((name) => [name, range] as const),
  ),
);

/** The operator sets that define an operator of the default domain; undefined if none does. */
export function operatorSetsOf(opType: string): { readonly lowest: number; readonly highest: number } | undefined {
  return OPERATORS.get(opType);
}

# A step as CRS4's workflows have it: an image that is called with "fixed-batch" and slaid's options.
cwlVersion: v1.1
class: CommandLineTool
requirements:
  InlineJavascriptRequirement: {}
  DockerRequirement: { dockerPull: deephealth/tissue-pixels }
  InitialWorkDirRequirement: { listing: [$(inputs.src)] }
inputs:
  src: { type: File, inputBinding: { position: 1 } }
  level: { type: int, inputBinding: { prefix: -l } }
  label: { type: string, inputBinding: { prefix: -L } }
  filter_slide: { type: 'File?', inputBinding: { prefix: --filter-slide } }
  filter: { type: 'string?', inputBinding: { prefix: -F } }
  gpu: { type: 'int?', inputBinding: { prefix: --gpu } }
  # As there, without a binding: it never reaches the command.
  batch-size: int?
arguments: [fixed-batch, -o, $(runtime.outdir), --writer, zip]
outputs:
  array:
    type: File
    outputBinding:
      glob: $(inputs.src.basename).zip
      outputEval: '${ self[0].basename = inputs.label + ".zip"; return self[0]; }'

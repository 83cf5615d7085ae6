# Tissue first, then the next model where there is tissue: the shape of CRS4's workflow of predictions.
cwlVersion: v1.1
class: Workflow
inputs:
  slide: File
  level: int
  filter: string
outputs:
  low: { type: File, outputSource: low/array }
  high: { type: File, outputSource: high/array }
steps:
  low:
    run: array-of-level.cwl
    in:
      src: slide
      level: level
      label: { default: tissue_low }
      gpu: { default: 0 }
    out: [array]
  high:
    run: array-of-level.cwl
    in:
      src: slide
      level: level
      label: { default: tumor }
      filter_slide: low/array
      filter: filter
      batch-size: { default: 16 }
    out: [array]

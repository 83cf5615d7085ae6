cwlVersion: v1.2
class: CommandLineTool
label: Leads a model over a whole slide and writes the map
doc: |
  A slide file (for MIRAX with the folder of the same name beside it) or a folder of DICOM files, and a model
  package with bindings/digital-pathology.json. The runtime is started for the time of the run.
  "deephealth" is looked for on the PATH; in a container it is the entry point.
baseCommand: [deephealth, slide, predict]
requirements:
  InlineJavascriptRequirement: {}
hints:
  ResourceRequirement:
    coresMin: 2
    ramMin: 2048
  NetworkAccess:
    # Loopback alone.
    networkAccess: false
inputs:
  package:
    type: Directory
    doc: The package folder <name>/<version>.
    inputBinding: { position: 1, valueFrom: $(self.path) }
  slide:
    type: [File, Directory]
    secondaryFiles:
      - pattern: '$(self.nameext == ".mrxs" ? { class: "Directory", basename: self.nameroot, location: self.location.replace(/\.mrxs$/, "") } : null)'
        required: false
    inputBinding: { position: 2 }
  analysis:
    type: string?
    inputBinding: { prefix: --analysis }
  mpp:
    type: string?
    doc: Micrometres of a pixel, where the slide does not state them or states them wrong.
    inputBinding: { prefix: --mpp }
  level:
    type: int?
    inputBinding: { prefix: --level }
  formats:
    type: string?
    doc: Comma-separated; default all that can be written.
    inputBinding: { prefix: --formats }
  unreadable:
    type:
      - 'null'
      - type: enum
        symbols: [fail, mark]
    inputBinding: { prefix: --unreadable }
arguments:
  - { prefix: --out, valueFrom: results }
outputs:
  results:
    type: Directory
    outputBinding: { glob: results }
  reports:
    type: File[]
    outputBinding: { glob: 'results/*.report.json' }
  archives:
    type: File[]
    outputBinding: { glob: 'results/*.zip' }

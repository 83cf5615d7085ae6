{{- define "deephealth.labels" -}}
app.kubernetes.io/name: deephealth
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "deephealth.selector" -}}
app.kubernetes.io/name: deephealth
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "deephealth.name" -}}
{{- if contains "deephealth" .Release.Name -}}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{- else -}}{{ printf "%s-deephealth" .Release.Name | trunc 50 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "deephealth.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "deephealth.config" -}}
{{- $base := dict
  "profile" "production"
  "models" (list "/var/lib/deephealth/models")
  "listen" (dict "host" "0.0.0.0" "grpcPort" 8500 "httpPort" 8080)
  "stateFolder" "/var/lib/deephealth/state"
  "tls" (dict "certificate" "/etc/deephealth/tls/tls.crt" "key" "/etc/deephealth/tls/tls.key")
  "access" (dict "keysFile" "/etc/deephealth/access/keys.json")
  "trust" (dict "keys" "/etc/deephealth/trust")
  "audit" (dict "durable" true)
  "repository" (dict "mode" "poll" "pollIntervalMs" 30000)
-}}
{{- mergeOverwrite $base (deepCopy .Values.config) | toPrettyJson -}}
{{- end -}}

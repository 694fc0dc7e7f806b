{{- define "plugin.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "plugin.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* One pod: what both kinds of processes share. */}}
{{- define "plugin.pod" -}}
metadata:
  labels:
    {{- include "plugin.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "9090"
spec:
  automountServiceAccountToken: false
  # Calls to vendors may take 30 seconds; then jobs are handed over.
  terminationGracePeriodSeconds: 45
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    seccompProfile: { type: RuntimeDefault }
  containers:
    - name: plugin
      image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: {{ .args | toJson }}
      env:
        - name: PLUGIN__HTTP__PUBLIC_URL
          value: {{ .root.Values.publicUrl | quote }}
        - name: PLUGIN__DATABASE__URL
          valueFrom: { secretKeyRef: { name: {{ .root.Values.existingSecret }}, key: database-url } }
        {{- if .root.Values.ownerUrl }}
        - name: PLUGIN__DATABASE__OWNER_URL
          valueFrom: { secretKeyRef: { name: {{ .root.Values.existingSecret }}, key: owner-url } }
        {{- end }}
        - name: PLUGIN__SECRETS__KEY_FILE
          value: /run/secrets/plugin/sealing-key
        {{- range $name, $value := .root.Values.settings }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      ports:
        {{- if eq .component "front" }}
        - { name: http, containerPort: 8080 }
        {{- end }}
        - { name: metrics, containerPort: 9090 }
      # The port of metrics answers until the last job has been handed over.
      startupProbe:
        httpGet: { path: /healthz, port: metrics }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: metrics }
        periodSeconds: 10
        timeoutSeconds: 5
      readinessProbe:
        httpGet: { path: /readyz, port: metrics }
        periodSeconds: 5
        timeoutSeconds: 5
      {{- if eq .component "front" }}
      lifecycle:
        # So that nobody sends requests any more when it stops accepting them.
        preStop: { sleep: { seconds: 5 } }
      {{- end }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: secrets, mountPath: /run/secrets/plugin, readOnly: true }
  volumes:
    - name: secrets
      secret:
        secretName: {{ .root.Values.existingSecret }}
        items: [{ key: sealing-key, path: sealing-key }]
{{- end }}

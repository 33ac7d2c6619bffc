"""The Kubernetes overlays: what Kustomize makes of them, by Kubernetes' schemas, and whether what they name is there."""

import shutil
import subprocess

import kubernetes_validate
import yaml
from kustomize import build
from report import is_pinned

# Kinds of others, whose schemas nobody ships: they are only parsed.
OF_OPERATORS = {
    "HTTPRoute": "gateway.networking.k8s.io/v1",
    "RabbitmqCluster": "rabbitmq.com/v1beta1",
    "Cluster": "postgresql.cnpg.io/v1",
    "ScaledObject": "keda.sh/v1alpha1",
    "TriggerAuthentication": "keda.sh/v1alpha1",
}


def check_kubernetes(report):
    folder = report.deploy / "kubernetes/overlays"
    for overlay in sorted(path for path in folder.iterdir() if path.is_dir()):
        name = report.name(overlay)
        objects = build(overlay)
        faults, parsed = [], 0
        for thing in objects:
            kind, version = thing["kind"], thing["apiVersion"]
            if kind in OF_OPERATORS:
                parsed += 1
                if OF_OPERATORS[kind] != version:
                    faults.append(f"{kind} is of {OF_OPERATORS[kind]}, not of {version}")
                continue
            try:
                kubernetes_validate.validate(thing, "1.37", strict=True)
            except kubernetes_validate.ValidationError as error:
                faults.append(f"{kind}/{thing['metadata']['name']}: {error.message} at {list(error.path)}")
            except kubernetes_validate.SchemaNotFoundError:
                faults.append(f"{kind} of {version} is not known")
        report.check(f"{name} by Kubernetes' schemas ({len(objects)} objects, {parsed} of operators only parsed)", faults)
        report.check(f"{name}: what it names is there", list(dangling(report, objects)))
        for thing in objects:
            check_settings(report, name, thing, objects)
        if shutil.which("kubectl"):
            done = subprocess.run(
                ["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, timeout=60, check=False
            )
            theirs = {identity(thing) for thing in yaml.safe_load_all(done.stdout)} if done.returncode == 0 else set()
            # The end of a generated name is a hash of its content, which is left to Kustomize.
            ours = {identity(thing) for thing in objects}
            same = {(kind, name.rsplit("-", 1)[0] if kind == "ConfigMap" else name) for kind, name in theirs} == ours
            report.check(f"{name} by Kustomize itself", [] if same else [done.stderr or "it makes other objects of it"])
    original = report.deploy / "broker"
    copies = [name for name in ("rabbitmq.conf", "enabled_plugins")
              if (original / name).read_text() != (folder / "small" / name).read_text()]
    report.check("deploy/kubernetes/overlays/small: the broker's settings",
                 [f"{name} is not the one of deploy/broker" for name in copies])


def identity(thing):
    return thing["kind"], thing["metadata"]["name"]


def pods(objects):
    for thing in objects:
        if thing["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield thing, thing["spec"]["template"]


def fits(selector, labels):
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(labels.get(e["key"]) in e["values"] for e in selector.get("matchExpressions", []))


def dangling(report, objects):
    there = {identity(thing) for thing in objects}
    page = (report.root / "docs/deploy.md").read_text()
    labels = [pod["metadata"]["labels"] for _, pod in pods(objects)]
    # Operators label the pods that they make.
    for thing in objects:
        if thing["kind"] == "RabbitmqCluster":
            labels.append({"app.kubernetes.io/name": thing["metadata"]["name"]})
        if thing["kind"] == "Cluster":
            inherited = thing["spec"]["inheritedMetadata"]["labels"]
            labels.append({"cnpg.io/cluster": thing["metadata"]["name"], **inherited})
    for thing, pod in pods(objects):
        name = "/".join(identity(thing))
        spec = pod["spec"]
        account = spec.get("serviceAccountName")
        if account and ("ServiceAccount", account) not in there:
            yield f"{name}: no account {account}"
        declared = {volume["name"] for volume in spec.get("volumes", [])}
        declared |= {claim["metadata"]["name"] for claim in thing["spec"].get("volumeClaimTemplates", [])}
        for volume in spec.get("volumes", []):
            parts = volume.get("projected", {}).get("sources", [volume])
            for part in parts:
                if "configMap" in part and ("ConfigMap", part["configMap"]["name"]) not in there:
                    yield f"{name}: no ConfigMap {part['configMap']['name']}"
                secret = part.get("secret", {}).get("name") or part.get("secret", {}).get("secretName")
                if secret and f"`{secret}`" not in page:
                    yield f"{name}: docs/deploy.md does not say where the Secret {secret} comes from"
        for container in spec["containers"]:
            if not is_pinned(container["image"]):
                yield f"{name}: {container['image']} is not pinned"
            if "limits" not in container.get("resources", {}):
                yield f"{name}: no limits"
            if thing["kind"] != "Job":
                yield from (f"{name}: no {probe}" for probe in ("livenessProbe", "readinessProbe") if probe not in container)
            mounted = {mount["mountPath"] for mount in container.get("volumeMounts", [])}
            if container.get("args", [])[-1:] == ["backend"] and "/tmp" not in mounted:
                yield f"{name}: no /tmp, where tables for spreadsheets are written"
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in declared:
                    yield f"{name}: no volume {mount['name']}"
    for thing in objects:
        kind, name, spec = thing["kind"], thing["metadata"]["name"], thing.get("spec", {})
        selectors = []
        if kind == "Service":
            selectors = [{"matchLabels": spec["selector"]}]
        elif kind == "PodDisruptionBudget":
            selectors = [spec["selector"]]
        elif kind == "NetworkPolicy":
            selectors = [spec["podSelector"]]
            for rule in spec.get("ingress", []) + spec.get("egress", []):
                peers = rule.get("from", []) + rule.get("to", [])
                selectors += [peer["podSelector"] for peer in peers if "podSelector" in peer]
        yield from (f"{kind}/{name}: {s} fits no pod" for s in selectors if not any(fits(s, one) for one in labels))
        if kind in ("HorizontalPodAutoscaler", "ScaledObject"):
            target = spec["scaleTargetRef"]
            if (target["kind"], target["name"]) not in there:
                yield f"{kind}/{name}: no {target['kind']}/{target['name']}"
            scaled = next(o for o in objects if identity(o) == (target["kind"], target["name"]))
            if "replicas" in scaled["spec"]:
                yield f"{kind}/{name}: {target['name']} says how many there are, too"
        for reference in spec.get("rules", []) if kind == "HTTPRoute" else []:
            for backend in reference.get("backendRefs", []):
                if ("Service", backend["name"]) not in there:
                    yield f"HTTPRoute/{name}: no Service {backend['name']}"


def check_settings(report, overlay, thing, objects):
    if thing["kind"] not in ("Deployment", "StatefulSet"):
        return
    maps = {o["metadata"]["name"]: o["data"] for o in objects if o["kind"] == "ConfigMap"}
    for container in thing["spec"]["template"]["spec"]["containers"]:
        if container["name"] == "botica":
            environment = {}
            for source in container.get("envFrom", []):
                environment |= maps[source["configMapRef"]["name"]]
            environment |= {one["name"]: one["value"] for one in container.get("env", [])}
            role = container["args"][-1]
            report.check_environment(f"{overlay}: settings of {thing['metadata']['name']}", environment, role)

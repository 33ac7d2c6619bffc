"""As much of Kustomize as deploy/kubernetes uses, for machines that do not have it."""

import copy

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "labels", "resources", "configMapGenerator", "images", "patches"}


def build(folder):
    """The objects that the kustomization in `folder` makes. Generated names are without their hash."""
    plan = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if plan.keys() - KNOWN:
        raise SystemExit(f"{folder}: scripts/deploy_checks/kustomize.py does not know {plan.keys() - KNOWN}")
    objects = []
    for resource in plan.get("resources", []):
        path = folder / resource
        objects += build(path) if path.is_dir() else [o for o in yaml.safe_load_all(path.read_text()) if o]
    for generator in plan.get("configMapGenerator", []):
        objects.append(config_map(folder, generator))
    for patch in plan.get("patches", []):
        target = patch["target"]
        found = [o for o in objects if o["kind"] == target["kind"] and o["metadata"]["name"] == target["name"]]
        if not found:
            raise SystemExit(f"{folder}: a patch is for {target}, which is not there")
        for one in found:
            for step in yaml.safe_load(patch["patch"]):
                apply(one, step)
    for one in objects:
        if "namespace" in plan and one["kind"] != "Namespace":
            one["metadata"]["namespace"] = plan["namespace"]
        for label in plan.get("labels", []):
            one["metadata"].setdefault("labels", {}).update(label["pairs"])
            if label.get("includeTemplates") and "template" in one.get("spec", {}):
                one["spec"]["template"]["metadata"].setdefault("labels", {}).update(label["pairs"])
        for image in plan.get("images", []):
            for container in one.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
                if container["image"] == image["name"]:
                    container["image"] = f"{image['newName']}:{image['newTag']}"
    return copy.deepcopy(objects)


def config_map(folder, generator):
    data = {}
    for path in generator.get("envs", []):
        lines = (line.strip() for line in (folder / path).read_text().splitlines())
        data |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for path in generator.get("files", []):
        data[path] = (folder / path).read_text()
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data}


def apply(one, step):
    """One step of a JSON patch (RFC 6902): remove or replace."""
    *parents, last = step["path"].strip("/").split("/")
    for part in parents:
        one = one[part]
    if last not in one:
        raise SystemExit(f"a patch is for {step['path']}, which is not there")
    if step["op"] == "remove":
        del one[last]
    elif step["op"] == "replace":
        one[last] = step["value"]
    else:
        raise SystemExit(f"scripts/deploy_checks/kustomize.py does not know {step['op']}")

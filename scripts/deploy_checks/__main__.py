"""All checks of deploy/, and what became of each."""

import sys
from pathlib import Path

from balancer import check_balancer
from compose import check_compose, check_image
from figures import check_metrics
from kubernetes import check_kubernetes
from programs import check_cloud_init, check_proxies, check_prometheus, check_units
from report import Report

ROOT = Path(__file__).resolve().parents[2]

report = Report(ROOT)
check_image(report)
check_compose(report)
check_kubernetes(report)
check_units(report)
check_cloud_init(report)
check_proxies(report)
check_balancer(report)
check_prometheus(report)
check_metrics(report)
sys.exit(report.close())

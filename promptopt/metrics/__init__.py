"""Metrics: functions of a prediction and its references to [0, 1]."""

from promptopt.metrics.registry import METRICS, check_metric, suggest_metric
from promptopt.metrics.scorer import Scorer, scorer

__all__ = ["METRICS", "Scorer", "check_metric", "scorer", "suggest_metric"]

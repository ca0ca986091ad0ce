"""Spark's daemon, which forks a worker for each task: what every worker would import anew, it has imported already."""

import pandas  # noqa: F401
import pyarrow  # noqa: F401
from pyspark.daemon import manager

if __name__ == "__main__":
    manager()

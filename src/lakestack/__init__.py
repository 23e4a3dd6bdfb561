"""The lakestack command: an AWS lakehouse on your own machine."""

__version__ = "0.1.0"

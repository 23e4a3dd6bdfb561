"""GlueContext: Glue's view of a SparkContext; here it gives the session and the logger, and names what is not there yet.

Source: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-glue-context.html (as at 2026-11-23)
"""

import warnings
from typing import Any, Never

from pyspark import SparkContext
from pyspark.sql import SparkSession, SQLContext

from awsglue._absent import absent


class GlueContext(SQLContext):
    """As on AWS it is made of a SparkContext: ``GlueContext(SparkContext.getOrCreate())``."""

    def __init__(self, sparkContext: SparkContext, **options: Any) -> None:
        session = SparkSession.builder.getOrCreate()
        with warnings.catch_warnings():
            # Spark calls SQLContext deprecated; on AWS a GlueContext is one all the same.
            warnings.simplefilter("ignore", FutureWarning)
            super().__init__(sparkContext, session)
        self.create_dynamic_frame = _Absent("create_dynamic_frame")
        self.write_dynamic_frame = _Absent("write_dynamic_frame")
        self.create_data_frame = _Absent("create_data_frame")
        self.write_data_frame = _Absent("write_data_frame")
        self._options = options

    @property
    def spark_session(self) -> SparkSession:
        return self.sparkSession

    def get_logger(self) -> Any:
        """Return a logger of the JVM, with info, warn, error, debug and trace; what it says goes to the run's error log."""
        return _Logger(self.sparkSession.sparkContext)

    def __getattr__(self, name: str) -> Never:
        raise absent(f"GlueContext.{name}")


class _Absent:
    """Something that has further names on AWS, such as create_dynamic_frame.from_catalog."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Never:
        raise absent(f"GlueContext.{self._name}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Never:
        raise absent(f"GlueContext.{self._name}")


class _Logger:
    """Log4j's logger named GlueLogger, which the worker's log4j2.properties sets to info whatever Spark's own level is."""

    def __init__(self, context: SparkContext) -> None:
        log4j = context._jvm.org.apache.logging.log4j  # noqa: SLF001 - the only way into the JVM
        self._logger = log4j.LogManager.getLogger("GlueLogger")

    def debug(self, message: str) -> None:
        self._logger.debug(message)

    def info(self, message: str) -> None:
        self._logger.info(message)

    def warn(self, message: str) -> None:
        self._logger.warn(message)  # noqa: G010 - a logger of Java

    warning = warn

    def error(self, message: str) -> None:
        self._logger.error(message)

    def trace(self, message: str) -> None:
        self._logger.trace(message)

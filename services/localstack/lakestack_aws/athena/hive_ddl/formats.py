"""Storage formats and SerDes by Hive's names.

Source: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html (as at 2026-11-22).
"""

from dataclasses import dataclass

LAZY_SIMPLE_SERDE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


@dataclass(frozen=True)
class StorageFormat:
    input_format: str
    output_format: str
    serde: str


_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_SEQUENCE_INPUT = "org.apache.hadoop.mapred.SequenceFileInputFormat"
_SEQUENCE_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat"

TEXT = StorageFormat(_TEXT_INPUT, _TEXT_OUTPUT, LAZY_SIMPLE_SERDE)
SEQUENCE = StorageFormat(_SEQUENCE_INPUT, _SEQUENCE_OUTPUT, LAZY_SIMPLE_SERDE)
FORMATS = {
    "TEXTFILE": TEXT,
    "SEQUENCEFILE": SEQUENCE,
    "RCFILE": StorageFormat(
        "org.apache.hadoop.hive.ql.io.RCFileInputFormat",
        "org.apache.hadoop.hive.ql.io.RCFileOutputFormat",
        "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe",
    ),
    "ORC": StorageFormat(
        "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
        "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    ),
    "PARQUET": StorageFormat(
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    ),
    "AVRO": StorageFormat(
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
        "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
}

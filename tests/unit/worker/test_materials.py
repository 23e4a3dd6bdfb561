"""What a run fetches before its script begins."""

import io
import zipfile
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from lakestack_worker.materials import MaterialError, fetch


class FakeS3:
    def __init__(self, objects):
        self.objects = objects

    def get_object(self, Bucket, Key):
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "The specified key does not exist."}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}


def arguments(**given):
    return SimpleNamespace(**{"py_files": (), "modules": (), "extra_files": (), "extra_jars": (), **given})


def wheel(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.fixture
def s3():
    return FakeS3(
        {
            ("b", "scripts/etl.py"): b"print(1)",
            ("b", "lib/lakehouse.zip"): b"zip",
            ("b", "lib/single.py"): b"x = 1",
            ("b", "lib/tool-1.0-py3-none-any.whl"): wheel({"tool/__init__.py": "y = 2"}),
            ("b", "lib/fast-1.0-cp39-cp39-win_amd64.whl"): wheel({"fast.py": "z = 3"}),
            ("b", "conf/rules.json"): b"{}",
            ("b", "jars/driver.jar"): b"jar",
        }
    )


def test_everything_of_a_run_lies_in_its_folder(s3, tmp_path):
    given = arguments(
        py_files=("s3://b/lib/lakehouse.zip", "s3://b/lib/single.py"), extra_files=("s3://b/conf/rules.json",), extra_jars=("s3://b/jars/driver.jar",)
    )

    materials = fetch(s3, "s3://b/scripts/etl.py", given, tmp_path)

    assert materials.script.read_bytes() == b"print(1)"
    assert materials.python_path == (str(tmp_path / "py-files" / "lakehouse.zip"), str(tmp_path / "py-files"))
    assert (tmp_path / "work" / "rules.json").read_bytes() == b"{}"
    assert materials.jars == (str(tmp_path / "jars" / "driver.jar"),)


@pytest.mark.parametrize("where", ["py_files", "modules"])
def test_a_wheel_is_unpacked(s3, tmp_path, where):
    materials = fetch(s3, "s3://b/scripts/etl.py", arguments(**{where: ("s3://b/lib/tool-1.0-py3-none-any.whl",)}), tmp_path)

    (entry,) = materials.python_path
    assert (tmp_path / entry / "tool" / "__init__.py").read_text() == "y = 2"


def test_a_module_of_the_environment_needs_nothing(s3, tmp_path):
    assert fetch(s3, "s3://b/scripts/etl.py", arguments(modules=("boto3",)), tmp_path).python_path == ()


@pytest.mark.parametrize(
    ("script", "given", "words"),
    [
        ("s3://b/scripts/no.py", {}, "the job's script is s3://b/scripts/no.py, which could not be read"),
        ("s3://b/scripts/etl.py", {"py_files": ("/local/lib.zip",)}, "expected an object in S3"),
        ("s3://b/scripts/etl.py", {"py_files": ("s3://b/conf/rules.json",)}, "expected .py, .zip, .egg or .whl"),
        ("s3://b/scripts/etl.py", {"py_files": ("s3://b/lib/fast-1.0-cp39-cp39-win_amd64.whl",)}, "another Python or system"),
        ("s3://b/scripts/etl.py", {"modules": ("nowhere==2.0",)}, "nothing is downloaded at run time"),
        ("s3://b/scripts/etl.py", {"modules": ("boto3==0.0.1",)}, "boto3-VERSION-py3-none-any.whl"),
    ],
)
def test_what_cannot_be_had_is_said_with_what_to_do(s3, tmp_path, script, given, words):
    with pytest.raises(MaterialError, match=words):
        fetch(s3, script, arguments(**given), tmp_path)

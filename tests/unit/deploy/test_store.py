"""Nothing is put twice."""

from deploying.package import Artifact
from deploying.store import put_changed, put_missing

from tests.unit.deploy.fakes import FakeS3


def test_what_is_there_is_not_put_again():
    s3 = FakeS3()
    artifacts = [Artifact("lib/a-1.zip", b"a"), Artifact("lib/b-2.zip", b"b")]

    first = put_missing(s3, "artifacts", artifacts)
    second = put_missing(s3, "artifacts", artifacts)

    assert (first, second) == (["lib/a-1.zip", "lib/b-2.zip"], [])
    assert s3.puts == ["lib/a-1.zip", "lib/b-2.zip"]


def test_only_a_changed_script_is_put():
    s3 = FakeS3()
    put_changed(s3, "lake", "scripts/", {"a.py": b"1", "b.py": b"1"})

    changed = put_changed(s3, "lake", "scripts/", {"a.py": b"1", "b.py": b"2"})

    assert changed == ["b.py"]
    assert s3.puts == ["scripts/a.py", "scripts/b.py", "scripts/b.py"]

"""Zips and wheels depend on their files alone."""

import io
import zipfile

from deploying.archives import digest, make_wheel, make_zip, read_files

FILES = {"b.py": b"b = 2\n", "a.py": b"a = 1\n"}


def test_the_order_of_the_files_makes_no_difference():
    reversed_files = dict(reversed(FILES.items()))

    assert make_zip(FILES) == make_zip(reversed_files)
    assert digest(FILES) == digest(reversed_files)


def test_a_changed_file_changes_the_digest():
    assert digest(FILES) != digest({**FILES, "a.py": b"a = 2\n"})


def test_a_moved_boundary_between_name_and_content_changes_the_digest():
    assert digest({"a": b"bc"}) != digest({"ab": b"c"})


def test_files_in_a_zip_are_readable_by_everyone():
    (info, *_) = zipfile.ZipFile(io.BytesIO(make_zip(FILES))).infolist()

    assert info.filename == "a.py"
    assert info.external_attr >> 16 == 0o100644


def test_compiled_python_is_left_out(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.cpython-313.pyc").write_bytes(b"x")
    (tmp_path / "a.py").write_bytes(b"a = 1\n")

    assert read_files(tmp_path, prefix="lakehouse/") == {"lakehouse/a.py": b"a = 1\n"}


def test_a_wheel_has_its_hash_in_its_name_and_every_file_in_its_record():
    name, body = make_wheel("lakehouse", "0.1.0", {"lakehouse/__init__.py": b""})
    wheel = zipfile.ZipFile(io.BytesIO(body))
    record = wheel.read("lakehouse-0.1.0.dist-info/RECORD").decode()

    assert name == f"lakehouse-0.1.0-1{digest({'lakehouse/__init__.py': b''})}-py3-none-any.whl"
    assert [line.partition(",")[0] for line in record.splitlines()] == sorted(wheel.namelist(), key=lambda name: name.endswith("RECORD"))
    assert "lakehouse/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0" in record

"""Archives of arrays of others: damaged, lying, and small ones that would fill the memory."""

import contextlib
import io
import pickle
import resource
import zipfile

import numpy as np
import pytest

from spectragui.core.npz_file import NpzError, read_npz

ARRAYS = {
    "wave": np.arange(5.0),
    "flux": np.asfortranarray(np.arange(10).reshape(2, 5)),
    "names": np.array(["a"]),
}


def npy(shape, content=b"", descr="<f8", length=None):
    """Return a member that says of itself what it likes."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + (length or len(text)).to_bytes(2, "little") + text + content


def archive(path, member, name="wave.npy", method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as out:
        out.writestr(name, member)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_sound_one_is_read(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    found = read_npz(tmp_path / "a.npz", ("wave", "flux"), ("names", "more"))
    assert sorted(found) == ["flux", "names", "wave"]
    for name, value in found.items():
        np.testing.assert_array_equal(value, ARRAYS[name])


HOSTILE = {
    "shape of terabytes": npy("(1000000000000,)"),
    "negative shape": npy("(-5,)", bytes(40)),
    "two negative ones": npy("(-5, -1)", bytes(40)),
    "shape of text": npy("('a',)"),
    "deep shape": npy("(" * 500 + ")" * 500),
    "more than it says": npy("(2,)", bytes(80)),
    "less than it says": npy("(20,)", bytes(80)),
    "objects": npy("(1,)", pickle.dumps([1]), "|O"),
    "records": npy("(1,)", bytes(16), "[('a','<f8'),('b','O')]"),
    "dates": npy("(1,)", bytes(8), "<M8[ns]"),
    "a kind of its own": npy("(1,)", bytes(8), "<q99"),
    "a long description": npy("(1,)", bytes(8), length=65535),
    "no description": b"\x93NUMPY\x01\x00",
    "another version": b"\x93NUMPY\x09\x00" + bytes(100),
    "no array": b"wave",
    "empty": b"",
    "code": npy("__import__('os').system('touch run')"),
}  # fmt: skip


@pytest.mark.parametrize("member", HOSTILE.values(), ids=HOSTILE)
def test_arrays_that_lie(tmp_path, member, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NpzError) as error:
        read_npz(archive(tmp_path / "a.npz", member), ("wave",))
    for word in ("pickle", "reshape", "dtype", "buffer", "numpy."):
        assert word not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_a_small_archive_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "a.npz"
    n_values = 1_000_000_000 // 8
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out,
        out.open("wave.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(npy(f"({n_values},)"))
        for _ in range(100):
            stream.write(bytes(10_000_000))
    assert path.stat().st_size < 1_250_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(NpzError, match=r"1\.0 GB"):
        read_npz(path, ("wave",))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(NpzError):
        read_npz(tmp_path / "a.npz", ("wave",))


@pytest.mark.parametrize("place", range(0, 600, 40))
def test_cut_and_changed_anywhere(tmp_path, place):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, wave=np.arange(300.0))
    content = bytearray(buffer.getvalue())
    (tmp_path / "cut.npz").write_bytes(content[:place])
    with pytest.raises(NpzError):
        read_npz(tmp_path / "cut.npz", ("wave",))
    content[place % len(content)] ^= 0xFF
    (tmp_path / "changed.npz").write_bytes(content)
    with contextlib.suppress(NpzError):
        assert read_npz(tmp_path / "changed.npz", ("wave",))["wave"].shape == (300,)
